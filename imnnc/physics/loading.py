"""The outputs of a layer under the load of the crossbar that they drive, to first order."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from imnnc.physics.curve import CurvePair, bank


class ToLayer(NamedTuple):
    """What a gradient of a layer's outputs comes to at what they follow from."""

    seen: Tensor  # (M, B), of INV2; as much of it as goes on to V- is in `net`
    net: Tensor  # (M, B)
    g: Tensor  # (2, M)
    row_shares: Tensor  # (2 M, C)
    column_shares: Tensor  # (2 M, C)
    bias_share: Tensor  # (C, 1)


class Loading:
    """M neurons that drive a crossbar of C columns, for a batch of B, forward and back.

    It is made of the loads a unit size `g` (2, M) of INV2 and INV1, the shares of the crossbar (see
    `Crossbar`) and the mean voltages of its columns, `mean_nets` (C,).

    The curves are evaluated once, at the load voltages that `mean_nets` makes.  Around them,
    outputs answer to load voltages with slopes S and columns to outputs by averaging, so the
    columns n of a sample solve n - m = (n0 - m) + A (n - m), n0 being the columns at the mean
    load.  A from the batch means of S makes one small system of what would be one a sample.

    S and A are constants to differentiation: their own derivatives would be of second order in
    n - m.  All slopes are computed forward, so that the backward pass is a few products; as
    separate operations, automatic differentiation would take half of a training step.
    """

    def __init__(
        self,
        g: Tensor,
        row_shares: Tensor,
        column_shares: Tensor,
        bias_share: Tensor,
        mean_nets: Tensor,
        curves: CurvePair,
    ) -> None:
        """See the class."""
        self._row_shares, self._column_shares = row_shares, column_shares
        self._bias_share, self._mean_nets = bias_share, mean_nets
        emf = torch.mv(row_shares, mean_nets).view(2, -1)
        self._tangents = curves.tangents(g, emf)

    def outputs(self, net: Tensor, shift: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """V+, then V- (2 M, B), and how far the columns are from `mean_nets` on average, (C,).

        The neurons' own columns are at `net` (M, B), what INV2 sees is `shift` (M, B) from V-.
        """
        width = len(net)
        minus, self._minus_in, self._minus_load = bank(net, self._tangents.of(1))
        seen = minus if shift is None else minus + shift
        plus, self._plus_in, self._plus_load = bank(seen, self._tangents.of(0))
        to_emf = self._minus_load[:, 1]
        self._at_mean = torch.cat([plus, minus])
        self._slopes = torch.cat([self._plus_load[:, 1], to_emf])
        self._through = self._plus_in * to_emf  # of V+ to the load voltage of V-
        system = feedback(
            self._row_shares, self._column_shares, self._slopes.mean(1), self._through.mean(1)
        ).neg_()
        system.diagonal().add_(1)
        self._solve = torch.linalg.inv(system)
        away = self._bias_share - self._mean_nets[:, None]
        self._deviation = self._solve.mm(torch.addmm(away, self._column_shares.T, self._at_mean))
        load = self._row_shares.mm(self._deviation)
        found = torch.mul(self._slopes, load).add_(self._at_mean)
        found[:width].add_(load[width:].mul_(self._through))
        return found, self._deviation.mean(1)

    def back(self, above: Tensor) -> ToLayer:
        """What the gradient `above` (2 M, B) of the outputs comes to."""
        width = len(above) // 2
        to_load = self._slopes * above
        to_load[width:].add_(self._through * above[:width])
        to_nets = self._solve.T.mm(self._row_shares.T.mm(to_load))
        to_mean = torch.addmm(above, self._column_shares, to_nets)
        to_plus, to_minus = to_mean[:width], to_mean[width:]
        to_seen = to_plus * self._plus_in
        to_minus.add_(to_seen)
        to_loads = torch.stack(
            [
                torch.bmm(self._plus_load, to_plus[..., None])[..., 0],
                torch.bmm(self._minus_load, to_minus[..., None])[..., 0],
            ]
        )
        to_emf = to_loads[..., 1].reshape(-1, 1)
        return ToLayer(
            to_seen,
            to_minus * self._minus_in,
            to_loads[..., 0],
            torch.addmm(to_emf * self._mean_nets, to_load, self._deviation.T),
            self._at_mean.mm(to_nets.T),
            to_nets.sum(1, keepdim=True),
        )


class LoadedLayer(torch.autograd.Function):
    """`Loading` to automatic differentiation.

    `apply(net, g, row_shares, column_shares, bias_share, mean_nets, curves, shift)` is what
    `Loading.outputs` makes of them.
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
        ctx.shifted = shift is not None
        ctx.loading = Loading(g, row_shares, column_shares, bias_share, mean_nets, curves)
        outputs, drift = ctx.loading.outputs(net, shift)
        ctx.mark_non_differentiable(drift)
        return outputs, drift

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        to_seen, *others = ctx.loading.back(gradients[0])
        return (*others, None, None, to_seen if ctx.shifted else None)


def feedback(row_shares: Tensor, column_shares: Tensor, slopes: Tensor, through: Tensor) -> Tensor:
    """A (C, C): how columns answer to themselves by way of the outputs that they load.

    `slopes` (2 M,) of V+ and of V- to the voltages of their own loads, `through` (M,) of V+ to
    that of V-.
    """
    outputs = slopes[:, None] * row_shares
    outputs[: len(through)] += through[:, None] * row_shares[len(through) :]
    return column_shares.T @ outputs
