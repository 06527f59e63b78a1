"""Cells of a user's subcircuit in netlists: its instance, where a law of ours has a source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imnnc.circuit.build import build_circuit
from imnnc.emit.dialects import write_dialect
from imnnc.emit.ngspice import write_netlist
from imnnc.emit.programming import read_program, write_program
from imnnc.parasitics import CellModel, Parasitics, Sine
from tests.support.decks import HEADER, subject_of, write_deck
from tests.support.networks import network, program, technology

CONDUCTANCE = CellModel("my_cell", "g", "conductance", 2.0, (Sine(1.0, -0.5), Sine(2.0, 1.5)))
RESISTANCE = CellModel("my_cell", "r", "resistance", 0.5, (Sine(3.0),))


def of_model(model: CellModel, widths=(3, 2)):
    return replace(program(network(list(widths))), parasitics=Parasitics(model=model))


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (CONDUCTANCE, "Xcell row column my_cell g={2/ohms}"),
        (RESISTANCE, "Xcell row column my_cell r={0.5*ohms}"),
    ],
)
def test_each_cell_is_an_instance_of_the_model(tmp_path, model, line):
    write_netlist(build_circuit(of_model(model), network([3, 2]), technology()), tmp_path, HEADER)
    netlist = (tmp_path / "sample.ngspice.sp").read_text()
    assert (
        f".subckt sample_crossbar_cell row column ohms=1000000\n{line}\n"
        ".ends sample_crossbar_cell\n"
    ) in netlist
    cells = (tmp_path / "sample.ngspice.cells.label.inc").read_text()
    assert "Xplus_0_1 plus_0 net_1 sample_crossbar_cell ohms=" in cells


@pytest.mark.parametrize(
    ("dialect", "line"),
    [
        ("hspice", "Xcell row column my_cell g='2/ohms'"),
        ("spectre", "Xcell (row column) my_cell g=2/ohms"),
        ("xyce", "Xcell row column my_cell PARAMS: g={2/ohms}"),
        ("ltspice", "Xcell row column my_cell g={2/ohms}"),
    ],
)
def test_every_dialect_has_the_instance_in_its_words(tmp_path, dialect, line):
    subject = subject_of(write_deck(tmp_path, [3, 2], per_volt=3.0))
    circuit = build_circuit(of_model(CONDUCTANCE), network([3, 2]), technology())
    testbench = replace(subject.testbench, circuit=circuit)
    names = write_dialect(dialect, replace(subject, testbench=testbench), tmp_path)
    (netlist,) = (x for x in names if ".tb." not in x and ".cells." not in x and "models" not in x)
    assert f"\n{line}\n" in (tmp_path / netlist).read_text()


def test_programming_files_say_what_cells_are(tmp_path):
    of = of_model(CONDUCTANCE)
    write_program(of, tmp_path)
    assert read_program(tmp_path).parasitics == of.parasitics
