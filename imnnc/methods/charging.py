"""What a crossbar's capacitances, where a source states some, put before the outputs of a layer."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from imnnc.parasitics import Parasitics
from imnnc.physics.capacitances import row_seconds


class Charging(NamedTuple):
    """Of one crossbar; its columns take their cells, its rows the outputs that drive them."""

    column_siemens: Tensor  # (M,), the sum of each column's cells
    column_farads: float  # of a column's wire, and beside its cells
    column_ohms: float  # of a column's wire, all of it
    row_farads: float  # of a row's wire, and beside its cells
    row_seconds: float  # of rows that sources drive

    def column_seconds(self, gates_farads: Tensor) -> Tensor:
        """The time constants (M,) of columns that end in so many farads of gates.

        The first moment of what arrives at the end of a column with R equal cells in all of its
        length, a ladder: with x = sqrt(R r G) its end has x coth x / G ohms, and what is spread
        along it counts as at its cells.
        """
        ends = gates_farads
        if self.column_ohms:
            x = (self.column_ohms * self.column_siemens).sqrt()
            ends = ends * x / x.tanh()
        return (ends + self.column_farads) / self.column_siemens


def charging(cells: Tensor, parasitics: Parasitics, number: int) -> Charging | None:
    """That of the crossbar of layer `number`, all of its cells (R, M) in siemens.

    None where the source says nothing of its capacitances.
    """
    found, wires = parasitics.capacitances_of(number), parasitics.wires_of(number)
    if found is None:
        return None
    rows, columns = cells.shape
    ohms = 0.0 if wires is None or wires.column_ohms is None else wires.column_ohms
    return Charging(
        torch.sum(cells, 0),
        rows * (found.column_farads + found.cell_farads),
        rows * ohms,
        columns * (found.row_farads + found.cell_farads),
        row_seconds(columns, wires, found) if number == 0 else 0.0,
    )
