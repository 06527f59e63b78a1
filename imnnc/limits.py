"""What a number may be, as metadata of the field that holds it: one table for all who ask.

The fields of `imnnc.design` carry their limits, by which the language checks a source, `--set`
an option, and a stored file what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

from imnnc.units import PLAIN, TEMPERATURE, Dimension, Quantity

_KEY = "bounds"

MAX_NAME = 64  # characters of a name that the source gives to something
MAX_CELLS = 50_000_000  # of one crossbar: what fits into the memory of a workstation
MAX_LAYERS = 10_000


@dataclass(frozen=True)
class Bounds:
    """What a number must be; `low` and `high` are allowed themselves, in SI base units.

    `celsius` bounds are in degrees Celsius and take kelvins as well.
    """

    dimension: Dimension
    low: Fraction
    high: Fraction
    whole: bool = False
    percent: bool = False  # messages give the limits in percent
    celsius: bool = False
    why: str = ""

    def __contains__(self, value: Fraction | float) -> bool:
        """Whether a number lies within; NaN and the infinities do not."""
        if isinstance(value, float):
            # The float nearest to a limit is allowed, on whichever side of it that lies.
            inside = float(self.low) <= value <= float(self.high)
        else:
            inside = self.low <= value <= self.high
        return inside and (not self.whole or value == int(value))

    def show(self, value: Fraction) -> str:
        """A value as messages about this number give it."""
        if self.percent:
            return f"{float(value * 100):.6g} %"
        return str(Quantity(value, self.dimension, self.celsius))

    @property
    def range(self) -> str:
        """Both ends, as messages give them."""
        return f"from {self.show(self.low)} to {self.show(self.high)}"


Limits = Mapping[str, Bounds]  # metadata of a field


def whole(low: int, high: int, why: str = "") -> Limits:
    """Metadata of a field that holds whole numbers."""
    return {_KEY: Bounds(PLAIN, Fraction(low), Fraction(high), whole=True, why=why)}


def plain(low: str, high: str, why: str = "") -> Limits:
    """Metadata of a field that holds numbers without a unit."""
    return {_KEY: Bounds(PLAIN, Fraction(low), Fraction(high), why=why)}


def percent(low: str, high: str, why: str = "") -> Limits:
    """Metadata of a field that holds fractions of which messages speak in percent."""
    return {_KEY: Bounds(PLAIN, Fraction(low), Fraction(high), percent=True, why=why)}


def physical(dimension: Dimension, low: str, high: str, why: str = "") -> Limits:
    """Metadata of a field that holds a quantity, in SI base units."""
    return {_KEY: Bounds(dimension, Fraction(low), Fraction(high), why=why)}


def celsius(low: int, high: int) -> Limits:
    """Metadata of a field that holds a temperature in degrees Celsius."""
    return {_KEY: Bounds(TEMPERATURE, Fraction(low), Fraction(high), celsius=True)}


def bounds_of(kind: type, name: str) -> Bounds | None:
    """The limits of a field of a dataclass; None where it has none."""
    metadata = next(x.metadata for x in fields(kind) if x.name == name)
    return metadata.get(_KEY)
