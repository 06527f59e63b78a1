"""Many operating points as one sweep: each begins at the one before it.

An `op` of ngspice begins at nothing and orders its matrix anew, which is most of the time that it
takes.  A `.dc` sweep does neither.  So the sources of a testbench become functions of one more
source, the number of a sample, and that one is swept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from imnnc.models.admission import ENCODING
from imnnc.simulate.base import FloatArray, save_commands
from imnnc.simulate.staging import Deck

# With fewer samples a second deck does not pay.
LEAST_SAMPLES = 8

# The last point of every sweep is compared with the operating point by itself.
AGREEMENT_VOLTS = 1e-9

# Newton's method ends where a step is below the tolerances, which the first step away from another
# operating point can be: with the 1e-6 of our decks single points were 130 nV off.  This costs one
# iteration in thirty.
TIGHTER = "option reltol=1e-9"

_NUMBER = "imnnc_sample"
_CARD = re.compile(r"^v.*$", re.IGNORECASE | re.MULTILINE)  # a voltage source
_DEFINITION = re.compile(r"^\.(subckt|ends)\b.*$", re.IGNORECASE | re.MULTILINE)
_PAIRS_A_LINE = 4


@dataclass(frozen=True)
class Sweep:
    """A deck that goes through samples, and what its probes are called."""

    testbench: str  # the file to load
    files: Mapping[str, str]  # by their names in the folder in which a simulator works
    order: tuple[int, ...]  # of the samples
    probes: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Put its files there."""
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding=ENCODING, newline="")

    @property
    def commands(self) -> list[str]:
        """What a simulator is told that has loaded it."""
        return [TIGHTER, *save_commands(self.probes), f"dc v{_NUMBER} 0 {len(self.order) - 1} 1"]

    def accepted(self, columns: Sequence[FloatArray], alone: FloatArray) -> FloatArray | None:
        """The probes (S, p) in the order of the samples; None where `agrees` says no."""
        found = np.column_stack(columns)
        return self.in_order(found) if self.agrees(found, alone) else None

    def in_order(self, found: FloatArray) -> FloatArray:
        """The probes (S, p) of a sweep in the order of the samples."""
        sorted_ = np.empty_like(found)
        sorted_[list(self.order)] = found
        return sorted_

    def agrees(self, found: FloatArray, alone: FloatArray) -> bool:
        """Whether the last of the points (S, p) is what an `op` gives, (p,); volts alone count."""
        volts = [probe.startswith("v(") for probe in self.probes]
        return bool((np.abs(found[-1] - alone)[volts] <= AGREEMENT_VOLTS).all())


def sweep_of(
    deck: Deck, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
) -> Sweep | None:
    """The sweep of sources through samples, `values` (S, n) in volts.

    None where a source is not one line of the deck, with a DC value alone.
    """
    order = _neighbours(values)
    columns = dict(zip(sources, values[order].T, strict=True))
    texts = deck.texts()
    top = texts[deck.testbench]
    inner = {name: name.rpartition(".")[2] for name in sources if "." in name}
    if len(set(inner.values())) < len(inner):
        return None
    written: dict[str, str] = {}
    left = {name: column for name, column in columns.items() if name not in inner}
    written[deck.testbench] = _with_functions(top, left, _subcircuits(top))
    if inner:  # of subcircuits, which may stand in any file
        left |= {inner[name]: columns[name] for name in inner}
        for name, text in texts.items():
            before = len(left)
            rewritten = _with_functions(written.get(name, text), left, ())
            if len(left) < before:
                written[name] = rewritten
    if left:
        return None
    title, _, body = written[deck.testbench].partition("\n")
    number = f".global {_NUMBER}\nV{_NUMBER} {_NUMBER} 0 0\n"
    written[deck.testbench] = f"{title}\n{number}{body}"
    return Sweep(
        _new_name(deck.testbench),
        _renamed(texts, written),
        tuple(order),
        tuple(_swept_name(probe, sources) for probe in probes),
    )


def _with_functions(
    text: str, left: dict[str, FloatArray], apart: Sequence[tuple[int, int]]
) -> str:
    """A file whose plain sources among `left` are functions; those leave `left`.

    What is within stretches `apart` is not looked at.
    """
    parts, end = [], 0
    for found in _CARD.finditer(text):
        words = found[0].split()
        name = words[0].lower()
        plain = len(words) == 4 or (len(words) == 5 and words[3].lower() == "dc")
        goes_on = text[found.end() + 1 : found.end() + 2] == "+"
        hidden = any(start <= found.start() < stop for start, stop in apart)
        if name in left and plain and not goes_on and not hidden:
            parts += [text[end : found.start()], "\n".join(_function(words, left.pop(name)))]
            end = found.end()
    return "".join([*parts, text[end:]])


def _subcircuits(text: str) -> list[tuple[int, int]]:
    """The stretches of a file that are definitions of subcircuits."""
    stretches, starts = [], []
    for found in _DEFINITION.finditer(text):
        if found[1].lower() == "subckt":
            starts.append(found.start())
        elif starts:
            stretches.append((starts.pop(), found.end()))
    return stretches


def _renamed(texts: Mapping[str, str], written: dict[str, str]) -> dict[str, str]:
    """Files that are other than those of a deck, by new names, and those that refer to them."""
    changed = set(written)
    while more := {
        name
        for name, text in texts.items()
        if name not in changed and any(other in text for other in changed)
    }:
        changed |= more
    files = {}
    for name in changed:
        text = written.get(name, texts[name])
        for other in changed:
            text = text.replace(other, _new_name(other))
        files[_new_name(name)] = text
    return files


def _new_name(name: str) -> str:
    return f"swept_{PurePosixPath(name).name}"


def _swept_name(probe: str, sources: Sequence[str]) -> str:
    """What a probe is called where sources are functions: their currents are those of others."""
    if probe.startswith("i(") and probe[2:-1] in sources:
        path, dot, card = probe[2:-1].rpartition(".")
        # `v.xdut.vin` is that of a `V`, by its first letter; it is a `B` now.
        return f"i(b{path[1:]}{dot}b{card})" if dot else f"i(b{card})"
    return probe


def _neighbours(values: FloatArray) -> list[int]:
    """An order of samples (S, n) in which each is followed by the nearest that is left.

    Newton's method takes a fifth less steps for it.
    """
    left = list(range(1, len(values)))
    order = [0]
    while left:
        distances = np.square(values[left] - values[order[-1]]).sum(1)
        order.append(left.pop(int(distances.argmin())))
    return order


def _function(words: Sequence[str], volts: FloatArray) -> Iterator[str]:
    """A source that has the k-th of `volts` (S,) where the number of the sample is k."""
    yield f"B{words[0]} {words[1]} {words[2]} V=pwl(v({_NUMBER}),"
    pairs = [f"{number},{volt:.17g}" for number, volt in enumerate(volts.tolist())]
    for start in range(0, len(pairs), _PAIRS_A_LINE):
        end = start + _PAIRS_A_LINE
        yield "+ " + ",".join(pairs[start:end]) + ("," if end < len(pairs) else ")")
