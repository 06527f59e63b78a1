"""Numbers and expressions as SPICE netlists write them."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping

from imnnc.check.netlist.deck import Value

_NUMBER = re.compile(
    r"(?P<digits>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)"
    r"(?P<scale>t|g|meg|mil|k|m|u|n|p|f|a)?(?P<unit>[a-z]*)"
)
_SCALES = {
    **{"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9},
    **{"p": -12, "f": -15, "a": -18},
}
_MIL_METERS = 25.4e-6
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?[a-z]*)"
    r"|(?P<name>[a-z_][a-z0-9_]*)|(?P<sign>\*\*|[-+*/()])"
)
_BINARY: tuple[dict[str, Callable[[float, float], float]], ...] = (
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
)


def number(text: str) -> float | None:
    """The value of a number in lower case, None where it is none.

    A suffix scales it (`meg` is a million, `m` a thousandth), and letters after that are a unit,
    which simulators ignore.
    """
    if text[-1:].isdigit() and "_" not in text:
        try:
            value = float(text)
        except ValueError:
            return None
        return value if math.isfinite(value) else None
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    scale = found["scale"]
    if scale == "mil":
        return float(found["digits"]) * _MIL_METERS
    # One conversion of the decimal text, so that 1000k and 1e6 are the same number exactly.
    digits, _, exponent = found["digits"].partition("e")
    value = float(f"{digits}e{int(exponent or 0) + _SCALES.get(scale or '', 0)}")
    return value if math.isfinite(value) else None


def value(text: str) -> Value:
    """A number, or an expression without blanks and braces, in lower case."""
    found = number(text)
    if found is not None:
        return found
    inside = re.sub(r"\s", "", text.strip("{}'"))
    found = number(inside)
    return inside if found is None else found


def evaluated(given: Value, known: Mapping[str, Value]) -> Value:
    """The value of an expression of parameters; the text itself where it is of another kind."""
    if not isinstance(given, str):
        return given
    try:
        tokens = list(_tokens(given))
        result = _sum(tokens, known, 0)
        return given if tokens else result
    except (ValueError, IndexError, ZeroDivisionError, OverflowError, RecursionError):
        return given


def _tokens(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        found = _TOKEN.match(text, start)
        if found is None:
            raise ValueError(text)
        yield found[0]
        start = found.end()


def _sum(tokens: list[str], known: Mapping[str, Value], level: int) -> float:
    """A sum (level 0) or a product (level 1) at the head of the tokens, which it takes away."""
    if level == len(_BINARY):
        return _factor(tokens, known)
    total = _sum(tokens, known, level + 1)
    while tokens and tokens[0] in _BINARY[level]:
        apply = _BINARY[level][tokens.pop(0)]
        total = apply(total, _sum(tokens, known, level + 1))
    return total


def _factor(tokens: list[str], known: Mapping[str, Value]) -> float:
    token = tokens.pop(0)
    if token in "+-":
        inside = _factor(tokens, known)
        return -inside if token == "-" else inside
    if token == "(":
        inside = _sum(tokens, known, 0)
        if tokens.pop(0) != ")":
            raise ValueError(token)
        return inside
    found = number(token)
    if found is None:
        named = evaluated(known.get(token, ""), {k: v for k, v in known.items() if k != token})
        if isinstance(named, str):
            raise ValueError(token)
        found = named
    return found
