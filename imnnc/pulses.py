"""What a pulse does to a cell, and how cells are programmed by pulses and reads in turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.diagnostics import Span
from imnnc.limits import OPTIONAL, SIEMENS, percent, physical, setting
from imnnc.tasks import ProgramSpec
from imnnc.units import TIME, VOLTAGE

_SATURATION = percent("0", "1", "a step vanishes at the far end where it is 100 %")
_SECONDS = physical(TIME, "1e-12", "10")
_VOLTS = physical(VOLTAGE, "0.001", "20", "it is an amplitude, without its sign")
_SHARE = percent("0", "10")
# Of set and reset pulses through the whole range, if all were as the first one: what a simulation
# has to go through, and a lab.
MOST_PULSES = 10_000


@dataclass(frozen=True)
class Pulses:
    """A cell that each pulse moves by a step, which falls linearly with what it has come to.

    A set pulse adds `set_step` at the least conductance, and less by `set_saturation` at the
    largest; a reset pulse takes `reset_step` at the largest, and less at the least.  Linear Step of
    IBM's aihwkit (arXiv 2104.02184); the exponential curves over a number of pulses by which
    NeuroSim fits devices (Chen, Peng, Yu, doi 10.1109/TCAD.2018.2789723) are the same steps.
    """

    set_step_siemens: float = field(metadata=setting("set_step", SIEMENS))
    set_saturation: float = field(metadata=setting("set_saturation", _SATURATION))
    reset_step_siemens: float = field(metadata=setting("reset_step", SIEMENS))
    reset_saturation: float = field(metadata=setting("reset_saturation", _SATURATION))
    # Standard deviation of a step, relative, from one pulse to the next
    cycle_to_cycle: float = field(metadata=setting("cycle_to_cycle", _SHARE))
    # And from one cell to another, of set and of reset steps
    device_to_device: float = field(metadata=setting("device_to_device", _SHARE))
    # Of one pulse of either kind; None: nothing is said of time
    width_seconds: float | None = field(
        default=None, metadata={**setting("pulse_width", _SECONDS), **OPTIONAL}
    )
    read_seconds: float | None = field(
        default=None, metadata={**setting("read_time", _SECONDS), **OPTIONAL}
    )
    set_volts: float | None = field(
        default=None, metadata={**setting("set_voltage", _VOLTS), **OPTIONAL}
    )
    reset_volts: float | None = field(
        default=None, metadata={**setting("reset_voltage", _VOLTS), **OPTIONAL}
    )
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def volts(self) -> tuple[float, float] | None:
        """Of set and of reset pulses; None: they are not known."""
        if self.set_volts is None or self.reset_volts is None:
            return None
        return self.set_volts, self.reset_volts


@dataclass(frozen=True)
class PulsePlan:
    """How the cells of a device are programmed, from the reset state on, its least conductance."""

    spec: ProgramSpec
    pulses: Pulses
    low_siemens: float = field(metadata=SIEMENS)
    high_siemens: float = field(metadata=SIEMENS)
    # What a simulation has to know besides: relative deviation of a read, shares of stuck cells
    read_noise: float = field(default=0.0, metadata=percent("0", "1"))
    stuck_low: float = field(default=0.0, metadata=percent("0", "0.5"))
    stuck_high: float = field(default=0.0, metadata=percent("0", "0.5"))
