"""What a number may be, as metadata of the field that holds it: one table for all who ask.

The fields of `imnnc.design` carry their limits, by which the language checks a source, `--set`
an option, and a stored file what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from fractions import Fraction
from functools import cache
from typing import Any

from imnnc import spelling
from imnnc.units import CONDUCTANCE, PLAIN, RESISTANCE, TEMPERATURE, VOLTAGE, Dimension, Quantity

_KEY = "bounds"
_NAMES = "names"
_WORD = "word"
_OPTIONAL = "optional"

NAME_RULE = spelling.NAME.rule
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

    def show_float(self, value: float) -> str:
        """The same of a number that is no fraction, to the digits that it was written with."""
        return self.show(Fraction(repr(value)))

    @property
    def range(self) -> str:
        """Both ends, as messages give them."""
        return f"from {self.show(self.low)} to {self.show(self.high)}"


Limits = Mapping[str, Bounds]  # metadata of a field

# Metadata of a field that holds a name, or several, as the language has them.
NAME: Mapping[str, bool] = {_NAMES: True}


def is_name(text: str) -> bool:
    """Whether a text is a name as the language has them, which files and netlists can carry."""
    return spelling.NAME.fits(text)


def holds_names(kind: type, name: str) -> bool:
    """Whether a field of a dataclass holds names."""
    return _NAMES in _metadata(kind)[name]


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


def setting(word: str, limits: Limits) -> Mapping[str, Any]:
    """Metadata of a field that a block of the source gives a value by this word."""
    return {**limits, _WORD: word}


# Metadata of a field that is None in most artifacts, and is stored where it is not: what is stored
# of those is the same as before there was such a field.
OPTIONAL: Mapping[str, bool] = {_OPTIONAL: True}


def is_optional(member: Field[Any]) -> bool:
    """Whether a field of a dataclass is stored only where it is not None."""
    return _OPTIONAL in member.metadata


def settings_of(kind: type) -> dict[str, str]:
    """The fields of a dataclass that are settings of a block, by their words, in their order."""
    return {x.metadata[_WORD]: x.name for x in fields(kind) if _WORD in x.metadata}


def bounds_of(kind: type, name: str) -> Bounds | None:
    """The limits of a field of a dataclass; None where it has none."""
    return _metadata(kind)[name].get(_KEY)


def required_bounds(kind: type, name: str) -> Bounds:
    """The limits of a field of a dataclass that has some."""
    found = bounds_of(kind, name)
    assert found is not None, f"{kind.__name__}.{name}"
    return found


@cache
def _metadata(kind: type) -> dict[str, Mapping[str, Any]]:
    return {x.name: x.metadata for x in fields(kind)}


SAMPLES = whole(1, 1_000_000)
SEED = whole(0, 2**32 - 1)
WIDTH = whole(1, 16_384, "a crossbar has at most 16384 rows and columns")
SIZE = plain("0.1", "10000", "a size counts unit inverters in parallel")
BIAS_PAIRS = whole(1, 1000, "bias rows load a column as inputs do")
PORT = physical(VOLTAGE, "-5", "5")
SUPPLY = physical(VOLTAGE, "0.01", "5", "the rails are at plus and minus this voltage")
SIEMENS = physical(CONDUCTANCE, "1e-15", "1")
OHMS = physical(RESISTANCE, "1", "1e12")
TEMPERATURES = celsius(-100, 200)
