"""From values of Python to the settings of a block, as text of the language.

A setting has the word of the language, and as its value

- a number, in the SI unit of the setting: siemens, volts, seconds; a fraction where the language
  has percent; degrees Celsius;
- two in a tuple: a range; two such tuples: a map of one range to another;
- a list: several values;
- a text: words, numbers and units of the language as they are, and what stands in quotes there;
- a mapping: parts or a block of settings.

What is wrong with a value the language itself says of the text.  Decimals are those of Python's
shortest form, so that each number is read back as the very float that it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeAlias

from imnnc.diagnostics import CompileError, fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.vocabulary import BLOCKS_INSIDE, FILE_SETTINGS, SETTINGS
from imnnc.limits import Bounds
from imnnc.units import MATCHING, PER_VOLT, TIME

Words: TypeAlias = Mapping[str, Any]

# The settings whose values stand in quotes.
_TEXTS = FILE_SETTINGS | {"kit", "pdk_root", "package", "package_folder", "install"}
_PREFIXES = {0: "", -3: "m", -6: "u", -9: "n", -12: "p", -15: "f", -18: "a", 3: "k", 6: "M", 9: "G"}
# What would end a value, or begin something else.
_BEYOND_VALUES = re.compile(r'[{}"\n]|//|/\*')
_MICROS_PER_METER, _MILLIS_PER_VOLT = 6, 3


def written_block(keyword: str, kind: str, words: Words, name: str = "") -> str:
    """A declaration with its settings, which `kind` has; `name` is what is behind `keyword`."""
    head = f"{keyword} {checked(name, keyword)}" if name else keyword
    settings = written_settings(kind, words)
    return f"{head} {{ {settings} }}" if settings or not name else head


def written_settings(kind: str, words: Words) -> str:
    """Settings one behind the other; those that are None are left out.

    Raises:
        CompileError: IM113 where a value is none of the language, IM017 where it cannot stand in
            quotes.
    """
    return " ".join(
        f"{checked(word, kind)} {_setting(kind, word, value)}"
        for word, value in words.items()
        if value is not None
    )


def checked(text: str, what: str) -> str:
    """A text that goes into the source as it is; fails with IM113 where it would end a value."""
    if not isinstance(text, str) or _BEYOND_VALUES.search(text):
        raise fail("IM113", f"`{what}` must be words of the language, not `{_short(text)}`")
    return text


def quoted(text: str, what: str) -> str:
    """A text in quotes; fails with IM017 where it cannot be."""
    if '"' in text or "\n" in text or not text:
        raise fail("IM017", f"`{what}` must be a text that can stand in quotes, not `{text[:60]}`")
    return f'"{text}"'


def written_number(value: float, bounds: Bounds | None) -> str:
    """A number with the unit of its bounds, by a prefix with which it has one to three digits."""
    exact = Decimal(repr(value))  # the shortest form of a float, an integer as it is
    if not exact.is_finite():
        return str(float(value))
    if bounds is None:
        return _digits(exact)
    if bounds.percent:
        return f"{_digits(exact.scaleb(2))} %"
    if bounds.celsius:
        return f"{_digits(exact)} C"
    unit = bounds.dimension.unit
    if not unit or bounds.dimension == PER_VOLT:
        return f"{_digits(exact)} {unit}".strip()
    if bounds.dimension == MATCHING:
        return f"{_digits(exact.scaleb(_MICROS_PER_METER + _MILLIS_PER_VOLT))} mV um"
    power = 3 * (exact.adjusted() // 3) if exact else 0
    power = max(min(_PREFIXES), min(0 if bounds.dimension == TIME else max(_PREFIXES), power))
    return f"{_digits(exact.scaleb(-power))} {_PREFIXES[power]}{unit}"


def _digits(exact: Decimal) -> str:
    plain = f"{exact.normalize():f}"
    return plain if len(plain) <= 24 else f"{exact.normalize():e}"


def _setting(kind: str, word: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _compound(kind, word, value)
    if isinstance(value, list):
        return ", ".join(_value(kind, word, x) for x in value)
    return _value(kind, word, value)


def _compound(kind: str, word: str, value: Words) -> str:
    inner = f"{kind} {word}"
    if inner in SETTINGS:
        return written_settings(inner, value)
    if word not in BLOCKS_INSIDE or len(value) != 1:
        raise _wrong(word, value)
    ((name, block),) = value.items()
    head = quoted(name, word) if word in _TEXTS else checked(name, word)
    return f"{head} {{ {written_settings(BLOCKS_INSIDE[word], block)} }}"


def _value(kind: str, word: str, value: Any) -> str:
    bounds = _bounds(kind, word)
    match value:
        case Path():
            return quoted(str(value), word)
        case str() if word in _TEXTS:
            return quoted(value, word)
        case str() if word == "law" or word.startswith("library "):
            return value
        case str():
            return checked(value, word)
        case bool():
            return "on" if value else "off"
        case ((_, _) as domain, (_, _) as image):
            low, high = _range(domain, BOUNDS["encoded"]), _range(image, BOUNDS["port"])
            return f"{low} -> {high}"
        case (low, high):
            return _range((low, high), bounds)
        case Real():
            return written_number(_number(value), bounds)
    raise _wrong(word, value)


def _number(value: Any) -> float:
    """A number of any kind, numpy's too; fails with IM113 where it is none."""
    if not isinstance(value, Real):
        raise _wrong("range", value)
    return int(value) if isinstance(value, Integral) else float(value)


def _range(ends: tuple[Any, ...], bounds: Bounds | None) -> str:
    low, high = (
        checked(x, "range") if isinstance(x, str) else written_number(_number(x), bounds)
        for x in ends
    )
    return f"{low} .. {high}"


def _bounds(kind: str, word: str) -> Bounds | None:
    """The limits of a setting, which have its block in front where the word is not enough."""
    first, last = kind.split()[0], kind.split()[-1]
    for name in (f"{last}.{word}", f"{first}.{word}", word):
        if name in BOUNDS:
            return BOUNDS[name]
    return None


def _wrong(word: str, value: object) -> CompileError:
    return fail(
        "IM113",
        f"`{word}` must be a number, a text, a range as a tuple of two or a list of these, not"
        f" `{_short(value)}`",
    )


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return " ".join(text.split())[:60]
