"""Differences of capacitances, in netlists and in programming files, are told at their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.check.programming import programming_differences
from imnnc.emit.programming import read_program, write_program
from imnnc.parasitics import Capacitances
from tests.support.decks import differences_of_edited
from tests.support.networks import network, program

FARADS = Capacitances(1e-16, 2e-16, 5e-17)


@pytest.mark.parametrize(
    ("pattern", "text", "difference"),
    [
        (
            r"(?m)^(Cplus_1_2 .*) \S+$",
            r"\1 6e-17",
            "crossbar hidden: value of cplus_1_2 is 60 aF, was 50 aF",
        ),
        (
            r"(?m)^(Cnet_1_wire .*) \S+$",
            r"\1 2e-15",
            "crossbar hidden: value of cnet_1_wire is 2 fF, was 1.6 fF",
        ),
        (r"(?m)^Cbias_minus_wire .*\n", "", "crossbar hidden: cbias_minus_wire is missing"),
    ],
)
def test_a_capacitor_of_a_netlist_is_called_by_its_name(tmp_path, pattern, text, difference):
    file = "sample.ngspice.capacitances.hidden.inc"
    found = differences_of_edited(tmp_path, [3, 4, 2], file, pattern, text, capacitances=FARADS)
    assert found == [difference]


def test_programming_files_carry_them(tmp_path):
    of = program(network([3, 4, 2]), capacitances=(FARADS, None))
    others = replace(
        of, parasitics=replace(of.parasitics, capacitances=(FARADS, Capacitances(cell_farads=0)))
    )
    for name, each in (("was", of), ("now", others)):
        write_program(each, tmp_path / name)
        found = read_program(tmp_path / name)
        assert found.parasitics == each.parasitics
        assert np.array_equal(found.crossbars[0].ohms_plus, each.crossbars[0].ohms_plus)
    differences = programming_differences(tmp_path / "was", tmp_path / "now", 0.0)
    assert [x.text for x in differences] == ["programming: capacitance of label is 0 F, was none"]
