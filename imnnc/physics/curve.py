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

    def coefficients(self, g: Tensor, emf: Tensor) -> Coefficients:
        """Curves of inverters with loads `g` (siemens a unit size) and `emf` (volts), (2, n)."""
        hidden = torch.tanh(features(self.scales, g, emf) @ self._hidden_weight + self._hidden_bias)
        raw = hidden @ self._output_weight + self._output_bias
        share = self._share(g)
        return self._scaled(raw, self._own(share), share * emf)

    def tangents(self, g: Tensor, emf: Tensor) -> tuple[Coefficients, Coefficients, Coefficients]:
        """The curves of loads (2, n), and the derivatives of their coefficients to g and emf."""
        scales = self.scales
        hidden = torch.tanh(features(scales, g, emf) @ self._hidden_weight + self._hidden_bias)
        slope = 1 - hidden * hidden
        by_level = self._hidden_weight[:, :1] * _level_slope(scales, g)[..., None]
        by_emf = self._hidden_weight[:, 1:] / scales.supply_volts
        moved = torch.cat([hidden, slope * by_level, slope * by_emf], 1) @ self._output_weight
        raw, raw_g, raw_emf = moved.chunk(3, 1)
        raw = raw + self._output_bias
        share = self._share(g)
        share_slope = scales.g_on_siemens / (g + scales.g_on_siemens) ** 2
        own = self._own(share)
        values = self._scaled(raw, own, share * emf)
        by_g = self._scaled(raw_g, own, share_slope * emf)
        shrink = (-scales.supply_volts * share_slope)[..., None] * raw
        by_g = Coefficients(
            by_g.a + shrink[..., : self.terms], by_g.b, by_g.o, by_g.c + shrink[..., -1]
        )
        return values, by_g, self._scaled(raw_emf, own, share)

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

    `apply(v_in, g, emf, tangents)` takes v_in (M, B), loads (M,) and what `CurvePair.tangents`
    says of those loads, and returns V_out, dV_out/dV_in and dV_out/demf, (M, B) each.  V_out
    is differentiable to v_in, g and emf.  The slopes are constants to automatic
    differentiation: they belong to a first-order correction, whose own derivative would be of
    second order.

    Derivatives are computed forward, with the values: one hyperbolic tangent a term is all that
    is computed element by element, the rest is matrix products on it, and the backward pass
    is one multiplication each.
    """

    @staticmethod
    def forward(
        ctx: Any,
        v_in: Tensor,
        g: Tensor,
        emf: Tensor,
        tangents: tuple[Coefficients, Coefficients, Coefficients],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        k, by_g, by_emf = tangents
        # tanh(z) = 2 sigmoid(2 z) - 1, and torch's sigmoid is ten times as fast as its tanh.
        twice = torch.addcmul(2 * k.o[..., None], 2 * k.b[..., None], v_in[:, None])
        tangent = twice.sigmoid_().mul_(2).sub_(1)
        levels = torch.stack([k.a, by_g.a, by_emf.a], 1) @ tangent
        slope = tangent.mul_(tangent).neg_().add_(1)
        moments = torch.cat(
            [k.a * k.b, k.a * by_g.b, k.a * by_emf.b, k.a * by_g.o, k.a * by_emf.o], 1
        )
        turned = moments.view(len(g), 5, -1) @ slope
        to_input, turn_g, turn_emf, shift_g, shift_emf = turned.unbind(1)
        value, level_g, level_emf = levels.unbind(1)
        to_g = torch.addcmul(shift_g, turn_g, v_in).add_(level_g).add_(by_g.c[:, None])
        to_emf = torch.addcmul(shift_emf, turn_emf, v_in).add_(level_emf).add_(by_emf.c[:, None])
        ctx.save_for_backward(to_input, to_g, to_emf)
        ctx.mark_non_differentiable(to_input, to_emf)
        return value + k.c[:, None], to_input, to_emf

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """See the class."""
        to_input, to_g, to_emf = ctx.saved_tensors
        above = gradients[0]
        return above * to_input, (above * to_g).sum(1), (above * to_emf).sum(1), None
