"""Netlists are read as ngspice reads them, and nothing in them is skipped."""

import pytest

from imnnc.check.netlist.named import differences
from imnnc.check.netlist.reader import read_deck, statements
from imnnc.check.netlist.values import evaluated, number, value
from imnnc.diagnostics import CompileError


def deck(folder, *lines):
    (folder / "net.sp").write_text("\n".join(["title", *lines, ""]), encoding="latin-1")
    return read_deck(folder / "net.sp")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("1e6", 1e6), ("1000k", 1e6), ("1meg", 1e6), ("1.0e+06", 1e6), ("1megohm", 1e6)),
        *(("1m", 1e-3), ("2.5u", 2.5e-6), ("10pf", 10e-12), (".5", 0.5), ("-3.", -3.0)),
        *(("1mil", 25.4e-6), ("3v", 3.0)),
        *(("abc", None), ("1_0", None), ("nan", None), ("1e999", None), ("", None)),
    ],
)
def test_numbers_have_the_suffixes_of_spice(text, expected):
    assert number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("{size}", 3.0), ("'size*2'", 6.0), ("{ 1 + 2 * size }", 7.0), ("{(1+2)*size}", 9.0)),
        *(("{-size/2}", -1.5), ("{twice}", 6.0), ("{size+1k}", 1003.0)),
        *(
            ("{unknown}", "unknown"),
            ("{max(1,2)}", "max(1,2)"),
            ("{loop}", "loop"),
            ("{1/0}", "1/0"),
        ),
    ],
)
def test_expressions_are_evaluated_where_they_can_be(text, expected):
    known = {"size": 3.0, "twice": "2*size", "loop": "loop+1"}
    assert evaluated(value(text), known) == expected


def test_case_blanks_continuations_and_comments_do_not_matter(tmp_path):
    plain = deck(tmp_path, "R1 a b 1k", "M1 d g s b nch w=1u l = 2u", ".temp 27")
    other = deck(
        tmp_path,
        *("* a comment", "r1 A   b", "* between", "+ 1000.0 $ one kiloohm"),
        *("m1 d g s b NCH ; transistor", "+l=2e-6 W=1e-6", "", ".TEMP 27.0"),
    )
    assert [x[:5] for x in other.top.devices] == [x[:5] for x in plain.top.devices]
    assert other.settings == plain.settings == {"temperature": 27.0}


def test_the_first_line_is_a_title(tmp_path):
    (tmp_path / "net.sp").write_text("R0 a b 1\nR1 a b 1\n.end\n\n* the end\n")
    assert [x.name for x in read_deck(tmp_path / "net.sp").top.devices] == ["r1"]


def test_included_files_are_read_in_place_and_models_only_named(tmp_path):
    (tmp_path / "cells.inc").write_text("R1 a b 1\n")
    found = deck(
        tmp_path,
        *('.lib "models/Kit.lib" TT', ".subckt part a b", '.include "cells.inc"', ".ends"),
    )
    assert found.libraries == (("models/Kit.lib", "tt"),)
    assert found.modules["part"].devices[0].place == "cells.inc:1"


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["R1 a b"], 2, "device `r1` must have a value"),
        (["R1 a b big"], 2, "the value of `r1` must be one number, it is `big`"),
        (["R1 a"], 2, "device `r1` must have 2 terminals, has 1"),
        (["R1 a b 1", "R1 a c 1"], 3, "device `r1` must be there once, it is there twice"),
        (["Q1 c b e npn"], 2, "device `q1` is of a kind that is not known here"),
        (["M1 d g s b"], 2, "device `m1` must have one model after its terminals"),
        (["+ 1"], 2, "`+` must go on with a line before it"),
        ([".end", "R1 a b 1"], 3, "nothing must follow `.end`"),
        ([".ends"], 2, "`.ends` must close the module that is open"),
        ([".subckt a", ".subckt b"], 3, "module `a` must end before another begins"),
        ([".subckt a x x"], 2, "the ports of module `a` must have different names"),
        ([".control"], 2, "`.control` is not known in a netlist that can be compared"),
        (['.include "../x"'], 2, "`../x` must be in the folder of the testbench"),
        ([".nodeset v(a)"], 2, "`.nodeset` must be `v(net)=volts`"),
        (["R1 a b 1 r=2"], 2, "the values of `r1` must be given once each"),
        (["R1 a\xa0b 1"], 2, "blanks must be spaces or tabs"),
        (
            [".nodeset v(a)=1", ".nodeset v(a)=2"],
            3,
            "`.nodeset v(a)` must be there once, it is there twice",
        ),
        ([".temp 27", ".temp 85"], 3, "temperature must be set once, it is set twice"),
        (
            [".options gmin=1", ".options gmin=2"],
            3,
            "option gmin must be set once, it is set twice",
        ),
        ([".temp hot"], 2, "`.temp` must have one number, in degrees Celsius"),
    ],
)
def test_a_line_that_is_not_understood_is_an_error_at_its_place(tmp_path, lines, line, message):
    with pytest.raises(CompileError) as error:
        deck(tmp_path, *lines)
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("IM530", message)
    assert diagnostic.span.place == f"net.sp:{line}:1"


def test_statements_are_what_is_left_without_comments_and_layout(tmp_path):
    (tmp_path / "net.sp").write_text("R0 a\n* note\nR1  A b\n+ 1K ; one\n.include  Cells.inc\n")
    assert statements(tmp_path / "net.sp", has_title=True) == ["r1 a b 1k", ".include  Cells.inc"]


def test_every_section_of_a_model_file_counts(tmp_path):
    was = deck(tmp_path, ".lib kit.lib mos_tt", ".lib kit.lib res")
    now = deck(tmp_path, ".lib kit.lib mos_ff", ".lib kit.lib res")
    assert [x.text for x in differences(was, now, 0.0)] == ["corner is mos_ff res, was mos_tt res"]


def test_files_that_include_each_other_come_to_an_end(tmp_path):
    (tmp_path / "a.inc").write_text('.include "a.inc"\n')
    with pytest.raises(CompileError, match="without end"):
        deck(tmp_path, '.include "a.inc"')


@pytest.mark.parametrize("text", ["1_0", "1e400", "²", "0x10", "1.2.3", "-", ""])
def test_what_is_no_number(text):
    assert number(text) is None
