"""Numbers and expressions as SPICE netlists write them."""

from __future__ import annotations

import math
import operator
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping

from imnnc.check.netlist.deck import Value

_NUMBER = re.compile(
    r"(?P<digits>[+-]?+(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:e[+-]?+[0-9]++)?+)"
    r"(?P<scale>t|g|meg|mil|k|m|u|n|p|f|a)?(?P<unit>[a-z]*)"
)
_SCALES = {
    **{"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9},
    **{"p": -12, "f": -15, "a": -18},
}
_MIL_METERS = 25.4e-6
_LONGEST_EXPONENT = 9  # digits and sign: no machine has more
_LONGEST_EXPRESSION = 1000  # characters; longer ones are compared as texts
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
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    digits, _, exponent = found["digits"].partition("e")
    if len(exponent) > _LONGEST_EXPONENT:
        return None
    scale = found["scale"]
    if scale == "mil":
        value = float(found["digits"]) * _MIL_METERS
    else:
        # One conversion of the decimal text, so that 1000k and 1e6 are the same number exactly.
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
    return _evaluated(given, known, {})


def _evaluated(given: Value, known: Mapping[str, Value], found: dict[str, Value]) -> Value:
    """The same; `found` has the parameters that were met, each evaluated once, "" meanwhile."""
    if not isinstance(given, str) or len(given) > _LONGEST_EXPRESSION:
        return given
    try:
        tokens = deque(_tokens(given))
        result = _sum(tokens, known, found, 0)
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


def _sum(
    tokens: deque[str], known: Mapping[str, Value], found: dict[str, Value], level: int
) -> float:
    """A sum (level 0) or a product (level 1) at the head of the tokens, which it takes away."""
    if level == len(_BINARY):
        return _factor(tokens, known, found)
    total = _sum(tokens, known, found, level + 1)
    while tokens and tokens[0] in _BINARY[level]:
        apply = _BINARY[level][tokens.popleft()]
        total = apply(total, _sum(tokens, known, found, level + 1))
    return total


def _factor(tokens: deque[str], known: Mapping[str, Value], found: dict[str, Value]) -> float:
    token = tokens.popleft()
    if token in "+-":
        inside = _factor(tokens, known, found)
        return -inside if token == "-" else inside
    if token == "(":
        inside = _sum(tokens, known, found, 0)
        if tokens.popleft() != ")":
            raise ValueError(token)
        return inside
    plain = number(token)
    if plain is not None:
        return plain
    if token not in found:
        found[token] = ""  # for one that needs itself
        found[token] = _evaluated(known.get(token, ""), known, found)
    named = found[token]
    if isinstance(named, str):
        raise ValueError(token)
    return named
