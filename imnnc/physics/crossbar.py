"""Crossbars as linear operators: the voltages of columns and the loads of rows.

Tensors are transposed, (rows or columns, batch): a row of the crossbar or a column of it is
one row of the tensor, so that curves, one a neuron, meet their inputs without copies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor

from imnnc.parasitics import Sine


class Load(NamedTuple):
    """What the 2 M outputs of a layer drive, V+ of its neurons first, then V-.

    With the C unknowns n that the outputs share, the voltages behind their loads are
    `row_shares` n, and n = `column_shares`^T V + `bias_share`.  Where wires couple the rows
    beside the unknowns, a little, `between` V + `offset` comes to the voltages behind the loads.
    """

    g: Tensor  # (2 M,) siemens a unit size: of the row, and to ground, over the size
    row_shares: Tensor  # (2 M, C): with unknowns (C, B) they make the voltages behind the loads
    column_shares: Tensor  # (2 M, C): what each output weighs in each unknown
    bias_share: Tensor  # (C, 1) volts: what the bias pair adds
    between: Tensor | None = None  # (2 M, 2 M)
    offset: Tensor | None = None  # (2 M, 1) volts


class Crossbar(Protocol):
    """A crossbar of N inputs and M columns, whatever it is made of.

    Rows are the N plus rows, then the N minus rows; with the bias pair at +V_S and -V_S.  Columns
    drive gates and carry no current out.
    """

    @property
    def supply_volts(self) -> float:
        """The bias pair is at plus and minus this."""

    @property
    def row_siemens(self) -> Tensor:
        """What each row puts on its driver where all else is held, (2 N,)."""

    def nets(self, v: Tensor) -> Tensor:
        """Voltages (M, B) of the columns when the rows are driven at `v` (2 N, B)."""

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""

    def load(self, sizes: Tensor) -> Load:
        """What inverters of `sizes` (2 N,) drive: the rows, and what is at their own outputs."""

    def load_by_columns(self, sizes: Tensor) -> Load | SinhLoad:
        """What is there exactly; where it can be with the columns as unknowns."""

    def nets_at_rest(self, v: Tensor, unknowns: Tensor) -> Tensor:
        """Columns (M, B) for outputs `v` (2 N, B) and the solved unknowns of `load` (C, B)."""

    def row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """Amperes (2 N, B) from the rows, at `v`, into the columns, at `nets` (M, B)."""

    def held_row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """Amperes (2 N, B) from the rows, at `v`, where the columns are held at `nets`."""

    def bias_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same from +V_S and from -V_S where the columns float, (2, B)."""

    def to(self, device: str, dtype: torch.dtype) -> Self:
        """The same crossbar on another device, in another precision."""


def in_parallel(bias: Tensor) -> Tensor:
    """Bias cells (2, M) of one pair of rows that do what those of P pairs do, (2 P, M)."""
    return bias if len(bias) == 2 else torch.stack([half.sum(0) for half in bias.chunk(2)])


@dataclass(frozen=True)
class IdealCrossbar:
    """A resistor at every crossing, and wires that have none: a column averages its rows.

    Sums and shares are computed on first use and kept, with or without gradients as torch is
    set then: do not use one object both within and outside `torch.no_grad`.
    """

    rows: Tensor  # (2 N, M) siemens: the N plus rows, then the N minus rows
    bias: Tensor  # (2, M): the cells to +V_S and to -V_S, those of several pairs in parallel
    supply_volts: float
    ground_siemens: float = 0.0  # from each output that drives a row

    @cached_property
    def column_siemens(self) -> Tensor:
        """The sum of all cells of a column, bias cells included, (M,)."""
        return self.rows.sum(0) + self.bias.sum(0)

    @cached_property
    def row_siemens(self) -> Tensor:
        """G, the sum of all cells of a row, (2 N,)."""
        return self.rows.sum(1)

    def nets(self, v: Tensor) -> Tensor:
        """Voltages (M, B) to which the columns float when the rows are at `v` (2 N, B).

        A column carries no current out (it drives gates), so it averages its rows by
        conductance.
        """
        return torch.addmm(self.bias_share, self.column_shares.T, v)

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""
        plus, minus = self.rows.chunk(2)
        return torch.addmm(self.bias_share, ((plus - minus) / self.column_siemens).T, v)

    def load(self, sizes: Tensor) -> Load:
        """The cells of each row and what goes to ground; the unknowns are the columns."""
        total, shares = self.row_siemens, self.row_shares
        if self.ground_siemens:
            total = total + self.ground_siemens
            shares = shares * (self.row_siemens / total)[:, None]
        return Load(total / sizes, shares, self.column_shares, self.bias_share)

    def load_by_columns(self, sizes: Tensor) -> Load:
        """The same: there is nothing else."""
        return self.load(sizes)

    def nets_at_rest(self, v: Tensor, unknowns: Tensor) -> Tensor:
        """The unknowns themselves."""
        return unknowns

    def row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """I = G V - J of every row, J = sum of g times net (Kirchhoff)."""
        return self.row_siemens[:, None] * v - self.rows @ nets

    def held_row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same: each cell knows only its ends."""
        return self.row_currents(v, nets)

    def bias_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same of the bias pair."""
        supplies = self.supply_volts * nets.new_tensor([[1.0], [-1.0]])
        return self.bias.sum(1, keepdim=True) * supplies - self.bias @ nets

    def to(self, device: str, dtype: torch.dtype) -> Self:
        """The same cells elsewhere."""
        return replace(self, rows=self.rows.to(device, dtype), bias=self.bias.to(device, dtype))

    @cached_property
    def column_shares(self) -> Tensor:
        """The weight (2 N, M) of each row in each column; with the bias they add up to 1."""
        return self.rows / self.column_siemens

    @cached_property
    def row_shares(self) -> Tensor:
        """The weight (2 N, M) of each column in the load of each row; they add up to 1."""
        return self.rows / self.row_siemens[:, None]

    @cached_property
    def bias_share(self) -> Tensor:
        """What the bias pair adds to each column, (M, 1), in volts."""
        bias = self.supply_volts * (self.bias[0] - self.bias[1])
        return (bias / self.column_siemens)[:, None]


@dataclass(frozen=True)
class SinhLoad:
    """What the 2 M outputs of a layer drive, V+ of its neurons first: cells that bend."""

    cells: IdealCrossbar  # their slopes at 0 V
    sines: tuple[Sine, ...]  # what they carry
    sizes: Tensor  # (2 M,) of the inverters

    @property
    def linear(self) -> Load:
        """What resistors of the same conductances would be."""
        return self.cells.load(self.sizes)

    @property
    def ground_siemens(self) -> Tensor:
        """From each output to ground, a unit size, (2 M,)."""
        return self.cells.ground_siemens / self.sizes
