"""The exact equivalent of a crossbar whose rows are ideal sources.

A column with the conductances g_i to rows at the voltages V_i is, seen from outside, a source
of sum(g_i V_i) / sum(g_i) behind a resistance of 1 / sum(g_i) (Thevenin; the resistors are
linear, so this is algebra and no approximation).  A simulator then has one resistor a column
where it had one a cell.  Only the first crossbar of a network has ideal rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imnnc.circuit.ir import GROUND, CellArray, Item, Resistor, VoltageSource
from imnnc.physics.network import FloatArray


@dataclass(frozen=True, eq=False)
class Thevenin:
    """Every column of a crossbar as one source and one resistor."""

    cells: CellArray  # what it is the equivalent of: R rows, C columns
    ohms: FloatArray  # (C,), of the resistor behind each source
    weights: FloatArray  # (R, C), share of each row's voltage in each source's

    def volts(self, row_volts: FloatArray) -> FloatArray:
        """Voltages of the sources (..., C), from those of the rows (..., R)."""
        return row_volts @ self.weights

    def source_names(self) -> tuple[str, ...]:
        """The sources by column, as the items call them."""
        prefix = self.cells.prefix
        return tuple(f"{prefix}thevenin_{j}" for j in range(len(self.cells.columns)))

    def items(self, row_volts: FloatArray) -> tuple[Item, ...]:
        """What takes the place of the cells, with the rows at `row_volts` (R,).

        The sources are called `thevenin_<column>` as are the nets between source and resistor.
        """
        items: list[Item] = []
        for name, column, ohms, volts in zip(
            self.source_names(),
            self.cells.columns,
            self.ohms.tolist(),
            self.volts(row_volts).tolist(),
            strict=True,
        ):
            items.append(VoltageSource(name, name, GROUND, volts, self.cells.span))
            items.append(Resistor(name, name, column, ohms, self.cells.span))
        return tuple(items)


def thevenin(cells: CellArray) -> Thevenin:
    """The equivalent of a crossbar, provided that nothing but ideal sources drives its rows."""
    siemens = 1.0 / cells.ohms
    total = siemens.sum(axis=0)
    return Thevenin(cells, 1.0 / total, siemens / total)


def row_volts(inputs_volts: FloatArray, supply_volts: float) -> FloatArray:
    """Voltages of all rows (..., 2N + 2) for inputs (..., N), in the order of `crossbar_rows`."""
    bias = np.full((*inputs_volts.shape[:-1], 1), supply_volts)
    return np.concatenate([inputs_volts, bias, -inputs_volts, -bias], axis=-1)
