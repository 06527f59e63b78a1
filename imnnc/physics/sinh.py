"""Crossbars of cells that bend: a cell g carries I = (g / b) sinh(b V), V the voltage across it.

The sine of a difference falls apart into those of its terms, so a column that carries no current
out floats to

    tanh(b n) = sum of g sinh(b V) / sum of g cosh(b V)

over its cells, whatever the voltages V of its rows: a formula, as for resistors, to which it comes
as b goes to 0.  A row at V draws (A sinh(b V) - U cosh(b V)) / b, A and U being the sums of
g cosh(b n) and of g sinh(b n) over its cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from imnnc.physics.crossbar import IdealCrossbar, Load, SinhLoad
from imnnc.physics.settle import SineLoad


@dataclass(frozen=True)
class SinhCrossbar:
    """A cell that bends at every crossing, and wires that have no resistance."""

    cells: IdealCrossbar  # the slopes of the cells at 0 V, as resistors
    per_volt: float  # b

    @property
    def rows(self) -> Tensor:
        """Siemens of the N plus rows, then the N minus rows, (2 N, M)."""
        return self.cells.rows

    @property
    def bias(self) -> Tensor:
        """Siemens (2, M) to +V_S and to -V_S."""
        return self.cells.bias

    @property
    def ground_siemens(self) -> float:
        """From each output that drives a row."""
        return self.cells.ground_siemens

    @property
    def supply_volts(self) -> float:
        """The bias pair is at plus and minus this."""
        return self.cells.supply_volts

    @property
    def row_siemens(self) -> Tensor:
        """The sum of all cells of a row, (2 N,): what it draws a volt where it draws little."""
        return self.cells.row_siemens

    def nets(self, v: Tensor) -> Tensor:
        """Voltages (M, B) to which the columns float when the rows are at `v` (2 N, B)."""
        up, across = self.sums(v)
        return torch.atanh(up / across) / self.per_volt

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""
        plus, minus = self.rows.chunk(2)
        b = self.per_volt
        up, across = self._with_biases(
            (plus - minus).T @ torch.sinh(b * v), (plus + minus).T @ torch.cosh(b * v)
        )
        return torch.atanh(up / across) / b

    def load(self, sizes: Tensor) -> Load:
        """That of resistors with the conductances of the cells, which is not quite that of these.

        For methods whose model of a load is linear.
        """
        return self.cells.load(sizes)

    def load_by_columns(self, sizes: Tensor) -> SinhLoad:
        """The load itself."""
        return SinhLoad(self.cells, self.per_volt, sizes)

    def row_loads(self, columns: Tensor, sizes: Tensor) -> SineLoad:
        """The cells of rows that inverters of `sizes` (2 N,) drive, the columns at (M, B) volts."""
        rows = self.rows / sizes[:, None]
        b = self.per_volt
        return SineLoad(rows @ torch.sinh(b * columns), rows @ torch.cosh(b * columns), b)

    def nets_at_rest(self, v: Tensor, unknowns: Tensor) -> Tensor:
        """The unknowns themselves."""
        return unknowns

    def row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """Amperes (2 N, B) from the rows, at `v`, into the columns, at `nets` (M, B)."""
        return self._currents(self.rows, v, nets)

    def held_row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same: each cell knows only its ends."""
        return self.row_currents(v, nets)

    def bias_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same of the bias pair, (2, B)."""
        return self._currents(self.bias, self._supplies(nets), nets)

    def to(self, device: str, dtype: torch.dtype) -> Self:
        """The same cells elsewhere."""
        return replace(self, cells=self.cells.to(device, dtype))

    def sums(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Of each column, (M, B) each, g sinh(b V) and g cosh(b V) over its rows and its biases."""
        b = self.per_volt
        return self._with_biases(self.rows.T @ torch.sinh(b * v), self.rows.T @ torch.cosh(b * v))

    def _with_biases(self, sines: Tensor, cosines: Tensor) -> tuple[Tensor, Tensor]:
        supplies = self.per_volt * self._supplies(sines)
        return (
            sines + self.bias.T @ torch.sinh(supplies),
            cosines + self.bias.T @ torch.cosh(supplies),
        )

    def _currents(self, cells: Tensor, v: Tensor, nets: Tensor) -> Tensor:
        b = self.per_volt
        up, across = cells @ torch.sinh(b * nets), cells @ torch.cosh(b * nets)
        return SineLoad(up, across, b).at(v)[0]

    def _supplies(self, like: Tensor) -> Tensor:
        return self.supply_volts * like.new_tensor([[1.0], [-1.0]])
