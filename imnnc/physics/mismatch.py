"""Inverters whose transistors are not alike: each gate at a voltage of its own.

A transistor whose threshold is higher by dV behaves as one whose gate lead has a source of -dV (for
a PMOS +dV) in it.  That is exact for such a source, which can be written into any netlist; BSIM4's
own `delvto` is a little more, since mobility depends on the threshold.  So the table of the unit
inverter is taken apart into its two transistors:

    I(V_in, V) = I_P(V_in + u_P, V) - I_N(V_in + u_N, V)

Thresholds vary by Pelgrom's rule (doi 10.1109/JSSC.1989.572629): sigma = A / sqrt(W L), and a
transistor of size s has s times the area.
"""

from __future__ import annotations

import torch
from torch import Tensor

from imnnc.engine.device import PROCESSOR
from imnnc.physics.devices import exact_dtype
from imnnc.physics.network import GateVolts
from imnnc.physics.settle import (
    SETTLED_VOLTS,
    STEPS,
    Settled,
    Settler,
    SineLoad,
    array,
    compiled_loops,
    is_wide,
    loops_for,
    settle_on_torch,
    sines,
)
from imnnc.physics.spline import MARGIN_CELLS, BicubicSpline
from imnnc.physics.table import DeviceTable, InverterTable

_BISECTIONS = 40  # of the rails, for the switching point


class Devices:
    """The two transistors of the unit inverter as functions."""

    def __init__(self, table: DeviceTable) -> None:
        """Splines of both."""
        self.supply_volts = table.supply_volts
        self.reach_volts = table.gate_reach_volts
        axes = (table.low_volts, table.high_volts, torch.float64)
        low = table.gate_low_volts
        self.pull_up = BicubicSpline(table.pull_up_amperes, *axes, first_low=low)
        self.pull_down = BicubicSpline(table.pull_down_amperes, *axes, first_low=low)

    def currents(self, v_up: Tensor, v_down: Tensor, v_out: Tensor) -> tuple[Tensor, Tensor]:
        """Amperes (rows, samples) of the PMOS into the output, and of the NMOS out of it."""
        gates = ((self.pull_up, v_up), (self.pull_down, v_down))
        kernel = compiled_loops()
        if kernel is None:
            up, down = (spline(v_in, v_out) for spline, v_in in gates)
            return up, down
        found = torch.empty((2, *v_out.shape), dtype=torch.float64)
        for (spline, v_in), amperes in zip(gates, found, strict=True):
            kernel.value[is_wide(v_in)](
                array(spline.coefficients),
                spline.first_low,
                spline.low,
                1 / spline.step,
                MARGIN_CELLS,
                array(v_in),
                array(v_out),
                amperes.numpy(),
            )
        return found[0], found[1]

    def value_and_partials(
        self, v_up: Tensor, v_down: Tensor, v_out: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The current out of the output, amperes, and its slopes to V_in and to V_out."""
        up = self.pull_up.like(v_up).value_and_partials(v_up, v_out)
        down = self.pull_down.like(v_down).value_and_partials(v_down, v_out)
        current, rise, slope = (p - n for p, n in zip(up, down, strict=True))
        return current, rise, slope


def apart(table: InverterTable) -> DeviceTable:
    """The two transistors of a table that ends at the rails: beyond them, gates are at its end.

    There a transistor is as good as off, or outputs are at their rail whatever it conducts.
    """
    return DeviceTable(
        table.technology,
        table.corner,
        table.temperature_celsius,
        table.supply_volts,
        table.low_volts,
        table.high_volts,
        table.low_volts,
        table.rail_amperes,
        table.rail_amperes - table.output_amperes,
        table.simulator,
    )


def input_weights(table: InverterTable) -> tuple[float, float]:
    """How far a volt at the PMOS's and at the NMOS's gate seem to move an inverter's input.

    They add up to 1: to first order, at the switching point, where both conduct, each counts by its
    transconductance.
    """
    devices = Devices(apart(table))
    low, high = -table.supply_volts, table.supply_volts
    for _ in range(_BISECTIONS):
        middle = torch.tensor((low + high) / 2, dtype=torch.float64)
        current, _, _ = devices.value_and_partials(middle, middle, middle)
        low, high = (float(middle), high) if current > 0 else (low, float(middle))
    middle = torch.tensor((low + high) / 2, dtype=torch.float64)
    up, down = (
        abs(float(spline.value_and_partials(middle, middle)[1]))
        for spline in (devices.pull_up, devices.pull_down)
    )
    return up / (up + down), down / (up + down)


class MismatchedSettler:
    """As `Settler`, for inverters with gates apart."""

    def __init__(
        self,
        devices: Devices,
        nominal: Settler,
        gates: GateVolts,
        device: str = PROCESSOR.name,
    ) -> None:
        """`nominal` says where to begin, and whether loops are compiled.

        `device` is that of the voltages, in the precision in which it solves.
        """
        self._devices = devices
        self._nominal = nominal
        self._rail = devices.supply_volts
        self._up, self._down = (
            torch.from_numpy(volts)[:, None].to(device, exact_dtype(device)) for volts in gates
        )
        self._middle = (self._up + self._down) / 2

    def guess(self, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
        """As of the nominal inverter whose input moves as far as the gates do on average."""
        moved = (v_in + self._middle).clamp(-self._rail, self._rail)
        return self._nominal.guess(moved, g, emf)

    def settle(self, v_in: Tensor, g: Tensor, emf: Tensor, start: Tensor) -> Settled:
        """As `Settler.settle`: the balance falls with v here as well."""
        return self._settle(v_in, g, emf, start, None)

    def settle_bent(self, v_in: Tensor, g: Tensor, load: SineLoad, start: Tensor) -> Settled:
        """As `Settler.settle_bent`."""
        return self._settle(v_in, g, torch.zeros_like(v_in), start, load)

    def _settle(
        self, v_in: Tensor, g: Tensor, emf: Tensor, start: Tensor, load: SineLoad | None
    ) -> Settled:
        v_up, v_down = v_in + self._up, v_in + self._down
        if not self._nominal.compiled_for(v_in):
            return settle_on_torch(
                lambda v: self._devices.value_and_partials(v_up, v_down, v),
                self._rail,
                g[:, None],
                emf,
                start,
                load,
            )
        v_out = start.detach().clone(memory_format=torch.contiguous_format)
        to_emf, to_input = torch.empty_like(v_out), torch.empty_like(v_out)
        spline = self._devices.pull_up.like(v_in)
        loops_for(v_in, "settle_apart" if load is None else "settle_apart_bent")(
            array(spline.coefficients),
            array(self._devices.pull_down.like(v_in).coefficients),
            spline.first_low,
            spline.low,
            1 / spline.step,
            MARGIN_CELLS,
            self._rail,
            array(v_up),
            array(v_down),
            array(g),
            array(emf),
            array(v_out),
            STEPS,
            SETTLED_VOLTS,
            array(to_emf),
            array(to_input),
            *sines(load, v_in),
        )
        return Settled(v_out, to_emf, to_input)
