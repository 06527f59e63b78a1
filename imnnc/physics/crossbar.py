"""Crossbars as matrices: the voltages of columns and the loads of rows.

Tensors are transposed, (rows or columns, batch): a row of the crossbar or a column of it is
one row of the tensor, so that curves, one a neuron, meet their inputs without copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from imnnc.physics.network import LayerParameters


@dataclass(frozen=True)
class Crossbar:
    """The conductances of a crossbar of N inputs and M columns, in siemens.

    Sums and shares are computed on first use and kept, with or without gradients as torch is
    set then: do not use one object both within and outside `torch.no_grad`.
    """

    rows: Tensor  # (2 N, M): the N plus rows, then the N minus rows
    bias: Tensor  # (2, M): the cells to +V_S and to -V_S
    supply_volts: float

    @staticmethod
    def of(layer: LayerParameters, supply_volts: float) -> Crossbar:
        """The crossbar of a layer, in float64."""
        plus = torch.from_numpy(layer.g_plus_siemens)
        minus = torch.from_numpy(layer.g_minus_siemens)
        rows = torch.cat([plus[:-1], minus[:-1]])
        return Crossbar(rows, torch.stack([plus[-1], minus[-1]]), supply_volts)

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

    def row_emfs(self, nets: Tensor) -> Tensor:
        """J / G (2 N, B), the voltage behind the load of every row, for nets (M, B)."""
        return self.row_shares @ nets
