"""Netlists for other simulators, as readers that are not ours take them."""

import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netlist_parser import NetlistParser

from imnnc import design
from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.ir import Parameter
from imnnc.diagnostics import CompileError
from imnnc.emit.dialects import DIALECTS, Subject, write_dialect
from imnnc.emit.hspice import HSPICE
from imnnc.emit.lines import wrap
from imnnc.emit.ltspice import LTSPICE
from imnnc.emit.spectre import SPECTRE
from imnnc.emit.xyce import XYCE
from imnnc.lang import vocabulary
from imnnc.models.layout import corner_text
from tests.support.decks import HEADER
from tests.support.foreign import NMOS, PMOS, deck_lines, emit, gnucap, ngspice
from tests.support.goldens import invented_table
from tests.support.networks import network, program, technology

WIDTHS = [4, 3, 2]


def test_the_language_knows_every_dialect():
    assert ("ngspice", *DIALECTS) == vocabulary.DIALECTS
    assert tuple(DIALECTS) == tuple(design.DIALECTS) == get_args(design.DialectName)


@pytest.mark.parametrize(
    ("dialect", "compatibility"),
    [("hspice", "hs"), ("hspice", "hsa"), ("ltspice", "lt"), ("ltspice", "lta"), ("xyce", None)],
)
def test_ngspice_finds_the_same_operating_point_in_another_dialect(
    tmp_path, dialect, compatibility
):
    emit(tmp_path, WIDTHS, dialect)
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    found = ngspice(tmp_path, f"sample.tb.{dialect}.sp", compatibility)
    assert found.keys() == expected.keys()
    assert max(abs(found[name] - volts) for name, volts in expected.items()) < 1e-9


def test_resistors_to_ground_are_in_every_dialect(tmp_path):
    emit(tmp_path, [3, 2], "hspice", "spectre", "xyce", "ltspice", "cdl", resistor_ohms=2.5e5)
    for name in ("hspice.sp", "spectre.scs", "xyce.sp", "ltspice.sp", "cdl"):
        text = (tmp_path / f"sample.{name}").read_text()
        assert len(re.findall(r"^Rground_label_\w+ .*250000\b", text, re.MULTILINE)) == 4, name


@pytest.mark.parametrize("dialect", ["spectre", "hspice", "ltspice"])
def test_gnucap_solves_the_netlist_as_ngspice_solves_its_own(tmp_path, dialect):
    emit(tmp_path, WIDTHS, dialect)
    outputs = ["label_minus_0", "label_minus_1", "label_plus_0", "label_plus_1"]
    dot = "" if dialect == "spectre" else "."
    models = [f"{dot}model nlvt {NMOS}", f"{dot}model plvt {PMOS}"]
    found = gnucap(tmp_path, [*models, *deck_lines(tmp_path, dialect)], outputs, dialect)
    library = f".lib tt\n.model nlvt {NMOS}\n.model plvt {PMOS}\n.endl tt\n"
    (tmp_path / "models" / "lvt90.lib").write_text(library)
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    np.testing.assert_allclose(found, [expected[f"v({net})"] for net in outputs], rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", ["sample.spectre.scs", "sample.hspice.sp", "sample.cdl"])
def test_a_netlist_reader_finds_every_cell_and_its_ports(tmp_path, name):
    deck = emit(tmp_path, WIDTHS, "spectre", "hspice", "cdl")
    cells = {cell.name: cell for cell in NetlistParser().parse(str(tmp_path / name)).cells}
    assert {x: tuple(cell.ports) for x, cell in cells.items()} == {
        module.name: module.ports for module in deck.circuit.modules
    }
    assert len(cells["sample"].instances) == 2 + 2 * (3 + 2)


@pytest.mark.parametrize("dialect", [HSPICE, XYCE, LTSPICE, SPECTRE], ids=lambda x: x.name)
@given(
    words=st.lists(
        st.text("abcdefgh_0123456789=()", min_size=1, max_size=60), min_size=1, max_size=60
    )
)
def test_wrapped_lines_are_short_and_hold_the_same_words(dialect, words):
    line = " ".join(words)
    wrapped = dialect.wrap(line)
    lines = wrapped.split("\n")
    assert all(len(x) <= 100 for x in lines)
    if dialect is SPECTRE:
        assert all(x.endswith(" \\") for x in lines[:-1])
        joined = wrapped.replace("\\\n", " ")
    else:
        assert all(x.startswith("+ ") for x in lines[1:])
        joined = wrapped.replace("\n+", " ")
    assert joined.split() == words


@pytest.mark.parametrize("dialect", [HSPICE, XYCE, LTSPICE, SPECTRE], ids=lambda x: x.name)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_has_a_suffix_that_simulators_read_differently(dialect, value):
    # `M` is milli to most simulators, and mega to Spectre.
    text = dialect.format_number(value)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?", text)
    assert float(text) == pytest.approx(value, rel=1e-11)


def test_a_short_line_stays_as_it_is():
    assert wrap("R1 a b 5") == "R1 a b 5"


def subject_called(name):
    of = network([3, 2], name=name)
    circuit = build_circuit(program(of), of, technology())
    testbench = build_testbench(
        circuit, of, technology(), stimulus_volts=np.zeros(3), load_farads=1e-16
    )
    header = replace(HEADER, network=name)
    return Subject(testbench, technology(), "tio2", invented_table(), header)


@pytest.mark.parametrize(
    ("dialect", "name"), [("spectre", "resistor"), ("spectre", "Model"), ("verilog", "module")]
)
def test_a_network_cannot_be_called_as_a_word_of_the_language(tmp_path, dialect, name):
    with pytest.raises(CompileError) as caught:
        write_dialect(dialect, subject_called(name), tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM501"
    assert diagnostic.message == f"a network cannot be called `{name}`"
    language = {"spectre": "Spectre", "verilog": "SystemVerilog"}[dialect]
    assert diagnostic.notes == (f"{language} has a meaning of its own for this word",)
    assert diagnostic.help == f"rename it, or leave `{dialect}` out of `emit`"
    write_dialect("hspice", subject_called(name), tmp_path)


def test_the_models_for_ltspice_are_those_of_one_corner_without_references():
    text = "\n".join(corner_text(technology(corner="ff")))
    assert ".param lvt90_skew_n=1 lvt90_skew_p=1" in text
    assert "skew_n=0" not in text
    assert len(re.findall(r"^\.model", text, re.MULTILINE)) == 2
    assert not re.search(r"^\.(lib|include|endl)", text, re.MULTILINE)


def test_parameters_are_declared_as_each_simulator_wants_them():
    size = (Parameter("size", 2.0),)
    assert HSPICE.format_parameters(size) == ["size=2"]
    assert XYCE.format_parameters(size) == ["PARAMS:", "size=2"]
    assert XYCE.format_parameters(()) == []
