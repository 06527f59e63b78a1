"""Crossbars of cells that bend: a cell g carries I = (g / b) sinh(b V), V the voltage across it.

The sine of a difference falls apart into those of its terms, so a column that carries no current
out floats to

    tanh(b n) = sum of g sinh(b V) / sum of g cosh(b V)

over its cells, whatever the voltages V of its rows: a formula, as for resistors, to which it comes
as b goes to 0.  A row at V draws (A sinh(b V) - U cosh(b V)) / b, A and U being the sums of
g cosh(b n) and of g sinh(b n) over its cells.

A law may be a sum of such sines, w sinh(b V) / b each.  Sums over cells then are sums over sines as
well, and a column has no formula: `imnnc.physics.sines` finds where it floats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from imnnc.parasitics import Sine
from imnnc.physics.crossbar import IdealCrossbar, Load, SinhLoad
from imnnc.physics.devices import exact_dtype
from imnnc.physics.settle import SineLoad
from imnnc.physics.sines import floating_volts


@dataclass(frozen=True)
class SinhCrossbar:
    """A cell that bends at every crossing, and wires that have no resistance."""

    cells: IdealCrossbar  # the slopes of the cells at 0 V, as resistors
    sines: tuple[Sine, ...]  # K of them

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
        if len(self.sines) > 1:
            supplies = self._supplies(v).expand(-1, v.shape[1])
            return self._floating(torch.cat([self.rows, self.bias]), torch.cat([v, supplies]))
        up, across = self.sums(v)
        return torch.atanh(up / across)[0] / self.sines[0].per_volt

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""
        if len(self.sines) > 1:
            return self.nets(torch.cat([v, -v]))
        plus, minus = self.rows.chunk(2)
        b = self.sines[0].per_volt
        up, across = self._with_biases(
            (plus - minus).T @ torch.sinh(b * v), (plus + minus).T @ torch.cosh(b * v)
        )
        return torch.atanh(up / across)[0] / b

    def load(self, sizes: Tensor) -> Load:
        """That of resistors with the conductances of the cells, which is not quite that of these.

        For methods whose model of a load is linear.
        """
        return self.cells.load(sizes)

    def load_by_columns(self, sizes: Tensor) -> SinhLoad:
        """The load itself."""
        return SinhLoad(self.cells, self.sines, sizes)

    def row_loads(self, columns: Tensor, sizes: Tensor) -> SineLoad:
        """The cells of rows that inverters of `sizes` (2 N,) drive, the columns at (M, B) volts."""
        return self._load_of(self.rows / sizes[:, None], columns)

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

    def factors(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """b and w of each of the sines, (K, 1, 1)."""
        pairs = [(x.per_volt, x.weight) for x in self.sines]
        b, weights = like.new_tensor(pairs).T[:, :, None, None]
        return b, weights

    def sums(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Of each column, (K, M, B) each, g sinh(b V) and g cosh(b V) over rows and biases."""
        b, _ = self.factors(v)
        return self._with_biases(self.rows.T @ torch.sinh(b * v), self.rows.T @ torch.cosh(b * v))

    def _with_biases(self, sines: Tensor, cosines: Tensor) -> tuple[Tensor, Tensor]:
        b, _ = self.factors(sines)
        supplies = b * self._supplies(sines)
        return (
            sines + self.bias.T @ torch.sinh(supplies),
            cosines + self.bias.T @ torch.cosh(supplies),
        )

    def _currents(self, cells: Tensor, v: Tensor, nets: Tensor) -> Tensor:
        return self._load_of(cells, nets).at(v)[0]

    def _load_of(self, cells: Tensor, nets: Tensor) -> SineLoad:
        b, weights = self.factors(nets)
        up, across = cells @ torch.sinh(b * nets), cells @ torch.cosh(b * nets)
        return SineLoad(weights * up, weights * across, tuple(x.per_volt for x in self.sines))

    def _floating(self, rows: Tensor, v: Tensor) -> Tensor:
        """Columns (M, B) of cells (2 N + 2, M) with all rows at `v`, differentiable."""
        exact = exact_dtype(v.device)
        rows, volts = rows.to(exact), v.to(exact)
        b, weights = self.factors(volts)
        up, across = rows.T @ torch.sinh(b * volts), rows.T @ torch.cosh(b * volts)
        here, there = (x.detach().cpu().double().numpy() for x in (up, across))
        at = torch.from_numpy(floating_volts(here, there, self.sines)).to(up)
        # A step of Newton's that leads nowhere, but has the gradients.
        sine, cosine = torch.sinh(b * at), torch.cosh(b * at)
        into = (weights / b * (up * cosine - across * sine)).sum(0)
        slope = (weights * (across * cosine - up * sine)).sum(0).detach()
        return (at + into / slope).to(v.dtype)

    def _supplies(self, like: Tensor) -> Tensor:
        return self.supply_volts * like.new_tensor([[1.0], [-1.0]])
