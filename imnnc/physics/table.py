"""The unit inverter as ngspice measured it: tabulated currents and capacitances."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.limits import NAME, SUPPLY, TEMPERATURES, physical
from imnnc.physics.network import FloatArray
from imnnc.units import CAPACITANCE, VOLTAGE

_REACH = physical(VOLTAGE, "-10", "10")
_FARADS = physical(CAPACITANCE, "0", "1e-3")
MAX_AMPERES = 1.0  # of a unit inverter: no MOS transistor drives more
LEAST_POINTS = 10  # of an axis: the spline through a table gives up four cells at each edge


@dataclass(frozen=True)
class InverterTable:
    """Static currents of one unit inverter (size 1) over its input and output voltage.

    The grid is uniform and the same on both axes, from `low_volts` to `high_volts`, which
    reach a little past the rails.  Row index is V_in, column index V_out.  Currents scale
    exactly with the size; so do the capacitances.
    """

    technology: str = field(metadata=NAME)
    corner: str = field(metadata=NAME)
    temperature_celsius: float = field(metadata=TEMPERATURES)
    supply_volts: float = field(metadata=SUPPLY)  # rails at + and - this
    low_volts: float = field(metadata=_REACH)
    high_volts: float = field(metadata=_REACH)
    output_amperes: FloatArray  # (n, n), out of the output node into the load
    rail_amperes: FloatArray  # (n, n), drawn from the +V_S rail
    # Gate capacitance, averaged over the input swing
    input_farads: float = field(metadata=_FARADS)
    # Drain capacitance at the output
    output_farads: float = field(metadata=_FARADS)
    simulator: str  # name and version, for the record


@dataclass(frozen=True)
class DeviceTable:
    """The static currents of one unit inverter's two transistors, each on its own.

    V_out as in `InverterTable`; V_in goes further, from `gate_low_volts` in the same steps, so
    that each transistor's gate can be at a voltage of its own.  Row index is V_in.
    """

    technology: str = field(metadata=NAME)
    corner: str = field(metadata=NAME)
    temperature_celsius: float = field(metadata=TEMPERATURES)
    supply_volts: float = field(metadata=SUPPLY)  # rails at + and - this
    low_volts: float = field(metadata=_REACH)
    high_volts: float = field(metadata=_REACH)
    gate_low_volts: float = field(metadata=_REACH)
    pull_up_amperes: FloatArray  # (m, n), of the PMOS, into the output node
    pull_down_amperes: FloatArray  # (m, n), of the NMOS, out of it
    simulator: str  # name and version, for the record

    @property
    def gate_reach_volts(self) -> float:
        """How far beyond the rails a gate may be."""
        return -self.gate_low_volts - self.supply_volts
