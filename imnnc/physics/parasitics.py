"""What a circuit has besides its cells and inverters."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.limits import OHMS


@dataclass(frozen=True)
class Parasitics:
    """One value that goes from training to the netlist."""

    # From each inverter's output to ground: RIM's
    resistor_ohms: float | None = field(default=None, metadata=OHMS)

    @property
    def output_siemens(self) -> float:
        """The conductance from each inverter's output to ground, 0 where there is none."""
        return 0.0 if self.resistor_ohms is None else 1 / self.resistor_ohms


NONE = Parasitics()
