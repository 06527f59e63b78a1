"""A small neural network that predicts the transfer curve of a loaded inverter.

The network reads the effective load of one unit inverter, the Norton pair (G, J) divided by
the size, as the conductance g = G / s and the voltage e = J / G behind it.  It answers with
the coefficients of the curve, a sum of K hyperbolic tangents of the input voltage:

    V_out = t e + (1 - t) V_S (c + sum_k a_k tanh(b_k V_in / V_S + o_k)),   t = g / (g + g_on)

PHAX's fitted curve is the case K = 1 with constant coefficients.  The form is ours (LATIM's
networks are not public): its limits are exact (a load that swamps the inverter sets the output
to e), and in a mini-batch the network runs once a neuron, not once a sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from imnnc.physics.vtc import CurveScales, VtcModel


def features(scales: CurveScales, g: Tensor, emf: Tensor) -> Tensor:
    """The inputs of the network, (..., 2), of loads g (siemens a unit size) and emf (volts)."""
    level = torch.log1p(g / scales.g_mid_siemens) * (2 / _spread(scales)) - 1
    return torch.stack([level, emf / scales.supply_volts], -1)


def _level_slope(scales: CurveScales, g: Tensor) -> Tensor:
    """The derivative of the first feature to g."""
    return (2 / _spread(scales)) / (scales.g_mid_siemens + g)


def _spread(scales: CurveScales) -> float:
    return math.log1p(scales.g_max_siemens / scales.g_mid_siemens)


@dataclass(frozen=True)
class Coefficients:
    """A curve V_out = c + sum_k a_k tanh(b_k V_in + o_k); a, b, o (..., K), c (...); volts."""

    a: Tensor
    b: Tensor
    o: Tensor
    c: Tensor


@dataclass(frozen=True)
class Tangents:
    """Curves of n loads with derivatives: index 0 of the last but one (of `offsets`: the last)
    dimension is the value, 1 the derivative to g, 2 the derivative to the emf.

    With a leading dimension of 2 they are those of V+ and of V-.
    """

    levels: Tensor  # (n, 3, K): a
    bends: Tensor  # (n, 3, K): b
    shifts: Tensor  # (n, 3, K): o
    offsets: Tensor  # (n, 3): c

    def of(self, which: int) -> Tangents:
        """Those of V+ (0) or of V- (1)."""
        return Tangents(
            self.levels[which], self.bends[which], self.shifts[which], self.offsets[which]
        )

    @property
    def curves(self) -> Coefficients:
        """The curves themselves."""
        return Coefficients(
            self.levels[..., 0, :],
            self.bends[..., 0, :],
            self.shifts[..., 0, :],
            self.offsets[..., 0],
        )


class CurvePair:
    """The two networks of a `VtcModel` on torch, in the precision asked for.

    They are evaluated together: the first index of a load is 0 for V+ (INV2) and 1 for V-
    (INV1), the order in which a crossbar has its rows.
    """

    def __init__(self, vtc: VtcModel, dtype: torch.dtype) -> None:
        def tensor(name: str) -> Tensor:
            pair = [torch.from_numpy(getattr(x, name)) for x in (vtc.plus, vtc.minus)]
            return torch.stack(pair).to(dtype)

        self.dtype = dtype
        self.scales = vtc.plus.scales
        self.terms = vtc.plus.terms
        self._hidden_weight = tensor("hidden_weight")  # (2, 2, H)
        self._hidden_bias = tensor("hidden_bias")[:, None]  # (2, 1, H)
        self._output_weight = tensor("output_weight")  # (2, H, 3 K + 1)
        self._output_bias = tensor("output_bias")[:, None]
        self._by_emf = self._hidden_weight[:, 1:] / self.scales.supply_volts

    def coefficients(self, g: Tensor, emf: Tensor) -> Coefficients:
        """Curves of inverters with loads `g` (siemens a unit size) and `emf` (volts), (2, n)."""
        hidden = torch.tanh(features(self.scales, g, emf) @ self._hidden_weight + self._hidden_bias)
        raw = hidden @ self._output_weight + self._output_bias
        share = self._share(g)
        return self._scaled(raw, self._own(share), share * emf)

    def tangents(self, g: Tensor, emf: Tensor) -> Tangents:
        """The curves of loads (2, n), with the derivatives of their coefficients to g and emf."""
        scales, terms = self.scales, self.terms
        hidden = torch.tanh(features(scales, g, emf) @ self._hidden_weight + self._hidden_bias)
        slope = 1 - hidden * hidden
        by_level = self._hidden_weight[:, :1] * _level_slope(scales, g)[..., None]
        moved = torch.stack([hidden, slope * by_level, slope * self._by_emf], 2).flatten(1, 2)
        # For each load: the raw coefficients, then their derivatives to g and to the emf.
        raw = (moved @ self._output_weight).view(2, -1, 3, 3 * terms + 1)
        raw[:, :, 0] += self._output_bias
        share = self._share(g)
        rest = 1 - share
        share_slope = rest * rest / scales.g_on_siemens
        scaled = (scales.supply_volts * rest)[..., None, None] * raw
        scaled[:, :, 1] -= (scales.supply_volts * share_slope)[..., None] * raw[:, :, 0]
        from_load = torch.stack([share * emf, share_slope * emf, share], -1)
        return Tangents(
            levels=scaled[..., :terms],
            bends=raw[..., terms : 2 * terms] / scales.supply_volts,
            shifts=raw[..., 2 * terms : 3 * terms],
            offsets=scaled[..., -1] + from_load,
        )

    def _share(self, g: Tensor) -> Tensor:
        return g / (g + self.scales.g_on_siemens)

    def _own(self, share: Tensor) -> Tensor:
        return self.scales.supply_volts * (1 - share)

    def _scaled(self, raw: Tensor, own: Tensor, load_part: Tensor) -> Coefficients:
        terms = self.terms
        scaled = own[..., None] * raw
        return Coefficients(
            a=scaled[..., :terms],
            b=raw[..., terms : 2 * terms] / self.scales.supply_volts,
            o=raw[..., 2 * terms : 3 * terms],
            c=scaled[..., -1] + load_part,
        )


class CurveBank(torch.autograd.Function):
    """M loaded curves at B input voltages each, with their slopes.

    `apply(v_in, g, emf, tangents)` takes v_in (M, B), loads (M,) and the `Tangents` of those
    loads, and returns V_out, dV_out/dV_in and dV_out/demf, (M, B) each.  V_out is
    differentiable to v_in, g and emf.  The slopes are constants to automatic differentiation:
    they belong to a first-order correction, whose own derivative would be of second order.

    Derivatives are computed forward, with the values: one sigmoid a term is all that is
    computed element by element, the rest is matrix products on it, and the backward pass is
    one multiplication each.
    """

    @staticmethod
    def forward(
        ctx: Any, v_in: Tensor, g: Tensor, emf: Tensor, tangents: Tangents
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        tangent = _tangent(tangents.curves, v_in)
        level = torch.baddbmm(tangents.offsets[..., None], tangents.levels, tangent)
        slope = tangent.mul_(tangent).neg_().add_(1)
        moved = torch.cat([tangents.bends, tangents.shifts[:, 1:]], 1) * tangents.levels[:, :1]
        moments = moved @ slope
        to_load = torch.addcmul(level[:, 1:], moments[:, 1:3], v_in[:, None]).add_(moments[:, 3:])
        value, to_input = level[:, 0], moments[:, 0]
        to_g, to_emf = to_load[:, 0], to_load[:, 1]
        ctx.save_for_backward(to_input, to_g, to_emf)
        ctx.mark_non_differentiable(to_input, to_emf)
        return value, to_input, to_emf

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        to_input, to_g, to_emf = ctx.saved_tensors
        above = gradients[0]
        return above * to_input, (above * to_g).sum(1), (above * to_emf).sum(1), None


class FixedCurve(torch.autograd.Function):
    """One curve at any number of input voltages: `apply(v_in (n,), Coefficients of 1 load)`."""

    @staticmethod
    def forward(ctx: Any, v_in: Tensor, curve: Coefficients) -> Tensor:
        """V_out (n,), differentiable to v_in."""
        tangent = _tangent(curve, v_in[None])[0]
        value = torch.addmv(curve.c, tangent.T, curve.a[0])
        slope = tangent.mul_(tangent).neg_().add_(1)
        ctx.save_for_backward(torch.mv(slope.T, (curve.a * curve.b)[0]))
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """See `forward`."""
        (to_input,) = ctx.saved_tensors
        return gradients[0] * to_input, None


def _tangent(curves: Coefficients, v_in: Tensor) -> Tensor:
    """tanh(b_k v_in + o_k), (M, K, B), of M curves at v_in (M, B)."""
    # tanh(z) = 2 sigmoid(2 z) - 1, and torch's sigmoid is ten times as fast as its tanh.
    twice = torch.addcmul(2 * curves.o[..., None], 2 * curves.b[..., None], v_in[:, None])
    return twice.sigmoid_().mul_(2).sub_(1)
