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
from copy import copy
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from imnnc.physics.vtc import CurveScales, VtcModel


def features(scales: CurveScales, g: Tensor, emf: Tensor) -> Tensor:
    """The inputs of the network, (..., 2), of loads g (siemens a unit size) and emf (volts)."""
    level = torch.log1p(g / scales.g_mid_siemens) * (2 / _spread(scales)) - 1
    return torch.stack([level, emf / scales.supply_volts], -1)


def tanh(z: Tensor) -> Tensor:
    """The hyperbolic tangent as 2 sigmoid(2 z) - 1, which torch computes several times as fast.

    Where nothing is differentiated `z` itself becomes it.
    """
    if z.requires_grad:
        return 2 * torch.sigmoid(2 * z) - 1
    return z.mul_(2).sigmoid_().mul_(2).sub_(1)


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
    """Curves of n loads, with what their derivatives to g and to the emf are made of.

    With a leading dimension of 2 they are those of V+ and of V-.  A tangent is written as
    tanh(z) = 2 sigmoid(2 z) - 1, since torch computes a sigmoid in a tenth of the time:

        V_out = offset + sum_k level_k sigmoid(bend_k V_in + shift_k)
    """

    bend: Tensor  # (n, K)
    shift: Tensor  # (n, K)
    levels: Tensor  # (n, 3, K): the value, its derivative to g, that to the emf
    offsets: Tensor  # (n, 3), likewise
    # (n, 5, K), weights of sigmoid - sigmoid^2: in the slope to V_in; to g and to the emf by way
    # of the bends, which V_in multiplies; to g and to the emf by way of the shifts.
    moments: Tensor

    def of(self, which: int) -> Tangents:
        """Those of V+ (0) or of V- (1)."""
        return Tangents(
            self.bend[which],
            self.shift[which],
            self.levels[which],
            self.offsets[which],
            self.moments[which],
        )

    def to(self, device: torch.device) -> Tangents:
        """The same curves on another device."""
        return Tangents(*(getattr(self, field.name).to(device) for field in fields(self)))


