"""How the transistors of a process differ from one another."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.limits import physical
from imnnc.units import MATCHING

_COEFFICIENT = physical(MATCHING, "0", "1e-6", "usual are 1 to 20 mV um")


@dataclass(frozen=True)
class Mismatch:
    """Pelgrom's coefficients: a threshold's standard deviation times the root of W L.

    Source of the rule: doi 10.1109/JSSC.1989.572629.
    """

    nmos_volt_meters: float = field(metadata=_COEFFICIENT)
    pmos_volt_meters: float = field(metadata=_COEFFICIENT)
