"""The exact equivalent of a crossbar whose rows are ideal sources.

A column with the conductances g_i to rows at the voltages V_i is, seen from outside, a source
of sum(g_i V_i) / sum(g_i) behind a resistance of 1 / sum(g_i) (Thevenin; the resistors are
linear, so this is algebra and no approximation).  A simulator then has one resistor a column
where it had one a cell.  Only the first crossbar of a network has ideal rows.

Where wires have resistance, columns hear one another by way of the rows: what is seen of them is
an admittance between all columns, A, which is a resistor from each to its source and one between
every two.  The columns at rest carry no current and would need the sources alone; with A the
equivalent is that of the crossbar whatever the gates on the columns draw, at any time.

Cells that bend have no such equivalent, but columns that drive gates alone are where they float
(`imnnc.physics.sinh`): with a source there, a deck is exact at rest, and not on the way.

Capacitances of wires and cells come to one from each column to ground: rows come in pairs at
opposite voltages, so that what cells' capacitances would couple from them into a column adds up
to nothing.  That is exact at any time where wires have no resistance.  Where columns have some
(`imnnc.physics.capacitances`), the first moment of what arrives is right, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from imnnc.circuit.ir import GROUND, Capacitor, CellArray, Item, Resistor, VoltageSource
from imnnc.physics.capacitances import column_farads
from imnnc.physics.network import FloatArray, IntArray
from imnnc.physics.sines import floating_volts
from imnnc.physics.wires import exact

_TILE_COLUMNS = 32
_LEAST_COUPLING = 1e-13  # of the resistor of a column's source


@dataclass(frozen=True, eq=False)
class Thevenin:
    """Every column of a crossbar as one source and one resistor."""

    cells: CellArray  # what it is the equivalent of: R rows, C columns
    ohms: FloatArray  # (C,), of the resistor behind each source
    weights: FloatArray  # (R, C), share of each row's voltage in each source's
    between: FloatArray | None = None  # (C, C) siemens between columns, where wires are
    farads: FloatArray | None = None  # (C,) from columns to ground, where something is said of any

    @property
    def slowest_seconds(self) -> float:
        """The longest time constant of a column alone."""
        return 0.0 if self.farads is None else float((self.farads * self.ohms).max())

    def volts(self, row_volts: FloatArray) -> FloatArray:
        """Voltages of the sources (..., C), from those of the rows (..., R)."""
        if self.cells.cell is None:
            return row_volts @ self.weights
        sines = self.cells.cell.sines
        scaled = np.stack([x.per_volt * row_volts for x in sines])
        return floating_volts(np.sinh(scaled) @ self.weights, np.cosh(scaled) @ self.weights, sines)

    def floating_volts(self, row_volts: FloatArray) -> FloatArray:
        """Voltages of the columns (..., C) that carry no current, from those of the rows."""
        if self.cells.wires is None:
            return self.volts(row_volts)
        found = exact(1.0 / self.cells.ohms, self.cells.wires)
        return np.asarray(row_volts @ found.column_shares.T)

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
        items += self._couplings()
        if self.farads is not None:
            items += [
                Capacitor(name, column, GROUND, farads, self.cells.span)
                for name, column, farads in zip(
                    self.source_names(), self.cells.columns, self.farads.tolist(), strict=True
                )
                if farads
            ]
        return tuple(items)

    def row_amperes(self, row_volts: FloatArray, column_volts: FloatArray) -> FloatArray:
        """What the rows of the crossbar take (T, R), they at (T, R) and columns at (T, C) volts."""
        siemens = 1.0 / self.cells.ohms
        if self.cells.wires is None:
            return np.asarray(row_volts * siemens.sum(1) - column_volts @ siemens.T)
        found = exact(siemens, self.cells.wires)
        # With the columns where they float, rows take Y v; each volt above puts back what a volt
        # at a row would put into a column that is held.
        above = column_volts - row_volts @ found.column_shares.T
        back = found.column_siemens @ found.column_shares
        return np.asarray(row_volts @ found.row_siemens - above @ back)

    def row_coulombs(self, row_volts: FloatArray, column_volts: FloatArray) -> FloatArray:
        """What the rows hold (T, R) in capacitances, they at (T, R) and columns at (T, C) volts."""
        found = self.cells.capacitances
        if found is None:
            return np.zeros_like(row_volts)
        pitch = found.row_farads + found.cell_farads
        coupled = found.cell_farads * column_volts.sum(1, keepdims=True)
        return np.asarray(len(self.cells.columns) * pitch * row_volts - coupled)

    def _couplings(self) -> Iterator[Resistor]:
        if self.between is None:
            return
        columns = self.cells.columns
        for j, k in combinations(range(len(columns)), 2):
            siemens = float(self.between[j, k])
            # Below this it is what rounding has left of nothing.
            if siemens > _LEAST_COUPLING / self.ohms[j]:
                name = f"{self.cells.prefix}thevenin_{j}_{k}"
                yield Resistor(name, columns[j], columns[k], 1 / siemens, self.cells.span)


def thevenin(cells: CellArray) -> Thevenin:
    """The equivalent of a crossbar, provided that nothing but ideal sources drives its rows."""
    siemens = 1.0 / cells.ohms
    farads = None
    if cells.capacitances is not None:
        farads = column_farads(siemens, cells.wires, cells.capacitances)
    if cells.wires is not None:
        found = exact(siemens, cells.wires)
        own = found.column_siemens.sum(1)
        weights = (found.column_siemens @ found.column_shares).T / own
        return Thevenin(cells, 1.0 / own, weights, -found.column_siemens, farads)
    total = siemens.sum(axis=0)
    return Thevenin(cells, 1.0 / total, siemens / total, None, farads)


def tile_of(cells: CellArray, most_cells: int, biases: int = 1) -> tuple[CellArray, list[int]]:
    """A part of a crossbar with at most so many crossings, and the numbers of its inputs.

    It has the first columns and pairs of rows; where cells are left out, those that have most.  The
    bias pairs are the last, as in the whole; wires are those of the whole.
    """
    half = len(cells.rows) // 2
    there = np.isfinite(cells.ohms)
    width = min(len(cells.columns), _TILE_COLUMNS)
    pairs = max(biases + 1, min(half, most_cells // (2 * width)))
    at_inputs = there.reshape(2, half, -1).sum((0, 2))[: half - biases]
    inputs = _fullest(at_inputs, pairs - biases)
    kept = [*inputs, *range(half - biases, half)]
    rows = [*kept, *(half + row for row in kept)]
    in_columns = there[rows].sum(0)
    columns = [j for j in _fullest(in_columns, width) if in_columns[j]]
    tile = replace(
        cells,
        rows=tuple(cells.rows[row] for row in rows),
        columns=tuple(cells.columns[j] for j in columns),
        ohms=cells.ohms[np.ix_(rows, columns)],
    )
    return tile, inputs


def _fullest(counts: IntArray, most: int) -> list[int]:
    """The numbers of the largest counts, in their order; of equal ones the first."""
    return sorted(np.argsort(-counts, kind="stable")[:most].tolist())


def row_volts(
    inputs_volts: FloatArray,
    supply_volts: float,
    rows: int | None = None,
    rails_volts: float = 0.0,
) -> FloatArray:
    """Voltages of all rows (..., R) for inputs (..., N), in the order of `crossbar_rows`.

    What `rows`, R, has beyond those of the inputs are biases; without it they are one pair.  They
    are at the rails, whose middle is at `rails_volts`.
    """
    inputs = inputs_volts.shape[-1]
    biases = 1 if rows is None else rows // 2 - inputs
    bias = np.full((*inputs_volts.shape[:-1], biases), supply_volts)
    plus, minus = rails_volts + bias, rails_volts - bias
    return np.concatenate([inputs_volts, plus, -inputs_volts, minus], axis=-1)
