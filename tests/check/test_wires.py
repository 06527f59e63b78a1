"""Differences of netlists with wires are told in the user's terms: cells by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.parasitics import Wires
from tests.support.decks import differences_of_edited

WIRES = Wires(2.0, 5.0, 50.0)


def differences(
    folder: Path, widths: list[int], file: str, pattern: str, text: str, wires: Wires | None = WIRES
) -> list[str]:
    name = f"sample.ngspice.{file}.inc"
    return differences_of_edited(folder, widths, name, pattern, text, wires=wires, bias_pairs=3)


@pytest.mark.parametrize(
    ("widths", "row", "place"),
    [
        ([3, 4, 2], "plus_1", "row 1 column 2 (plus)"),
        ([3, 4, 2], "bias_minus", "row bias column 2 (minus)"),
        ([3, 4, 2], "bias_minus_pair_2", "row bias_2 column 2 (minus)"),
        # Too wide for a subcircuit, its parts stand among those of the network.
        ([600, 4, 2], "crossbar_hidden_pixels_plus_1", "row 1 column 2 (plus)"),
        ([600, 4, 2], "crossbar_hidden_bias_minus", "row bias column 2 (minus)"),
        ([600, 4, 2], "crossbar_hidden_bias_plus_pair_1", "row bias_1 column 2 (plus)"),
    ],
)
@pytest.mark.parametrize("wires", [WIRES, None])
def test_a_cell_has_its_row_and_column_also_where_wires_cross(tmp_path, widths, row, place, wires):
    pattern = rf"(?m)^(R{row}_2 .*) \S+$"
    (found,) = differences(tmp_path, widths, "cells.hidden", pattern, r"\1 4e6", wires)
    assert found.startswith("crossbar hidden: 1 of ")
    assert found.endswith(f"at {place}")


def test_a_segment_of_wire_is_called_by_its_name(tmp_path):
    pattern = r"(?m)^(Rplus_1_wire_2 .*) \S+$"
    assert differences(tmp_path, [3, 4, 2], "wires.hidden", pattern, r"\1 3") == [
        "crossbar hidden: value of rplus_1_wire_2 is 3 ohm, was 2 ohm"
    ]


def test_a_driver_that_is_missing_is_called_by_its_name(tmp_path):
    pattern = r"(?m)^Rplus_1_driver .*\n"
    assert differences(tmp_path, [3, 4, 2], "wires.hidden", pattern, "") == [
        "crossbar hidden: rplus_1_driver is missing"
    ]
