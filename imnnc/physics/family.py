"""What all transistors of a chip share, and their tables anywhere between what was measured.

Process: speeds of the NMOS and the PMOS, 0 typical and 1 or -1 at a fast or a slow corner.  A
transistor's current is interpolated in its logarithm, along its own speed quadratically through
slow, typical and fast, which is a shift of its threshold to first order; between two corners that
differ by the other kind's speed linearly, since there it hardly moves.  At a corner it is that of
the corner.

Temperature: the logarithm again, a polynomial in 1 / T through what was measured, as a current
below threshold has it.

Supply: nothing is interpolated.  Source and bulk of a transistor are at its rail, so its current
depends on gate and drain from there alone: a table at a larger supply has them all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import RectBivariateSpline

from imnnc.physics.grid import MARGIN_CELLS, continued, grid_cells
from imnnc.physics.network import FloatArray
from imnnc.physics.table import DeviceTable, InverterTable

_ZERO_CELSIUS_KELVIN = 273.15
_LEAST_AMPERES = 1e-18  # what is less has no logarithm worth interpolating


@dataclass(frozen=True)
class Shared:
    """What all transistors of one chip share, as it differs from what was designed for."""

    n_speed: float = 0.0  # from -1, the slow corner, to 1
    p_speed: float = 0.0
    kelvin: float = 0.0  # warmer
    supply: float = 0.0  # larger, relative

    @property
    def nearest_corner(self) -> tuple[int, int]:
        """Of N and P: that of the typical and the four skewed ones that is nearest."""
        corners = [(0, 0), *((n, p) for n in (-1, 1) for p in (-1, 1))]
        return min(corners, key=lambda x: math.hypot(self.n_speed - x[0], self.p_speed - x[1]))

    def at_corner(self) -> Shared:
        """The same chip at its nearest corner: a netlist has no models between them."""
        n, p = self.nearest_corner
        return replace(self, n_speed=float(n), p_speed=float(p))


@dataclass(frozen=True)
class DeviceFamily:
    """The two transistors at several corners and temperatures, all at one supply: the largest.

    `corners` are speeds of N and P, the first (0, 0), then none or the four skewed ones; `tables`
    has a row a corner and in it a table a temperature.
    """

    corners: tuple[tuple[int, int], ...]
    tables: tuple[tuple[DeviceTable, ...], ...]
    nominal_celsius: float
    nominal_volts: float
    reach_volts: float  # how far beyond the rails gates go

    def at(self, shared: Shared) -> DeviceTable:
        """The tables of a chip.

        Fails an assertion where the supply is larger than the one that was measured.
        """
        kelvins = [x.temperature_celsius + _ZERO_CELSIUS_KELVIN for x in self.tables[0]]
        celsius = self.nominal_celsius + shared.kelvin
        by_temperature = _lagrange([1 / x for x in kelvins], 1 / (celsius + _ZERO_CELSIUS_KELVIN))
        up, down = (
            _blend(
                (getattr(table, name) for row in self.tables for table in row),
                np.outer(self._weights(own, other, is_n), by_temperature).ravel(),
            )
            for name, own, other, is_n in (
                ("pull_up_amperes", shared.p_speed, shared.n_speed, False),
                ("pull_down_amperes", shared.n_speed, shared.p_speed, True),
            )
        )
        found = replace(
            self.tables[0][0],
            temperature_celsius=celsius,
            pull_up_amperes=up,
            pull_down_amperes=down,
        )
        return _at_supply(found, self.nominal_volts * (1 + shared.supply), self.reach_volts)

    def _weights(self, own: float, other: float, is_n: bool) -> FloatArray:
        """Of the corners, for a transistor by its own speed and that of the other kind."""
        found = []
        for corner in self.corners if len(self.corners) > 1 else ():
            mine, its = corner if is_n else corner[::-1]
            if mine == 0:
                found.append(1 - own**2)
            else:
                found.append(own * (own + mine) / 2 * (1 + its * other) / 2)
        return np.array(found or [1.0])


def together(devices: DeviceTable, input_farads: float, output_farads: float) -> InverterTable:
    """The inverter of two transistors, of which capacitances are known."""
    beyond = (len(devices.pull_up_amperes) - devices.pull_up_amperes.shape[1]) // 2
    rows = slice(beyond, len(devices.pull_up_amperes) - beyond)
    up, down = devices.pull_up_amperes[rows], devices.pull_down_amperes[rows]
    return InverterTable(
        devices.technology,
        devices.corner,
        devices.temperature_celsius,
        devices.supply_volts,
        devices.low_volts,
        devices.high_volts,
        up - down,
        up,
        input_farads,
        output_farads,
        devices.simulator,
    )


def _lagrange(knots: Sequence[float], at: float) -> FloatArray:
    """The weights of values at some knots in the polynomial through them."""
    return np.array([math.prod((at - x) / (own - x) for x in knots if x != own) for own in knots])


def _blend(tables: Iterable[FloatArray], weights: FloatArray) -> FloatArray:
    """Tables in their logarithms between the rails, and continued beyond them."""
    inside = slice(MARGIN_CELLS, -MARGIN_CELLS)
    some = [(x, w) for x, w in zip(tables, weights, strict=True) if w]
    if len(some) == 1:
        return some[0][0]
    linear = sum(w * x[:, inside] for x, w in some)
    least = np.minimum.reduce([x[:, inside] for x, _ in some])
    logarithm = sum(w * np.log(np.maximum(x[:, inside], _LEAST_AMPERES)) for x, w in some)
    return continued(np.where(least > _LEAST_AMPERES, np.exp(logarithm), linear))


def _at_supply(table: DeviceTable, volts: float, reach_volts: float) -> DeviceTable:
    """The transistors between other rails, which are nearer."""
    lower = volts - table.supply_volts
    if abs(lower) < 1e-12:
        return table
    assert lower < 0, "the family is measured at the largest supply"
    cells = grid_cells(volts)
    step = 2 * volts / cells
    margin = MARGIN_CELLS + math.ceil(reach_volts / step)
    gates = np.linspace(-volts - margin * step, volts + margin * step, cells + 2 * margin + 1)
    outputs = np.linspace(-volts, volts, cells + 1)
    up, down = (
        continued(_spline(amperes, table)(gates + moved, outputs + moved))
        for amperes, moved in (
            (table.pull_up_amperes, -lower),
            (table.pull_down_amperes, lower),
        )
    )
    return replace(
        table,
        supply_volts=volts,
        low_volts=-volts - MARGIN_CELLS * step,
        high_volts=volts + MARGIN_CELLS * step,
        gate_low_volts=-volts - margin * step,
        pull_up_amperes=up,
        pull_down_amperes=down,
    )


def _spline(amperes: FloatArray, table: DeviceTable) -> RectBivariateSpline:
    """Over gates and outputs, bicubic as `BicubicSpline`, and quick on a whole grid."""
    rows, columns = amperes.shape
    outputs = np.linspace(table.low_volts, table.high_volts, columns)
    gates = table.gate_low_volts + (outputs[1] - outputs[0]) * np.arange(rows)
    return RectBivariateSpline(gates, outputs, amperes, kx=3, ky=3, s=0)
