"""Fits of one hyperbolic tangent to a transfer curve, as PHAX has them."""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import least_squares

from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import NominalPoint, TanhCurve, TanhPair

_SAMPLES = 1001  # over the swing between the rails, as a sweep in SPICE has them


def fit_tanh_pair(table: InverterTable, point: NominalPoint) -> TanhPair:
    """The curves of INV1 and of the cascade, each output under the point's load.

    Source: doi 10.1109/TCAD.2017.2764070.  The published table of coefficients has four a
    curve, y = c1 + c2 tanh(c4 (x - c3)); with c1 = 0 and |c2| = V_S it would fit worse.
    """
    inverter, supply = Inverter(table), table.supply_volts
    v_in = torch.linspace(-supply, supply, _SAMPLES, dtype=torch.float64)
    load = torch.full_like(v_in, point.siemens)
    ground = torch.zeros_like(v_in)
    minus = inverter.loaded_output(v_in, load, ground)
    plus = inverter.loaded_output(minus, load, ground)
    return TanhPair(
        table.corner,
        supply,
        point,
        _fitted(v_in.numpy(), minus.numpy()),
        _fitted(v_in.numpy(), plus.numpy()),
    )


def _fitted(v_in: FloatArray, v_out: FloatArray) -> TanhCurve:
    def curve(c: FloatArray) -> FloatArray:
        return np.asarray(c[0] + c[1] * np.tanh(c[3] * (v_in - c[2])))

    half = (v_out[-1] - v_out[0]) / 2
    slopes = np.gradient(v_out, v_in)
    steepest = int(np.abs(slopes).argmax())
    start = [v_out.mean(), half, v_in[steepest], slopes[steepest] / half]
    found = least_squares(lambda c: curve(c) - v_out, start, x_scale=[0.01, 0.1, 0.01, 10.0]).x
    error = curve(found) - v_out
    c1, c2, c3, c4 = map(float, found)
    return TanhCurve(c1, c2, c3, c4, float(np.sqrt(np.mean(error**2))), float(np.abs(error).max()))
