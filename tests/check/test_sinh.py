"""Differences of netlists whose cells are no resistors are told in the user's terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.decks import differences_of_edited


def differences(folder: Path, widths: list[int], file: str, pattern: str, text: str) -> list[str]:
    return differences_of_edited(folder, widths, file, pattern, text, per_volt=3.0)


@pytest.mark.parametrize(
    ("widths", "row", "place"),
    [
        ([3, 4, 2], "plus_1", "row 1 column 2 (plus)"),
        ([3, 4, 2], "bias_minus", "row bias column 2 (minus)"),
        # Too wide for a subcircuit, its parts stand among those of the network.
        ([600, 4, 2], "crossbar_hidden_pixels_plus_1", "row 1 column 2 (plus)"),
    ],
)
def test_a_cell_that_bends_has_its_row_and_column(tmp_path, widths, row, place):
    file, pattern = "sample.ngspice.cells.hidden.inc", rf"(?m)^(X{row}_2 .*)=\S+$"
    (found,) = differences(tmp_path, widths, file, pattern, r"\1=4e6")
    assert found.startswith("crossbar hidden: 1 of ")
    assert found.endswith(f"at {place}")


def test_another_law_is_a_difference(tmp_path):
    (found,) = differences(
        tmp_path, [3, 2], "sample.ngspice.sp", r"sinh\(min\(max\(3", "sinh(min(max(2"
    )
    assert found.startswith("crossbar cell: i of bcell is (sinh(min(max(2*v(row,column)")


def test_a_cell_that_is_missing_is_told_by_its_place(tmp_path):
    file, pattern = "sample.ngspice.cells.label.inc", r"(?m)^Xminus_2_1 .*\n"
    assert differences(tmp_path, [3, 2], file, pattern, "") == [
        "crossbar label: cell row 2 column 1 is missing (minus)"
    ]
