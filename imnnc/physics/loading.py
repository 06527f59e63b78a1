"""The outputs of a layer under the load of the crossbar that they drive, to first order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from imnnc.physics.curve import CurvePair, bank


class LoadedLayer(torch.autograd.Function):
    """M neurons that drive a crossbar of C columns, for a batch of B.

    `apply(net, g, row_shares, column_shares, bias_share, mean_nets, curves, shift)` takes the
    neurons' own columns `net` (M, B), the loads a unit size `g` (2, M) of INV2 and INV1, the shares
    of the crossbar (see `Crossbar`), the mean voltages of its columns, `mean_nets` (C,), and how
    far what INV2 sees is from V-, `shift` (M, B), None: nothing.  It returns V+ and V- of the
    neurons, (2 M, B), and how far the columns are from `mean_nets` on average.

    The curves are evaluated once, at the load voltages that `mean_nets` makes.  Around them,
    outputs answer to load voltages with slopes S and columns to outputs by averaging, so the
    columns n of a sample solve n - m = (n0 - m) + A (n - m), n0 being the columns at the mean
    load.  A from the batch means of S makes one small system of what would be one a sample.

    S and A are constants to differentiation: their own derivatives would be of second order in
    n - m.  All slopes are computed forward, so that the backward pass is a few products; as
    separate operations, automatic differentiation would take half of a training step.
    """

    @staticmethod
    def forward(
        ctx: Any,
        net: Tensor,
        g: Tensor,
        row_shares: Tensor,
        column_shares: Tensor,
        bias_share: Tensor,
        mean_nets: Tensor,
        curves: CurvePair,
        shift: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        width = len(net)
        tangents = curves.tangents(g, (row_shares @ mean_nets).view(2, width))
        minus, minus_in, minus_load = bank(net, tangents.of(1))
        seen = minus if shift is None else minus + shift
        plus, plus_in, plus_load = bank(seen, tangents.of(0))
        at_mean = torch.cat([plus, minus])
        slopes = torch.cat([plus_load[:, 1], minus_load[:, 1]])
        through = plus_in * minus_load[:, 1]  # of V+ to the load voltage of V-
        system = -feedback(row_shares, column_shares, slopes.mean(1), through.mean(1))
        system.diagonal().add_(1)
        solve = torch.linalg.inv(system)
        away = bias_share - mean_nets[:, None]
        deviation = solve @ torch.addmm(away, column_shares.T, at_mean)
        load = row_shares @ deviation
        outputs = (slopes * load).add_(at_mean)
        outputs[:width].add_(through * load[width:])
        ctx.save_for_backward(
            row_shares, column_shares, mean_nets, solve, deviation, at_mean, slopes, through,
            minus_in, plus_in, minus_load, plus_load,
        )  # fmt: skip
        ctx.shifted = shift is not None
        drift = deviation.mean(1)
        ctx.mark_non_differentiable(drift)
        return outputs, drift

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        (
            row_shares, column_shares, mean_nets, solve, deviation, at_mean, slopes, through,
            minus_in, plus_in, minus_load, plus_load,
        ) = ctx.saved_tensors  # fmt: skip
        above = gradients[0]
        width = len(above) // 2
        to_load = slopes * above
        to_load[width:].add_(through * above[:width])
        to_nets = solve.T @ (row_shares.T @ to_load)
        to_mean = torch.addmm(above, column_shares, to_nets)
        to_plus, to_minus = to_mean[:width], to_mean[width:]
        to_seen = to_plus * plus_in
        to_minus = to_minus + to_seen
        to_loads = torch.stack(
            [(plus_load @ to_plus[..., None])[..., 0], (minus_load @ to_minus[..., None])[..., 0]]
        )
        to_emf = to_loads[..., 1].reshape(-1, 1)
        return (
            to_minus * minus_in,
            to_loads[..., 0],
            torch.addmm(to_emf * mean_nets, to_load, deviation.T),
            at_mean @ to_nets.T,
            to_nets.sum(1, keepdim=True),
            None,
            None,
            to_seen if ctx.shifted else None,
        )


def feedback(row_shares: Tensor, column_shares: Tensor, slopes: Tensor, through: Tensor) -> Tensor:
    """A (C, C): how columns answer to themselves by way of the outputs that they load.

    `slopes` (2 M,) of V+ and of V- to the voltages of their own loads, `through` (M,) of V+ to
    that of V-.
    """
    outputs = slopes[:, None] * row_shares
    outputs[: len(through)] += through[:, None] * row_shares[len(through) :]
    return column_shares.T @ outputs
