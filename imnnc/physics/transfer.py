"""Transfer curves of loaded inverters, with what a designer reads off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable

_POINTS = 401
_SLOPE_STEP_VOLTS = 1e-4
_BISECTIONS = 50


@dataclass(frozen=True)
class TransferCurve:
    """An inverter of one size that drives a conductance to ground, at one corner.

    Arrays are over V_in, from rail to rail.
    """

    corner: str
    size: float  # in unit inverters
    load_siemens: float
    v_in_volts: FloatArray
    v_out_volts: FloatArray
    slope: FloatArray  # dV_out / dV_in
    rail_watts: FloatArray  # static power from both rails

    @property
    def gain(self) -> float:
        """The steepest slope, without its sign."""
        return float(-self.slope.min())

    @property
    def peak_watts(self) -> float:
        """The largest static power."""
        return float(self.rail_watts.max())


@dataclass(frozen=True)
class CornerCurves:
    """The transfer curves of a technology at one corner, sizes first, then loads."""

    corner: str
    supply_volts: float
    threshold_volts: float  # V_in at which V_out is 0, whatever the size and the load to ground
    curves: tuple[TransferCurve, ...]

    def curve(self, size: float, load_siemens: float) -> TransferCurve:
        """The curve of one size and load; raises KeyError where there is none."""
        for curve in self.curves:
            if (curve.size, curve.load_siemens) == (size, load_siemens):
                return curve
        raise KeyError((size, load_siemens))


def transfer_curves(
    table: InverterTable, sizes: Sequence[float], loads_siemens: Sequence[float]
) -> CornerCurves:
    """The curves of every size with every load, from the inverter's table."""
    inverter = Inverter(table)
    return CornerCurves(
        table.corner,
        table.supply_volts,
        _threshold(inverter),
        tuple(_curve(table, inverter, size, load) for size in sizes for load in loads_siemens),
    )


def _curve(table: InverterTable, inverter: Inverter, size: float, load: float) -> TransferCurve:
    supply = table.supply_volts
    v_in = torch.linspace(-supply, supply, _POINTS, dtype=torch.float64)
    step = torch.tensor([[0.0], [-_SLOPE_STEP_VOLTS], [_SLOPE_STEP_VOLTS]], dtype=torch.float64)
    per_unit = torch.tensor(load / size, dtype=torch.float64)
    v_out, before, behind = inverter.loaded_output(v_in + step, per_unit, torch.zeros_like(step))
    power = size * inverter.rail_power(v_in, v_out)
    return TransferCurve(
        table.corner,
        size,
        load,
        _array(v_in),
        _array(v_out),
        _array((behind - before) / (2 * _SLOPE_STEP_VOLTS)),
        _array(power),
    )


def _threshold(inverter: Inverter) -> float:
    """Where no current flows at V_out = 0; the current falls with V_in."""
    low, high = -inverter.supply_volts, inverter.supply_volts
    zero = torch.zeros(1, dtype=torch.float64)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if float(inverter.output_current(zero + middle, zero)) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _array(values: torch.Tensor) -> FloatArray:
    return np.asarray(values.numpy(), dtype=np.float64)
