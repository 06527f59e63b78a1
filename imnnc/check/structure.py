"""The second level: the same circuit, whatever its parts are called and in which order they are.

The programming files are to say the same too, for they are what reaches the chip.

Names come first, as a hint: where they agree nothing else needs to be looked at.  Where they do
not, the two netlists are expanded and compared as graphs.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from imnnc.check.netlist import named, terms
from imnnc.check.netlist.deck import Deck
from imnnc.check.netlist.flat import flatten
from imnnc.check.netlist.isomorphism import Matcher
from imnnc.check.netlist.reader import read_deck
from imnnc.check.netlist.refine import pair
from imnnc.check.netlist.renamed import first_differences
from imnnc.check.programming import PROGRAMMING, programming_differences
from imnnc.check.result import Case, Difference, Level, LevelResult, cases
from imnnc.diagnostics import CompileError, Diagnostic
from imnnc.files.files import reading

# Resistances have nine digits; two neighbouring levels of 4096 differ by 2e-4 at least.
DEFAULT_TOLERANCE = 1e-6


def check_structure(golden: Path, found: Path, tolerance: float) -> LevelResult:
    """Compare the netlists of two testbenches, and the programming files beside them.

    Numbers are the same within a relative `tolerance`.
    Fails with IM511 to IM516 and IM530 where the golden cannot be read, and with IM534 where the
    search has no end.  What was found and cannot be read differs.
    """
    start = time.perf_counter()
    with _uncollected():
        found_cases = _cases(golden, found, tolerance)
    return LevelResult(Level.STRUCTURE, found_cases, time.perf_counter() - start)


def _cases(golden: Path, found: Path, tolerance: float) -> tuple[Case, ...]:
    was = read_deck(golden)
    try:
        now = read_deck(found)
        differences = circuit_differences(was, now, tolerance)
    except CompileError as error:
        if error.diagnostics[0].code not in ("IM511", "IM530"):
            raise
        return (Case(terms.NETLIST, tuple(_located(each) for each in error.diagnostics)),)
    differences += model_differences(was, now, golden.parent, found.parent)
    differences += programming_differences(golden.parent, found.parent, tolerance)
    return cases([*terms.parts(was), PROGRAMMING], differences)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Not to look through a million devices for garbage, time and again, while they are read."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def circuit_differences(golden: Deck, found: Deck, tolerance: float) -> list[Difference]:
    """What differs in the circuits and the settings of two decks, none where they are the same."""
    # Of decks that share no names every device would be one that is missing and one that is added.
    by_name: list[Difference] = []
    if shares := named.share_names(golden, found):
        by_name = named.differences(golden, found, tolerance)
        if not by_name:
            return []
    settings = list(named.settings(golden, found, tolerance))
    graphs = flatten(golden), flatten(found)
    both = pair(*graphs, tolerance)
    if Matcher(both, *graphs, tolerance).mapping() is not None:
        return settings
    if shares:
        return by_name
    return [*settings, *first_differences(golden, graphs, both)]


def model_differences(
    golden: Deck, found: Deck, golden_folder: Path, found_folder: Path
) -> Iterator[Difference]:
    """How the model files differ, and those that they refer to, comments and layout aside."""
    if bool(golden.models) != bool(found.models):
        places = ["in the netlist itself", "in files of their own"]
        after, before = places[:: -1 if golden.models else 1]
        yield Difference(terms.NETLIST, f"netlist: the models stand {after}, stood {before}")
    elif golden.models != found.models:
        yield _changed(terms.NETLIST, golden.models, found.models)
    for name in sorted(_model_names(golden, golden_folder) | _model_names(found, found_folder)):
        was, now = _statements(golden_folder / name), _statements(found_folder / name)
        if was is None and now is None:
            continue
        if was is None or now is None:
            verb = "added" if was is None else "missing"
            yield Difference(name, f"{name}: the file is {verb}")
        elif was != now:
            yield _changed(name, was, now)


def _changed(name: str, was: Sequence[str], now: Sequence[str]) -> Difference:
    changed = [(x, y) for x, y in zip_longest(was, now, fillvalue="nothing") if x != y]
    before, after = changed[0]
    return Difference(
        name,
        f"{name}: {len(changed):,} of {len(was):,} statements differ,"
        f" the first is `{_short(after)}`, was `{_short(before)}`",
    )


def _model_names(deck: Deck, folder: Path) -> set[str]:
    """The model files that a deck names, and all that lie in their folder."""
    names = {name for name, _ in deck.libraries}
    folders = {(folder / name).parent for name in names}
    names.update(
        path.relative_to(folder).as_posix()
        for each in folders
        if each != folder and each.is_dir()
        for path in each.rglob("*")
        if path.is_file()
    )
    return names


def _statements(path: Path) -> list[str] | None:
    """The statements of a model file in lower case, one blank between words; None if no file."""
    if not path.is_file():
        return None
    with reading(path):
        text = path.read_text(encoding="latin-1")
    found: list[str] = []
    for line in text.split("\n"):
        words = " ".join(line.lower().replace("=", " = ").split())
        if words.startswith("+") and found:
            found[-1] = f"{found[-1]} {words[1:].strip()}"
        elif words and not words.startswith("*"):
            found.append(words)
    return found


def _located(diagnostic: Diagnostic) -> str:
    place = "" if diagnostic.span is None else f" at {diagnostic.span.place}"
    return f"{terms.NETLIST}: {diagnostic.message}{place}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
