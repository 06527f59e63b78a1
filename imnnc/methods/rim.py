"""RIM (doi 10.1109/TCSII.2020.2997384): a resistor to ground at every inverter output.

Published: the resistor lowers the slope of the transfer curve and swamps the load of the
crossbar, so that curves depend less on load and variation, at a price in power.  The curve is
fitted with the resistor in place; everything else is as in PHAX (`imnnc.methods.phax`), which
RIM becomes as R goes to infinity.

Ours: the value of the resistor is not public; it is chosen by a sweep on validation samples,
around the output resistance of the inverter unless the source lists values.
"""

from __future__ import annotations

from imnnc.design import TrainSpec
from imnnc.methods import phax
from imnnc.methods.base import Method
from imnnc.physics.inverter import Inverter
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import NominalPoint, TanhPair

_MULTIPLES = (4, 0.5, 1, 2, 8)  # of the output resistance; other sweeps are made at the first


def nominal_points(spec: TrainSpec, table: InverterTable) -> tuple[NominalPoint, ...]:
    """The points of PHAX, each with every resistor that is to be tried."""
    return tuple(
        NominalPoint(point.size, point.load_ohms, resistor)
        for point in phax.nominal_points(spec, table)
        for resistor in _resistors(spec, table, point.size)
    )


def _resistors(spec: TrainSpec, table: InverterTable, size: float) -> tuple[float, ...]:
    if spec.resistor_ohms is None:
        return default_resistors(table, size)
    return spec.values("resistor_ohms")


def default_resistors(table: InverterTable, size: float) -> tuple[float, ...]:
    """Resistors in ohms to choose among: multiples of what an inverter of `size` has itself.

    That is the output resistance at the middle of its swing, rounded to two digits.
    """
    middle = 1 / (size * Inverter(table).middle_siemens)
    return tuple(float(f"{multiple * middle:.2g}") for multiple in _MULTIPLES)


RIM = Method(TanhPair, phax.PhaxNetwork, phax.PhaxPredictor, phax.transfer, nominal_points)