class _Numbers:
    """The numbers of a formula as tensors: beside one, torch converts a plain number every time."""

    def __init__(self, scales: CurveScales, dtype: torch.dtype) -> None:
        def tensor(number: float) -> Tensor:
            return torch.tensor(number, dtype=dtype)

        self.one, self.two = tensor(1.0), tensor(2.0)
        self.supply, self.g_on = tensor(scales.supply_volts), tensor(scales.g_on_siemens)
        self.g_mid, self.per_level = tensor(scales.g_mid_siemens), tensor(2 / _spread(scales))


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
        self._by_level = self._hidden_weight[:, :1]
        self._by_emf = self._hidden_weight[:, 1:] / self.scales.supply_volts
        self._numbers = _Numbers(self.scales, dtype)

    def to(self, device: torch.device) -> CurvePair:
        """The same networks on another device."""
        moved = copy(self)
        moved.__dict__.update(
            {name: x.to(device) for name, x in vars(self).items() if isinstance(x, Tensor)}
        )
        return moved

    def coefficients(self, g: Tensor, emf: Tensor) -> Coefficients:
        """Curves of inverters with loads `g` (siemens a unit size) and `emf` (volts), (2, n)."""
        hidden = tanh(features(self.scales, g, emf) @ self._hidden_weight + self._hidden_bias)
        raw = hidden @ self._output_weight + self._output_bias
        share = self._share(g)
        return self._scaled(raw, self._own(share), share * emf)

    def tangents(self, g: Tensor, emf: Tensor) -> Tangents:
        """The curves of loads (2, n), with the derivatives of their coefficients to g and emf.

        In place wherever a result is wanted no more: nothing of this is differentiated.
        """
        terms, of = self.terms, self._numbers
        count, hidden = g.shape[1], self._hidden_bias.shape[-1]
        features = g.new_empty(2, count, 2)
        level = torch.div(g, of.g_mid).log1p_().mul_(of.per_level)
        torch.sub(level, of.one, out=features[..., 0])
        torch.div(emf, of.supply, out=features[..., 1])
        z = torch.bmm(features, self._hidden_weight).add_(self._hidden_bias)
        z.mul_(of.two).sigmoid_().mul_(of.two)
        # For each load: the raw coefficients, then their derivatives to g and to the emf.
        moved = g.new_empty(2, count, 3, hidden)
        value, to_g, to_emf = moved.unbind(2)
        torch.sub(z, of.one, out=value)
        slope = torch.mul(value, value)
        torch.sub(of.one, slope, out=slope)
        level_slope = torch.add(g, of.g_mid).reciprocal_().mul_(of.per_level)
        torch.mul(self._by_level, level_slope[..., None], out=to_g).mul_(slope)
        torch.mul(slope, self._by_emf, out=to_emf)
        raw = torch.bmm(moved.view(2, -1, hidden), self._output_weight)
        raw = raw.view(2, count, 3, 3 * terms + 1)
        raw_value = raw[:, :, 0]
        raw_value.add_(self._output_bias)
        share = torch.add(g, of.g_on)
        torch.div(g, share, out=share)
        rest = torch.sub(of.one, share)
        share_slope = torch.mul(rest, rest).div_(of.g_on)
        scaled = torch.mul(rest.mul_(of.supply)[..., None, None], raw)
        by_share = torch.mul(share_slope, of.supply)[..., None] * raw_value
        scaled[:, :, 1].sub_(by_share)
        from_load = torch.stack([share * emf, share_slope * emf, share], -1)
        a = scaled[..., :terms]
        levels = torch.mul(a, of.two)
        z = torch.mul(raw[..., terms : 3 * terms], of.two)
        b, o = z[..., :terms], z[..., terms:]
        b.div_(of.supply)
        moments = g.new_empty(2, count, 5, terms)
        by_level = levels[..., :1, :]
        torch.mul(b, by_level, out=moments[..., :3, :])
        torch.mul(o[..., 1:, :], by_level, out=moments[..., 3:, :])
        return Tangents(
            bend=b[..., 0, :],
            shift=o[..., 0, :],
            levels=levels,
            offsets=from_load.add_(scaled[..., -1]).sub_(a.sum(-1)),
            moments=moments,
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


def bank(v_in: Tensor, tangents: Tangents) -> tuple[Tensor, Tensor, Tensor]:
    """M loaded curves at B input voltages each, `v_in` (M, B), with all their slopes.

    Returns V_out (M, B), its slope to v_in (M, B), and its slopes to g and to emf (M, 2, B).
    One sigmoid a term is all that is computed element by element, the rest is products on it.
    """
    share = _sigmoid(tangents.bend, tangents.shift, v_in)
    level = torch.baddbmm(tangents.offsets[..., None], tangents.levels, share)
    moments = torch.bmm(tangents.moments, share.sub_(share * share))
    to_load = moments[:, 1:3].mul_(v_in[:, None]).add_(level[:, 1:]).add_(moments[:, 3:])
    return level[:, 0], moments[:, 0], to_load


class FixedCurve(torch.autograd.Function):
    """One curve at any number of input voltages: `apply(v_in (n,), Tangents of one load)`."""

    @staticmethod
    def forward(ctx: Any, v_in: Tensor, curve: Tangents) -> Tensor:
        """V_out (n,), differentiable to v_in."""
        share = _sigmoid(curve.bend, curve.shift, v_in[None])[0]
        ctx.save_for_backward(curve.moments[0, 0] @ (share - share * share))
        return torch.addmv(curve.offsets[:, 0], share.T, curve.levels[0, 0])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """See `forward`."""
        (to_input,) = ctx.saved_tensors
        return gradients[0] * to_input, None


def _sigmoid(bend: Tensor, shift: Tensor, v_in: Tensor) -> Tensor:
    """The terms (M, K, B) of M curves at v_in (M, B), bends and shifts (M, K)."""
    # Not addcmul: where arguments broadcast, torch's takes three times as long as both.
    return (bend[..., None] * v_in[:, None]).add_(shift[..., None]).sigmoid_()
