"""Crossbars with wires as linear operators: exactly, and as training sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from imnnc.parasitics import Wires
from imnnc.physics.crossbar import IdealCrossbar, Load, in_parallel
from imnnc.physics.wires import WiredCells, exact

_LITTLE = 0.1  # of a row's load, that other rows put behind it by way of wires alone


@dataclass(frozen=True)
class WiredCrossbar:
    """Exact, and fixed: rows draw Y v, and columns are at T v.

    A row's load is its own conductance in Y, and what the other rows put behind it, one unknown a
    row: V and the loads make n = W V + n0 with W = 1 - Y / diag(Y), which no column stands for.
    """

    shares: Tensor  # T (M, 2 N + 2), volts a volt: the plus rows, the minus rows, the bias pair
    given: Tensor  # N (M, 2 N + 2) siemens: into columns held at ground, a volt at a row
    cells: WiredCells
    tied: Callable[[Tensor], Tensor]  # columns by rows of `cells`, in this order
    supply_volts: float
    ground_siemens: float = 0.0  # from each output that drives a row

    @cached_property
    def siemens(self) -> Tensor:
        """Y (2 N + 2, 2 N + 2), of the rows; where they are sources nobody asks."""
        siemens = torch.from_numpy(self.cells.row_siemens)
        return self.tied(self.tied(siemens).T).T.contiguous().to(self.shares)

    @property
    def row_siemens(self) -> Tensor:
        """The diagonal of Y, (2 N,)."""
        return self.siemens.diagonal()[:-2]

    def nets(self, v: Tensor) -> Tensor:
        """Voltages (M, B) of the columns' ends when the rows are driven at `v` (2 N, B)."""
        return torch.addmm(self.shares[:, -2:] @ self._bias, self.shares[:, :-2], v)

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""
        plus, minus = self.shares[:, :-2].chunk(2, 1)
        return torch.addmm(self.shares[:, -2:] @ self._bias, plus - minus, v)

    def load(self, sizes: Tensor) -> Load:
        """What inverters of `sizes` (2 N,) drive; the unknowns are the voltages behind the rows."""
        own = self.row_siemens
        total = own + self.ground_siemens
        others = torch.diag(own) - self.siemens[:-2, :-2]
        behind = -(self.siemens[:-2, -2:] @ self._bias) / own[:, None]
        return Load(total / sizes, torch.diag(own / total), (others / own[:, None]).T, behind)

    def load_by_columns(self, sizes: Tensor) -> Load:
        """With the ends of the columns as unknowns, which are far fewer than rows.

        Were these held at c, rows at v would draw Y' v - N^T c, N being what columns held at
        ground would take.  Of Y' all but its diagonal is what wires alone do, and little as a
        rule.  Where it is not, unknowns are the rows', as in `load`.
        """
        held = self.siemens + self.shares.T @ self.given
        total = held.diagonal()[:-2] + self.ground_siemens
        others = torch.diag(held.diagonal()) - held
        between = others[:-2, :-2] / total[:, None]
        if float(between.abs().sum(1).max()) > _LITTLE:
            return self.load(sizes)
        return Load(
            total / sizes,
            self.given[:, :-2].T / total[:, None],
            self.shares[:, :-2].T,
            self.shares[:, -2:] @ self._bias,
            between,
            others[:-2, -2:] @ self._bias / total[:, None],
        )

    def nets_at_rest(self, v: Tensor, unknowns: Tensor) -> Tensor:
        """The columns that outputs `v` make."""
        return self.nets(v)

    def row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """Amperes (2 N, B) from the rows, at `v`, where the columns float."""
        return torch.addmm(self.siemens[:-2, -2:] @ self._bias, self.siemens[:-2, :-2], v)

    def held_row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same where the columns are held: a volt above gives back what a row would put in."""
        return self.row_currents(v, nets) - self.given[:, :-2].T @ (nets - self.nets(v))

    def bias_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same of the bias pair, (2, B)."""
        return torch.addmm(self.siemens[-2:, -2:] @ self._bias, self.siemens[-2:, :-2], v)

    def to(self, device: str, dtype: torch.dtype) -> Self:
        """The same crossbar elsewhere."""
        shares, given = (x.to(device, dtype) for x in (self.shares, self.given))
        return replace(self, shares=shares, given=given)

    @property
    def _bias(self) -> Tensor:
        return self.supply_volts * self.shares.new_tensor([[1.0], [-1.0]])


