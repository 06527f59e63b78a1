"""`library spectre "file" section name`: the models that another simulator has of a technology."""

from __future__ import annotations

import pytest

from imnnc.design import Design, ForeignModels
from imnnc.diagnostics import Source
from imnnc.lang import format_source
from imnnc.lang.described import source_of_design
from imnnc.passes.pipeline import roots
from tests.support.sources import Folder, source

KIT = "$KITS/our 90/models.scs"
BLOCK = "nmos nch   pmos pch   terminals drain, source, gate, bulk   prefix X   length_unit 1 um"


def read(folder: Folder, settings: str, before: str = "") -> Design:
    return folder.design(source(before=before, technology=f"technology lvt90 {{ {settings} }}"))


def test_devices_are_those_of_the_technology_unless_a_block_says_others(folder: Folder):
    plain = read(folder, f'library spectre "{KIT}" section tt').technology
    order = ("drain", "gate", "source", "bulk")
    assert plain.foreign == (
        ForeignModels("spectre", KIT, ("tt",), "nlvt", "plvt", order, "M", 1.0),
    )
    (found,) = read(folder, f'library spectre "{KIT}" {{ {BLOCK} }}').technology.foreign
    order = ("drain", "source", "gate", "bulk")
    assert found == ForeignModels("spectre", KIT, (), "nch", "pch", order, "X", 1e-6)


def test_each_simulator_has_its_own_and_a_refined_technology_keeps_it(folder: Folder):
    shared = 'technology lvt90 { library hspice "a.l" section ss   library spectre "b.scs" }'
    folder.write(shared, "process.imnn")
    found = read(folder, 'library spectre "c.scs"   corner ff', 'import "process.imnn"').technology
    assert {x.dialect: x.file for x in found.foreign} == {"hspice": "a.l", "spectre": "c.scs"}
    assert (found.corner, found.library.name) == ("ff", "lvt90.lib")


def test_nothing_that_is_computed_depends_on_it(folder: Folder):
    assert roots(read(folder, f'library spectre "{KIT}"')) == roots(read(folder, ""))


def test_a_source_that_is_written_of_a_design_has_it(folder: Folder):
    design = read(folder, f'library spectre "{KIT}" section tt, passives {{ {BLOCK} }}')
    text = source_of_design(design)
    assert folder.design(text).technology.foreign == design.technology.foreign


def test_its_canonical_form():
    text = format_source(Source("n", 'technology a{library  spectre "b" section c,d{nmos e}}'))
    assert text == 'technology a { library spectre "b" section c, d { nmos e } }\n'


def test_words_of_it_are_names_elsewhere(folder: Folder):
    assert read(folder, 'library spectre "a.scs"', "let library = 2\nlet section = 3\n")


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        (
            'library spectra "a"',
            [
                "1:28 'spectra': IM138 `library` must be `hspice`, `spectre`, `xyce` or `ltspice`,"
                " not `spectra`"
            ],
        ),
        (
            'library ngspice "a.lib"',
            ["1:28 'ngspice': IM138 the library for ngspice stands behind `library` alone"],
        ),
        (
            'library hspice "a;b"',
            [
                "1:35 '\"a;b\"': IM147 the name of a library for HSPICE must consist of letters,"
                " digits, blanks and `_ . , + - / ~ $ { } : @ =`, not be `a;b`"
            ],
        ),
        (
            'library ltspice "a.lib" section tt',
            [
                "1:52 'tt': IM147 a library for LTspice must have no `section`: LTspice reads whole"
                " files"
            ],
        ),
        (
            'library xyce "a" library xyce "b"',
            ["1:37 'library': IM111 `library xyce` is given twice"],
        ),
        (
            'library xyce "a" { nmos b { width 1 um } }',
            ["1:46 '{ width 1 um }': IM113 `nmos` takes no block"],
        ),
        (
            'library xyce "a" { corner tt }',
            ["1:39 'corner': IM110 `library xyce` has no setting `corner`"],
        ),
    ],
)
def test_what_is_refused(folder: Folder, settings: str, errors: list[str]):
    text = source(technology=f"technology lvt90 {{ {settings} }}")
    assert folder.errors(text) == errors
