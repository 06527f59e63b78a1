"""The cells and columns of ideal crossbars, with gradients by hand.

Columns are what `IdealCrossbar` has, by the same operations in the same order: values and gradients
have the same bits as where each operation is recorded for automatic differentiation, which costs
more than most of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from imnnc.physics.curve import CurvePair
from imnnc.physics.loading import Loading

_sigmoid_backward: Any = torch.ops.aten.sigmoid_backward.default  # torch does not type it


class _Sums(NamedTuple):
    """What the cells of a column, rows (2 N, M) and bias (2, M), come to."""

    siemens: Tensor  # (M,)
    bias_share: Tensor  # (M,) volts

    @staticmethod
    def of(rows: Tensor, bias: Tensor, supply_volts: float) -> _Sums:
        up, down = bias.unbind()
        siemens = rows.sum(0).add_(up + down)
        return _Sums(
            siemens, torch.sub(up, down).mul_(_number(supply_volts, up.dtype)).div_(siemens)
        )

    def back(self, shares: Tensor, to_shares: Tensor, to_bias_share: Tensor) -> tuple[Tensor, ...]:
        """From gradients of `shares`, that are of cells over the columns' siemens, and of biases.

        Those of these cells, which take the place of `to_shares`; of the siemens, with the opposite
        sign, (M,); and of the difference of the bias cells as far as that is by their share.
        """
        by_bias = (self.bias_share / self.siemens).mul_(to_bias_share)
        less = (shares / self.siemens).mul_(to_shares).sum(0).add_(by_bias)
        return to_shares.div_(self.siemens), less, to_bias_share / self.siemens


def _bias_back(to_difference: Tensor, less: Tensor, supply_volts: float) -> Tensor:
    """The gradient of bias cells (2, M) from what `_Sums.back` has."""
    found = less.new_empty(2, len(less))
    up, down = found.unbind()
    to_difference.mul_(_number(supply_volts, up.dtype))
    torch.sub(to_difference, less, out=up)
    torch.add(to_difference, less, out=down).neg_()
    return found


@cache
def _number(value: float, dtype: torch.dtype) -> Tensor:
    """A number as a tensor: beside one, torch converts it every time."""
    return torch.tensor(value, dtype=dtype)


class Cells(torch.autograd.Function):
    """Rows and bias cells of a crossbar, `least` + `span` sigmoid(theta) siemens.

    `apply(theta_rows, theta_bias, least, span)` is differentiable to both.
    """

    @staticmethod
    def forward(
        ctx: Any, theta_rows: Tensor, theta_bias: Tensor, least: float, span: float
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        low, ctx.span = _number(least, theta_rows.dtype), _number(span, theta_rows.dtype)
        ctx.parts = theta_rows.sigmoid(), theta_bias.sigmoid()
        rows, bias = (torch.mul(part, ctx.span).add_(low) for part in ctx.parts)
        return rows, bias

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        to_rows, to_bias = (
            _sigmoid_backward(above * ctx.span, part)
            for above, part in zip(gradients, ctx.parts, strict=True)
        )
        return to_rows, to_bias, None, None


class InputColumns(torch.autograd.Function):
    """Columns (M, B) of rows (2 N, M) and bias (2, M) at inputs (N, B) and their opposites.

    `apply(rows, bias, supply_volts, inputs)` is differentiable to the cells.
    """

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, bias: Tensor, supply_volts: float, inputs: Tensor
    ) -> Tensor:
        """See the class."""
        sums = _Sums.of(rows, bias, supply_volts)
        plus, minus = rows.chunk(2)
        shares = torch.sub(plus, minus).div_(sums.siemens)
        ctx.sums, ctx.shares, ctx.inputs, ctx.supply_volts = sums, shares, inputs, supply_volts
        return torch.addmm(sums.bias_share[:, None], shares.T, inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        above = gradients[0]
        to_shares = ctx.inputs.mm(above.T)
        to_half, less, to_difference = ctx.sums.back(ctx.shares, to_shares, above.sum(1))
        to_rows = to_half.new_empty(2 * len(to_half), len(less))
        plus, minus = to_rows.chunk(2)
        torch.sub(to_half, less, out=plus)
        torch.add(to_half, less, out=minus).neg_()
        return to_rows, _bias_back(to_difference, less, ctx.supply_volts), None, None


class LoadedColumns(torch.autograd.Function):
    """M neurons and the crossbar of C columns that they drive, and that loads them to first order.

    `apply(net, sizes, rows, bias, supply_volts, mean_nets, curves, shift)` takes the neurons' own
    columns `net` (M, B), their sizes (2 M,), INV2's first, the cells, rows (2 M, C) and bias
    (2, C), and what `Loading` takes.  It returns the outputs (2 M, B), the columns (C, B) that they
    drive, and how far these are from `mean_nets` (C,) on average.
    """

    @staticmethod
    def forward(
        ctx: Any,
        net: Tensor,
        sizes: Tensor,
        rows: Tensor,
        bias: Tensor,
        supply_volts: float,
        mean_nets: Tensor,
        curves: CurvePair,
        shift: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        sums = _Sums.of(rows, bias, supply_volts)
        row_siemens = rows.sum(1)
        row_shares, column_shares = rows / row_siemens[:, None], rows / sums.siemens
        g, bias_share = row_siemens / sizes, sums.bias_share[:, None]
        loading = Loading(g.view(2, -1), row_shares, column_shares, bias_share, mean_nets, curves)
        outputs, drift = loading.outputs(net, shift)
        ctx.save_for_backward(outputs)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(drift)
        ctx.loading, ctx.sums, ctx.sizes, ctx.g = loading, sums, sizes, g
        ctx.row_siemens, ctx.row_shares, ctx.column_shares = row_siemens, row_shares, column_shares
        ctx.supply_volts, ctx.shifted = supply_volts, shift is not None
        return outputs, torch.addmm(bias_share, column_shares.T, outputs), drift

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """See the class."""
        (outputs,) = ctx.saved_tensors
        apart, to_columns, _ = gradients
        if to_columns is None:
            to_columns = outputs.new_zeros(len(ctx.sums.siemens), outputs.shape[1])
        to_outputs = ctx.column_shares.mm(to_columns)
        to = ctx.loading.back(to_outputs if apart is None else to_outputs.add_(apart))
        to_rows, less, to_difference = ctx.sums.back(
            ctx.column_shares,
            outputs.mm(to_columns.T).add_(to.column_shares),
            to_columns.sum(1).add_(to.bias_share[:, 0]),
        )
        to_g, sums = to.g.reshape(-1), ctx.row_siemens[:, None]
        to_sums = (ctx.row_shares / sums).mul_(to.row_shares).sum(1)
        torch.sub(to_g / ctx.sizes, to_sums, out=to_sums)
        to_rows.sub_(less).add_(to.row_shares.div_(sums)).add_(to_sums[:, None])
        return (
            to.net,
            (ctx.g / ctx.sizes).mul_(to_g).neg_(),
            to_rows,
            _bias_back(to_difference, less, ctx.supply_volts),
            None,
            None,
            None,
            to.seen if ctx.shifted else None,
        )
