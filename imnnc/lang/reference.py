"""What every word of the language means, for editors and for the reference.

The texts are data, `imnnc/reference/language.toml`; limits and defaults are those of the fields
that the words set.
"""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any

from imnnc.design import METHODS, Memristor, TrainSpec
from imnnc.encoding import DATA_SETS
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.vocabulary import (
    DIALECTS,
    DISTRIBUTIONS,
    FOREIGN,
    INSTANCE_PREFIXES,
    LAWS,
    LAYOUTS,
    LOSSES,
    NORMALIZATIONS,
    PROGRAMMING_FORMATS,
    PULSES,
    TERMINALS,
)
from imnnc.limits import Bounds, settings_of
from imnnc.parasitics import Wires
from imnnc.resources import resource
from imnnc.tasks import ChipsSpec, VerifySpec
from imnnc.units import PLAIN

# The words that may be values, by block and setting; corners depend on the technology.
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("technology", "library"): FOREIGN,
    ("foreign", "terminals"): TERMINALS,
    ("foreign", "prefix"): INSTANCE_PREFIXES,
    ("technology", "terminals"): TERMINALS,
    ("technology", "prefix"): INSTANCE_PREFIXES,
    ("memristor", "levels"): ("continuous",),
    ("memristor", "distribution"): DISTRIBUTIONS,
    ("memristor", "law"): LAWS,
    ("memristor", "pulses"): PULSES,
    ("crossbar", "layout"): LAYOUTS,
    ("data", "set"): DATA_SETS,
    ("data", "normalize"): NORMALIZATIONS,
    ("train", "loss"): LOSSES,
    ("train", "patience"): ("never",),
    ("train", "unformed"): ("off",),
    ("train", "chips"): ("on", "off"),
    ("declarations", "train"): tuple(METHODS),
    ("declarations", "emit"): DIALECTS,
    ("emit", "programming"): PROGRAMMING_FORMATS,
}
# Where the default of a setting stands, unless its text says it.
_FIELDS: dict[str, type] = {
    "memristor": Memristor,
    "crossbar": Wires,
    "train": TrainSpec,
    "verify": VerifySpec,
    "chips": ChipsSpec,
}
_NAMED = {("memristor", "distribution"): "distribution", ("crossbar", "layout"): "layout"}
_ZERO = frozenset({"crossbar capacitance", "memristor stuck"})  # what is not given is none


@dataclass(frozen=True)
class Entry:
    """A word: what it means, and of a setting what follows it."""

    kind: str  # of the block that it stands in, or `declarations`, `methods`
    word: str
    text: str
    value: str  # `number`, `numbers`, `range`, `name`, `file`, ...; "" where nothing is said
    default: str | None  # as the language writes it, or in words; None: it has to be given
    bounds: Bounds | None

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that may be its value."""
        return CHOICES.get((self.kind, self.word), ())

    @property
    def takes_numbers(self) -> bool:
        """Whether a name behind it is that of a constant, unless it is one of the choices."""
        return self.value.startswith(("number", "range", "map", "law"))

    @property
    def limits(self) -> str | None:
        """Kind of quantity and limits, as messages have them; None where it is no number."""
        if self.bounds is None:
            return None
        kind = str(self.bounds.dimension)
        if self.bounds.dimension == PLAIN:
            kind = "a whole number" if self.bounds.whole else "a number"
        return f"{kind} {self.bounds.range}"


def base_kind(kind: str) -> str:
    """The kind of a block by which its words are found: that of `train` has no method."""
    return "train" if kind.startswith("train ") else kind


def entry(kind: str, word: str) -> Entry | None:
    """What a word means in a kind of block as `SETTINGS` has it; None where it has no such word."""
    return entries().get((base_kind(kind), word))


@cache
def entries() -> dict[tuple[str, str], Entry]:
    """Every word, by the kind of its block and itself, in the order of the file."""
    path = resource("reference") / "language.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        (kind, word): _entry(kind, word, found)
        for kind, words in tables.items()
        for word, found in words.items()
    }


def _entry(kind: str, word: str, found: dict[str, str]) -> Entry:
    value = found.get("value", "")
    bounds = _bounds(kind, word) if value.startswith(("number", "range", "map", "law")) else None
    default = found["default"] if "default" in found else _default(kind, word, bounds)
    return Entry(kind, word, found["text"], value, default, bounds)


def _bounds(kind: str, word: str) -> Bounds | None:
    if (kind, word) in (("data", "encode"), ("data", "target"), ("network", "in")):
        return BOUNDS["port"]
    return BOUNDS.get(f"{kind.split()[-1]}.{word}") or BOUNDS.get(word)


def _default(kind: str, word: str, bounds: Bounds | None) -> str | None:
    """What a field holds unless it is given; None: it has no default."""
    if kind in _ZERO:
        assert bounds is not None, word
        return bounds.show_float(0.0)
    if kind not in _FIELDS:
        return None
    name = _NAMED.get((kind, word)) or settings_of(_FIELDS[kind]).get(word)
    defaults: dict[str, Any] = {x.name: x.default for x in fields(_FIELDS[kind])}
    value = MISSING if name is None else defaults[name]
    if value is MISSING or value is None:
        return None
    return bounds.show_float(value) if bounds is not None else str(value)
