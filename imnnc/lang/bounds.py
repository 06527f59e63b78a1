"""The limits of every number of the language, as data, and the check against them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from imnnc.diagnostics import Span, fail
from imnnc.units import (
    CONDUCTANCE,
    LENGTH,
    PLAIN,
    RESISTANCE,
    TEMPERATURE,
    VOLTAGE,
    ZERO_CELSIUS_KELVIN,
    Dimension,
    Quantity,
)


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

    def show(self, value: Fraction) -> str:
        """A value as messages about this number give it."""
        if self.percent:
            return f"{float(value * 100):.6g} %"
        return str(Quantity(value, self.dimension, self.celsius))


def _whole(low: int, high: int, why: str = "") -> Bounds:
    return Bounds(PLAIN, Fraction(low), Fraction(high), whole=True, why=why)


def _plain(low: str, high: str, why: str = "") -> Bounds:
    return Bounds(PLAIN, Fraction(low), Fraction(high), why=why)


def _percent(low: str, high: str, why: str = "") -> Bounds:
    return Bounds(PLAIN, Fraction(low), Fraction(high), percent=True, why=why)


def _physical(dimension: Dimension, low: str, high: str, why: str = "") -> Bounds:
    return Bounds(dimension, Fraction(low), Fraction(high), why=why)


MAX_CELLS = 50_000_000  # of one crossbar: what fits into the memory of a workstation
MAX_LAYERS = 10_000

BOUNDS: dict[str, Bounds] = {
    "width": _whole(1, 16_384, "a crossbar has at most 16384 rows and columns"),
    "size": _plain("0.1", "10000", "a size counts unit inverters in parallel"),
    "step": _plain("0.001", "10000", "a size counts unit inverters in parallel"),
    "port": _physical(VOLTAGE, "-5", "5"),
    "supply": _physical(VOLTAGE, "0.01", "5", "the rails are at plus and minus this voltage"),
    "temperature": Bounds(TEMPERATURE, Fraction(-100), Fraction(200), celsius=True),
    "transistor.width": _physical(LENGTH, "1e-9", "1e-3"),
    "transistor.length": _physical(LENGTH, "1e-9", "1e-3"),
    "length_unit": _physical(LENGTH, "1e-9", "1"),
    "conductance": _physical(CONDUCTANCE, "1e-15", "1"),
    "levels": _whole(2, 65_536, "a cell needs two levels to tell one weight from another"),
    "variation": _percent("0", "1"),
    "pool": _whole(1, 64),
    "train": _whole(1, 10**9),
    "test": _whole(1, 10**9),
    "encoded": _plain("-1e12", "1e12"),
    "epochs": _whole(1, 100_000),
    "batch": _whole(1, 1_000_000),
    "seed": _whole(0, 2**32 - 1),
    "energy_weight": _plain("0", "1000"),
    "learning_rate": _plain("1e-9", "10"),
    "validation": _percent("0", "0.9", "a part of the training set stays for training"),
    "patience": _whole(1, 100_000),
    "accuracy_margin": _percent("0", "1"),
    "sweep_margin": _percent("0", "1"),
    "load": _physical(RESISTANCE, "1", "1e12"),
    "resistor": _physical(RESISTANCE, "1", "1e12"),
    "samples": _whole(1, 1_000_000),
    "tolerance": _physical(VOLTAGE, "1e-9", "1"),
    "transient_samples": _whole(1, 100_000),
}


def within(what: str, quantity: Quantity, bounds: Bounds, span: Span) -> Fraction:
    """The value of a quantity that is what `bounds` ask for; else raise, `what` is its name."""
    if quantity.dimension != bounds.dimension:
        plain = quantity.dimension == PLAIN
        raise fail(
            "IM100",
            f"`{what}` must be {bounds.dimension}, not {quantity.dimension}",
            span,
            help=f"put its unit behind it, as in `1 {bounds.dimension.unit}`" if plain else None,
        )
    value = quantity.value
    if bounds.celsius and not quantity.celsius:
        value -= ZERO_CELSIUS_KELVIN
    if bounds.whole and value.denominator != 1:
        raise fail("IM115", f"`{what}` must be a whole number, not {bounds.show(value)}", span)
    if not bounds.low <= value <= bounds.high:
        limits = f"from {bounds.show(bounds.low)} to {bounds.show(bounds.high)}"
        raise fail(
            "IM114",
            f"`{what}` must be {limits}, not {bounds.show(value)}",
            span,
            notes=[bounds.why] if bounds.why else [],
        )
    return value
