"""Physical quantities of the language: exact values, their dimensions, the names of units.

Values are fractions, so that 120 nS stays 120 nS until it becomes the nearest float, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# Larger than anything that a circuit needs, small enough that exact arithmetic stays fast.
MAX_DIGITS = 60
MAX_EXPONENT = 60
_THOUSANDS = {0: "", -1: "m", -2: "µ", -3: "n", -4: "p", -5: "f", -6: "a", 1: "k", 2: "M"}
ZERO_CELSIUS_KELVIN = Fraction(27315, 100)


@dataclass(frozen=True, slots=True)
class Dimension:
    """The exponents of kilogram, metre, second, ampere and kelvin."""

    exponents: tuple[int, int, int, int, int]

    def __mul__(self, other: Dimension) -> Dimension:
        a, b, c, d, e = (x + y for x, y in zip(self.exponents, other.exponents, strict=True))
        return Dimension((a, b, c, d, e))

    def __truediv__(self, other: Dimension) -> Dimension:
        a, b, c, d, e = (x - y for x, y in zip(self.exponents, other.exponents, strict=True))
        return Dimension((a, b, c, d, e))

    def __str__(self) -> str:
        """The dimension as a message names it: `a voltage`."""
        if self in _KINDS:
            return _KINDS[self][0]
        powers = zip(("kg", "m", "s", "A", "K"), self.exponents, strict=True)
        factors = [
            name if power == 1 else f"{name}^{power}" for name, power in powers if power != 0
        ]
        return f"a quantity in {' '.join(factors)}"

    @property
    def unit(self) -> str:
        """The unit in which messages give a value, nothing for a plain number."""
        return _KINDS[self][1] if self in _KINDS else ""


PLAIN = Dimension((0, 0, 0, 0, 0))
VOLTAGE = Dimension((1, 2, -3, -1, 0))
CURRENT = Dimension((0, 0, 0, 1, 0))
CONDUCTANCE = Dimension((-1, -2, 3, 2, 0))
RESISTANCE = Dimension((1, 2, -3, -2, 0))
PER_VOLT = PLAIN / VOLTAGE
CAPACITANCE = Dimension((-1, -2, 4, 2, 0))
TIME = Dimension((0, 0, 1, 0, 0))
FREQUENCY = Dimension((0, 0, -1, 0, 0))
LENGTH = Dimension((0, 1, 0, 0, 0))
MATCHING = VOLTAGE * LENGTH
POWER = Dimension((1, 2, -3, 0, 0))
ENERGY = Dimension((1, 2, -2, 0, 0))
TEMPERATURE = Dimension((0, 0, 0, 0, 1))

# What a dimension is called, and the unit in which messages give its values.
_KINDS: dict[Dimension, tuple[str, str]] = {
    PLAIN: ("a plain number", ""),
    VOLTAGE: ("a voltage", "V"),
    CURRENT: ("a current", "A"),
    CONDUCTANCE: ("a conductance", "S"),
    RESISTANCE: ("a resistance", "Ohm"),
    PER_VOLT: ("a number per volt", "/ V"),
    CAPACITANCE: ("a capacitance", "F"),
    TIME: ("a time", "s"),
    FREQUENCY: ("a frequency", "Hz"),
    LENGTH: ("a length", "m"),
    MATCHING: ("a voltage times a length", "V m"),
    POWER: ("a power", "W"),
    ENERGY: ("an energy", "J"),
    TEMPERATURE: ("a temperature", "K"),
}

_PREFIXES: dict[str, Fraction] = {
    "": Fraction(1),
    "a": Fraction(1, 10**18),
    "f": Fraction(1, 10**15),
    "p": Fraction(1, 10**12),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "\N{MICRO SIGN}": Fraction(1, 10**6),
    "\N{GREEK SMALL LETTER MU}": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
}

_SYMBOLS: dict[str, Dimension] = {
    "V": VOLTAGE,
    "A": CURRENT,
    "S": CONDUCTANCE,
    "Ohm": RESISTANCE,
    "ohm": RESISTANCE,
    "\N{GREEK CAPITAL LETTER OMEGA}": RESISTANCE,
    "\N{OHM SIGN}": RESISTANCE,
    "s": TIME,
    "m": LENGTH,
    "F": CAPACITANCE,
    "W": POWER,
    "J": ENERGY,
    "K": TEMPERATURE,
    "Hz": FREQUENCY,
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value in SI base units, or a temperature in degrees Celsius.

    Degrees Celsius do not start at zero kelvin, so they are kept as they were written and
    take no part in arithmetic.
    """

    value: Fraction
    dimension: Dimension
    celsius: bool = False

    def __str__(self) -> str:
        return f"{_digits(self.value)} C" if self.celsius else self._in_units()

    def _in_units(self) -> str:
        if self.dimension not in _KINDS:
            return f"{_digits(self.value)} ({self.dimension})"
        unit = _KINDS[self.dimension][1]
        if not unit or unit.startswith("/") or self.value == 0:
            return f"{_digits(self.value)} {unit}".strip()
        fitting = [
            (symbol, scale)
            for symbol, scale in _PREFIXES.items()
            if symbol.isascii() and scale <= abs(self.value)
        ]
        symbol, scale = max(fitting, key=lambda prefix: prefix[1], default=("a", _PREFIXES["a"]))
        return f"{_digits(self.value / scale)} {symbol}{unit}"


# Every unit that may follow a number, with its scale; `grammar/imnn.lark` knows the same ones.
UNITS: dict[str, Quantity] = {
    "%": Quantity(Fraction(1, 100), PLAIN),
    "C": Quantity(Fraction(1), TEMPERATURE, celsius=True),
    **{
        word + plural: Quantity(Fraction(seconds), TIME)
        for word, seconds in (("hour", 3600), ("day", 86_400), ("year", 31_557_600))
        for plural in ("", "s")
    },
    **{
        prefix + symbol: Quantity(scale, dimension)
        for prefix, scale in _PREFIXES.items()
        for symbol, dimension in _SYMBOLS.items()
    },
}


def literal(digits: str, unit: str | None) -> Quantity:
    """The quantity that a number of the source and its unit mean.

    Raises `OverflowError` where the number has more digits or a larger exponent than
    `MAX_DIGITS` and `MAX_EXPONENT`.
    """
    mantissa, _, exponent = digits.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise OverflowError(digits)
    value = Fraction(digits)
    if unit is None:
        return Quantity(value, PLAIN)
    scale, *others = (UNITS[word] for word in unit.split())
    dimension = scale.dimension
    value *= scale.value
    for other in others:
        value, dimension = value * other.value, dimension * other.dimension
    return Quantity(value, dimension, scale.celsius)


def si_prefix(value: float) -> tuple[float, str]:
    """The factor and the sign of the SI prefix with which a value has one to three digits."""
    rounded = float(f"{value:.3g}")
    exponent = int(f"{rounded:e}".partition("e")[2]) // 3 if rounded else 0
    exponent = max(min(_THOUSANDS), min(max(_THOUSANDS), exponent))
    return 1000.0**exponent, _THOUSANDS[exponent]


def engineering(value: float, unit: str) -> str:
    """Three digits and an SI prefix: `engineering(0.00123, "V")` is `1.23 mV`."""
    factor, sign = si_prefix(value)
    return f"{float(f'{value:.3g}') / factor:.3g} {sign}{unit}"


def _digits(value: Fraction) -> str:
    if value.denominator == 1 and abs(value) < 10**12:
        return str(value.numerator)
    return f"{float(value):.6g}"