@dataclass(frozen=True)
class LeaningCrossbar:
    """Differentiable: cells whose weights in the columns lean as wires had them at some cells.

    With T0 the shares of the cells without wires and T with them, both of cells g_f, the shares of
    cells g are those of g T / T0 without wires: exact at g_f, and within half a per cent of the
    effect for cells that are 2 % from there.  What loads the rows is without wires.
    """

    columns: IdealCrossbar  # the cells times T / T0, of which columns are the averages
    rows: IdealCrossbar  # the cells, which load the rows

    @property
    def supply_volts(self) -> float:
        """The bias pair is at plus and minus this."""
        return self.rows.supply_volts

    @property
    def row_siemens(self) -> Tensor:
        """G, the sum of all cells of a row, (2 N,)."""
        return self.rows.row_siemens

    def nets(self, v: Tensor) -> Tensor:
        """Voltages (M, B) of the columns when the rows are driven at `v` (2 N, B)."""
        return self.columns.nets(v)

    def nets_of_inputs(self, v: Tensor) -> Tensor:
        """The same for inputs (N, B) whose minus rows are exactly opposite, as sources are."""
        return self.columns.nets_of_inputs(v)

    def load(self, sizes: Tensor) -> Load:
        """The cells of each row; the unknowns are the columns."""
        shares, bias = self.columns.column_shares, self.columns.bias_share
        return self.rows.load(sizes)._replace(column_shares=shares, bias_share=bias)

    def load_by_columns(self, sizes: Tensor) -> Load:
        """The same: there is nothing else."""
        return self.load(sizes)

    def nets_at_rest(self, v: Tensor, unknowns: Tensor) -> Tensor:
        """The unknowns themselves."""
        return unknowns

    def row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """Amperes (2 N, B) from the rows, at `v`, into the columns, at `nets` (M, B)."""
        return self.rows.row_currents(v, nets)

    def held_row_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same: there is nothing else."""
        return self.row_currents(v, nets)

    def bias_currents(self, v: Tensor, nets: Tensor) -> Tensor:
        """The same of the bias pair, (2, B)."""
        return self.rows.bias_currents(v, nets)

    def to(self, device: str, dtype: torch.dtype) -> Self:
        """The same cells elsewhere."""
        return replace(
            self, columns=self.columns.to(device, dtype), rows=self.rows.to(device, dtype)
        )


def wired(
    rows: Tensor, bias: Tensor, wires: Wires, supply_volts: float, ground_siemens: float = 0.0
) -> WiredCrossbar:
    """The exact operator of cells in siemens, `rows` (2 N, M) and `bias` (2 P, M), float64.

    Rows of several bias pairs, which are at one voltage, are one pair of it.
    """
    found = exact(_as_in_netlist(rows, bias).numpy(), wires)
    order = _from_netlist(len(rows), len(bias))

    def tied(matrix: Tensor) -> Tensor:
        own, plus, minus = matrix[:, order].tensor_split([len(rows), len(rows) + len(bias) // 2], 1)
        return torch.cat([own, plus.sum(1, keepdim=True), minus.sum(1, keepdim=True)], 1)

    return WiredCrossbar(
        tied(torch.from_numpy(found.column_shares)),
        tied(torch.from_numpy(found.column_siemens @ found.column_shares)),
        found,
        tied,
        supply_volts,
        ground_siemens,
    )


def lean(rows: Tensor, bias: Tensor, wires: Wires) -> Tensor:
    """What wires multiply the weight of each cell in its column by, T / T0, (2 N + 2 P, M).

    The rows of the answer are `rows` (2 N, M), then `bias` (2 P, M), as are those of the cells.
    """
    cells = _as_in_netlist(*(x.detach().cpu().double() for x in (rows, bias)))
    shares = torch.from_numpy(exact(cells.numpy(), wires).column_shares.T)
    ratio = shares * cells.sum(0) / cells
    return ratio[_from_netlist(len(rows), len(bias))].to(rows)


def leaning(
    rows: Tensor,
    bias: Tensor,
    ratio: Tensor,
    supply_volts: float,
    ground_siemens: float = 0.0,
) -> LeaningCrossbar:
    """Cells in siemens, `rows` (2 N, M) and `bias` (2 P, M), with what `lean` has found."""
    at_rows, at_bias = ratio.tensor_split([len(rows)])
    return LeaningCrossbar(
        IdealCrossbar(rows * at_rows, in_parallel(bias * at_bias), supply_volts, ground_siemens),
        IdealCrossbar(rows, in_parallel(bias), supply_volts, ground_siemens),
    )


def _as_in_netlist(rows: Tensor, bias: Tensor) -> Tensor:
    """All rows as netlists have them: plus rows, their biases, minus rows, their biases."""
    (plus, minus), (at_plus, at_minus) = rows.chunk(2), bias.chunk(2)
    return torch.cat([plus, at_plus, minus, at_minus])


def _from_netlist(rows: int, biases: int) -> list[int]:
    """Where in that order the plus and the minus `rows` are, then the plus and minus `biases`."""
    inputs, half = rows // 2, (rows + biases) // 2
    of_rows = (*range(inputs), *range(half, half + inputs))
    return [*of_rows, *range(inputs, half), *range(half + inputs, 2 * half)]
