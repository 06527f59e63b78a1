"""The unit inverter as ngspice measured it: tabulated currents and capacitances."""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class InverterTable:
    """Static currents of one unit inverter (size 1) over its input and output voltage.

    The grid is uniform and the same on both axes, from `low_volts` to `high_volts`, which
    reach a little past the rails.  Row index is V_in, column index V_out.  Currents scale
    exactly with the size; so do the capacitances.
    """

    technology: str
    corner: str
    temperature_celsius: float
    supply_volts: float  # rails at + and - this
    low_volts: float
    high_volts: float
    output_amperes: FloatArray  # (n, n), out of the output node into the load
    rail_amperes: FloatArray  # (n, n), drawn from the +V_S rail
    input_farads: float  # gate capacitance, averaged over the input swing
    output_farads: float  # drain capacitance at the output
    simulator: str  # name and version, for the record
