"""Names that a dialect refuses are refused in the source, before anything is trained."""

from __future__ import annotations

import pytest

from tests.support.sources import Folder, source

TINY = "input x[4] output y[3] { inverter size 1 }"
IN_PARTS = "netlists have subcircuits called `<network>_inverter` and `<network>_crossbar_<layer>`"


def called(name: str, emit: str = "emit ngspice") -> str:
    return source(network=f"network {name} {{ {TINY} }}", emit=emit)


def layers(*names: str, emit: str = "emit ngspice") -> str:
    first, *hidden, last = names
    members = [f"input {first}[4]", *(f"layer {x}[3] {{ inverter size 1 }}" for x in hidden)]
    members.append(f"output {last}[3] {{ inverter size 1 }}")
    return source(network=f"network n {{ {' '.join(members)} }}", emit=emit)


@pytest.mark.parametrize(
    ("name", "emit", "note", "help"),
    [
        ("gnd", "emit ngspice", "ngspice has a meaning of its own for this word", None),
        ("Temper", "emit programming csv", "ngspice has a meaning of its own for this word", None),
        (
            "module",
            "emit hspice, verilog",
            "SystemVerilog has a meaning of its own for this word",
            "rename it, or leave `verilog` out of `emit`",
        ),
        (
            "Resistor",
            "emit spectre",
            "Spectre has a meaning of its own for this word",
            "rename it, or leave `spectre` out of `emit`",
        ),
        ("inverter", "emit ngspice", IN_PARTS, None),
        ("iris_Inverter", "emit ngspice", IN_PARTS, None),
        ("iris_crossbar", "emit ngspice", IN_PARTS, None),
        ("iris_crossbar_hidden", "emit ngspice", IN_PARTS, None),
        ("NLVT", "emit ngspice", "the technology has a device of this name", None),
    ],
)
def test_a_network_cannot_be_called_as_a_dialect_that_is_asked_for_forbids(
    folder: Folder, name, emit, note, help
):
    text = called(name, emit)
    (diagnostic,) = folder.diagnostics(text)
    assert (diagnostic.code, diagnostic.message) == (
        "IM124",
        f"a network cannot be called `{name}`",
    )
    assert (diagnostic.notes, diagnostic.help) == ((note,), help)
    assert folder.errors(text)[0].startswith(f"3:9 '{name}'")


@pytest.mark.parametrize(
    ("name", "emit"),
    [
        ("module", "emit spectre, veriloga, hspice"),
        ("resistor", "emit verilog"),
        ("crossbars", "emit ngspice"),
        ("inverters", "emit verilog"),
        ("n" * 64, "emit ngspice, hspice, spectre, xyce, ltspice, cdl, veriloga, verilog"),
    ],
)
def test_a_word_of_a_dialect_that_is_not_asked_for_is_a_name_like_any_other(
    folder: Folder, name, emit
):
    assert folder.design(called(name, emit)).network.name == name


@pytest.mark.parametrize(
    ("names", "emit", "message"),
    [
        (
            ("x", "hidden_minus_0", "crossbar_hidden", "y"),
            "emit ngspice",
            "IM123 the name `crossbar_hidden` leads to `crossbar_hidden_minus_0` in a netlist, "
            "and so does `hidden_minus_0`",
        ),
        (
            ("x", "Crossbar_Hidden", "hidden_plus_2", "y"),
            "emit ngspice",
            "IM123 the name `hidden_plus_2` leads to `crossbar_hidden_plus_2` in a netlist, "
            "and so does `Crossbar_Hidden`",
        ),
        (
            ("c", "a_b", "b_c", "a"),
            "emit ngspice",
            "IM123 the name `a` leads to `crossbar_a_b_c_plus_0_0` in a netlist, and so does `a_b`",
        ),
        (
            ("Xhidden", "hidden", "y"),
            "emit verilog",
            "IM123 the name `hidden` leads to `Xhidden_minus_0` in a netlist, "
            "and so does `Xhidden`",
        ),
    ],
)
def test_names_of_layers_that_meet_in_a_netlist_are_refused(folder: Folder, names, emit, message):
    (found,) = folder.errors(layers(*names, emit=emit))
    assert found.split(": ", 1)[1] == message


def test_names_meet_only_where_the_dialect_and_the_widths_have_them_meet(folder: Folder):
    folder.design(layers("Xhidden", "hidden", "y"))
    folder.design(layers("xhidden", "hidden", "y", emit="emit verilog"))
    folder.design(layers("x", "hidden_minus_3", "crossbar_hidden", "y"))
