"""What it means that files of the netlist for ngspice have other bytes.

Less is said rather than too much: that a change has no meaning is said only of a file that the
strict reader has understood to its end, on both sides.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from imnnc.check.golden import Golden, Output
from imnnc.check.netlist import named, terms
from imnnc.check.netlist.deck import SYMMETRIC, Deck
from imnnc.check.netlist.reader import read_deck, statements
from imnnc.check.result import Difference
from imnnc.check.structure import circuit_differences
from imnnc.diagnostics import CompileError, Diagnostic
from imnnc.emit.ngspice import NGSPICE

_NO_MEANING = "only comments or layout differ"
_SAME_CIRCUIT = "written differently, the same circuit"


class Meaning(NamedTuple):
    """Lines about a file, and whether an excerpt of its difference says more than they do."""

    texts: tuple[str, ...]
    has_excerpt: bool


def netlist_meanings(golden: Golden, output: Output, changed: list[str]) -> dict[str, Meaning]:
    """The meaning of those of the changed files that are of the netlist for ngspice.

    A file is left out where nothing is known but that it differs.
    """
    network = golden.network
    names = [x for x in changed if _is_netlist(network, x) and (output.folder / x).is_file()]
    if not names:
        return {}
    try:
        was = read_deck(golden.testbench)
    except CompileError:
        return {}
    found: dict[str, Meaning] = {}
    rest: list[str] = []
    for name in names:
        if golden.folder / name in was.files and _same_statements(golden, output, name):
            texts = (f"{name}: {_NO_MEANING}",)
            found[name] = Meaning(texts, not _is_cells(network, name))
        else:
            rest.append(name)
    if rest:
        found.update(_with_meaning(golden, output, was, rest))
    return found


def _with_meaning(
    golden: Golden, output: Output, was: Deck, changed: list[str]
) -> dict[str, Meaning]:
    """The meaning of files that have other statements."""
    try:
        now = read_deck(output.testbench)
    except CompileError as error:
        return _unreadable(error.diagnostics[0], changed)
    used = [
        name
        for name in changed
        if golden.folder / name in was.files and output.folder / name in now.files
    ]
    differences = _differences(was, now)
    same = {name: Meaning((f"{name}: {_SAME_CIRCUIT}",), True) for name in used}
    if not differences:
        return same
    texts: dict[str, list[str]] = {}
    for difference in differences:
        texts.setdefault(_file(difference, golden.network, changed), []).append(difference.text)
    found = {
        name: Meaning(tuple(dict.fromkeys(lines)), not _is_cells(golden.network, name))
        for name, lines in texts.items()
    }
    # Of a file of cells it is known which devices are its own.
    if not any(named.settings(was, now, 0.0)):
        for name in used:
            is_open = name not in found and _is_cells(golden.network, name)
            if is_open and _devices(was, name) == _devices(now, name):
                found[name] = same[name]
    return found


def _differences(was: Deck, now: Deck) -> list[Difference]:
    """What the structure comparison finds, numbers exact; by name where its search has no end."""
    try:
        return circuit_differences(was, now, 0.0)
    except CompileError:
        return named.differences(was, now, 0.0)


def _unreadable(diagnostic: Diagnostic, changed: list[str]) -> dict[str, Meaning]:
    """What is wrong with the line that cannot be read, in the file that has changed."""
    span = diagnostic.span
    if span is None:
        return {changed[0]: Meaning((f"{changed[0]}: {diagnostic.message}",), True)}
    name, line, _ = span.place.rsplit(":", 2)
    text = f"{name}: line {line} cannot be read: {diagnostic.message}"
    return {name if name in changed else changed[0]: Meaning((text,), True)}


def _same_statements(golden: Golden, output: Output, name: str) -> bool:
    """Whether two files differ in comments, continuations, blanks and case at most."""

    def read(path: Path) -> list[str]:
        return statements(path, has_title=name == NGSPICE.testbench_name(golden.network))

    try:
        return read(golden.folder / name) == read(output.folder / name)
    except CompileError:
        return False


def _devices(deck: Deck, file: str) -> list[tuple[str, ...]]:
    """The devices that a file has, with the module that each is in, in no order of their own."""
    return sorted(
        (
            *(module.name, device.name, device.model, repr(device.values)),
            *(sorted(device.nets) if device.kind in SYMMETRIC else device.nets),
        )
        for module in (deck.top, *deck.modules.values())
        for device in module.devices
        if device.place.rpartition(":")[0] == file
    )


def _file(difference: Difference, network: str, changed: list[str]) -> str:
    """Which of the changed files a difference is told with."""
    netlist, testbench = NGSPICE.netlist_name(network), NGSPICE.testbench_name(network)
    if difference.part.startswith("crossbar "):
        cells = NGSPICE.cells_name(network, difference.part.removeprefix("crossbar "))
        if cells in changed:
            return cells
    is_testbench = difference.part == terms.TESTBENCH or (
        difference.part == terms.SETTINGS and not difference.text.startswith("corner")
    )
    order = (testbench, netlist) if is_testbench else (netlist, testbench)
    return next((name for name in order if name in changed), changed[0])


def _is_netlist(network: str, name: str) -> bool:
    main = NGSPICE.netlist_name(network), NGSPICE.testbench_name(network)
    return name in main or _is_cells(network, name)


def _is_cells(network: str, name: str) -> bool:
    return name.startswith(NGSPICE.cells_name(network, "").removesuffix(".inc"))
