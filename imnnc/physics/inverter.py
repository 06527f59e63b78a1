"""The unit inverter as a function: currents, and the output voltage under a load."""

from __future__ import annotations

from copy import copy

import torch
from torch import Tensor

from imnnc.physics.spline import BicubicSpline
from imnnc.physics.table import InverterTable

_MAX_ROUNDS = 60
_SETTLED_VOLTS = 1e-12


class Inverter:
    """The unit inverter of a technology, corner, temperature and supply."""

    def __init__(self, table: InverterTable, dtype: torch.dtype = torch.float64) -> None:
        self.supply_volts = table.supply_volts
        grid = (table.low_volts, table.high_volts, dtype)
        self._output = BicubicSpline(table.output_amperes, *grid)
        self.input_farads, self.output_farads = table.input_farads, table.output_farads
        self.middle_siemens = self._middle(table)
        power = table.supply_volts * (2 * table.rail_amperes - table.output_amperes)
        self._power = BicubicSpline(power, *grid)

    def to(self, device: torch.device) -> Inverter:
        """The same inverter on another device."""
        moved = copy(self)
        for name in ("_output", "_power"):
            spline: BicubicSpline = getattr(self, name)
            setattr(moved, name, spline.to(device, spline.coefficients.dtype))
        return moved

    @staticmethod
    def _middle(table: InverterTable) -> float:
        """Output conductance at the middle of the swing, in siemens."""
        middle = table.output_amperes.shape[0] // 2
        step = (table.high_volts - table.low_volts) / (table.output_amperes.shape[0] - 1)
        row = table.output_amperes[middle]
        return float((row[middle - 1] - row[middle + 1]) / (2 * step))

    @property
    def spline(self) -> BicubicSpline:
        """The output current over V_in and V_out."""
        return self._output

    def output_current(self, v_in: Tensor, v_out: Tensor) -> Tensor:
        """Current out of the output node into the load, in amperes; differentiable."""
        return self._output(v_in, v_out)

    def supply_current(self, v_in: Tensor, v_out: Tensor) -> Tensor:
        """Current drawn from +V_S, in amperes; differentiable."""
        return (self._power(v_in, v_out) / self.supply_volts + self._output(v_in, v_out)) / 2

    def rail_power(self, v_in: Tensor, v_out: Tensor) -> Tensor:
        """Static power drawn from both rails, in watts; differentiable.

        Kirchhoff: what the inverter takes from +V_S it returns to -V_S or to the load, so
        the current into -V_S is I_dd - I_out and the power V_S (2 I_dd - I_out).
        """
        return self._power(v_in, v_out)

    def loaded_output(
        self,
        v_in: Tensor,
        g_siemens: Tensor,
        emf_volts: Tensor,
        start_volts: Tensor | None = None,
        settled_volts: float = _SETTLED_VOLTS,
    ) -> Tensor:
        """Solve I(v_in, v) = g (v - emf) for the output voltage v, in volts.

        `g_siemens` is the load conductance of one unit inverter (G / s) and `emf_volts` the
        voltage behind it (J / G), both within the rails; shapes broadcast.  The balance falls
        monotonically with v, so its root between the rails is the only one: Newton steps,
        with bisection wherever a step would leave the bracket, until none is as large as
        `settled_volts`.  From a near `start_volts` that takes fewer steps.
        """
        zero = torch.zeros_like(v_in + g_siemens + emf_volts)
        v_in, g, emf = v_in + zero, g_siemens + zero, emf_volts + zero
        low = torch.full_like(v_in, -self.supply_volts)
        high = torch.full_like(v_in, self.supply_volts)
        v = torch.zeros_like(v_in) if start_volts is None else start_volts.clamp(low, high)
        for _ in range(_MAX_ROUNDS):
            current, _, slope = self._output.value_and_partials(v_in, v)
            balance = current - g * (v - emf)
            low = torch.where(balance > 0, v, low)
            high = torch.where(balance > 0, high, v)
            newton = v - balance / (slope - g).clamp(max=-1e-15)
            # The bracket's ends count: a converged v is one, and stays where it is.
            inside = (newton >= low) & (newton <= high)
            step = torch.where(inside, newton, (low + high) / 2)
            moved = float((step - v).abs().max()) if step.numel() else 0.0
            v = step
            if moved < settled_volts:
                return v
        return v
