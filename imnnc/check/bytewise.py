"""The first level: the same files, byte for byte, and what a difference in them means.

Netlists, testbench, cells, models, programming files and stimuli are compared with nothing left
out: a comment that changed is a difference too, and is said to be no more than that.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imnnc.check import named, terms
from imnnc.check.golden import Golden, Output
from imnnc.check.netlist import read_deck
from imnnc.check.result import Case, Difference, Level, LevelResult
from imnnc.diagnostics import CompileError
from imnnc.emit.files import read_npz, reading, sha256_file
from imnnc.emit.ngspice import NGSPICE
from imnnc.emit.programming import PROGRAM_FOLDER

_EXCERPT_LINES = 12
_LARGEST_EXCERPT_BYTES = 2_000_000  # comparing texts takes a time that grows with their square
_LONGEST_LINE = 160
_NO_MEANING = "only comments or layout differ"


def check_bytes(golden: Golden, output: Output) -> LevelResult:
    """Compare every file of a golden but the parameters and the expected voltages.

    Fails with IM511 where a file cannot be read.
    """
    start = time.perf_counter()
    changed = [name for name in golden.compared if not _same(golden, output, name)]
    meanings = dict(_meanings(golden, output, changed))
    cases = [
        _case(golden, output, name, meanings.get(name, ())) if name in changed else Case(name)
        for name in golden.compared
    ]
    added = sorted(set(output.files) - set(golden.files))
    cases += [Case(name, (f"{name}: the file is added",)) for name in added]
    return LevelResult(Level.BYTES, tuple(cases), time.perf_counter() - start)


def _same(golden: Golden, output: Output, name: str) -> bool:
    return (output.folder / name).is_file() and (
        sha256_file(golden.folder / name) == sha256_file(output.folder / name)
    )


def _case(golden: Golden, output: Output, name: str, meaning: tuple[str, ...]) -> Case:
    was, now = golden.folder / name, output.folder / name
    if not now.is_file():
        return Case(name, (f"{name}: the file is missing",))
    if name.startswith(f"{PROGRAM_FOLDER}/") and name.endswith(".csv"):
        return Case(name, tuple(_programming(was, now, name)) or (f"{name}: {_NO_MEANING}",))
    if name.endswith(".npz"):
        return Case(name, tuple(_arrays(was, now, name)) or (f"{name}: {_NO_MEANING}",))
    if _is_cells(golden, name):
        return Case(name, meaning or (f"{name}: {_NO_MEANING}",))
    return Case(name, meaning or (f"{name}: {_count(was, now)}",), tuple(_excerpt(was, now)))


def _is_cells(golden: Golden, name: str) -> bool:
    return name.startswith(NGSPICE.cells_name(golden.network, "").removesuffix(".inc"))


def _meanings(
    golden: Golden, output: Output, changed: list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the changes of the netlist mean, by the file that each is in."""
    network = golden.network
    netlist, testbench = NGSPICE.netlist_name(network), NGSPICE.testbench_name(network)
    if not set(changed) & {netlist, testbench} and not any(_is_cells(golden, x) for x in changed):
        return
    try:
        found = named.differences(read_deck(golden.testbench), read_deck(output.testbench), 0.0)
    except CompileError as error:
        yield netlist, (f"{netlist}: {error.diagnostics[0].message}",)
        return
    texts: dict[str, list[str]] = {}
    for difference in found:
        texts.setdefault(_file(difference, golden, changed), []).append(difference.text)
    for name, lines in texts.items():
        yield name, tuple(lines)


def _file(difference: Difference, golden: Golden, changed: list[str]) -> str:
    network = golden.network
    netlist, testbench = NGSPICE.netlist_name(network), NGSPICE.testbench_name(network)
    if difference.part.startswith("crossbar "):
        cells = NGSPICE.cells_name(network, difference.part.removeprefix("crossbar "))
        if cells in changed:
            return cells
    is_testbench = difference.part == terms.TESTBENCH or (
        difference.part == terms.SETTINGS and not difference.text.startswith("corner")
    )
    return testbench if netlist not in changed or is_testbench else netlist


def _programming(was: Path, now: Path, name: str) -> Iterator[str]:
    """The cells of a table of programming that are to have another resistance or level."""
    before, after = _cells(was), _cells(now)
    if before is None or after is None:
        yield f"{name}: {_count(was, now)}"
        return
    layer = Path(name).stem
    common = before.keys() & after.keys()
    changed = [key for key in before if key in common and before[key] != after[key]]
    if changed:

        def ratio(key: tuple[str, ...]) -> float:
            ohms = float(before[key][1]), float(after[key][1])
            return ohms[0] / ohms[1] - 1

        worst = max(changed, key=lambda key: abs(ratio(key)))
        row, column, polarity = worst
        verb = "differs" if len(changed) == 1 else "differ"
        yield (
            f"programming {layer}: {len(changed):,} of {len(before):,} cells {verb},"
            f" largest {terms.percent(ratio(worst))} at row {row} column {column} ({polarity})"
        )
    if gone := len(before) - len(common):
        yield f"programming {layer}: {gone:,} cells are missing"
    if more := len(after) - len(common):
        yield f"programming {layer}: {more:,} cells are added"


def _cells(path: Path) -> dict[tuple[str, ...], tuple[str, ...]] | None:
    """Level, ohms and tolerance of each cell, None where the file is not such a table."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    with reading(path):
        lines = path.read_text(encoding="latin-1").splitlines()
    for line in lines[1:]:
        words = line.split(",")
        if len(words) != 8:
            return None
        _, row, column, polarity, level, _, ohms, tolerance = words
        try:
            if float(ohms) <= 0:
                return None
        except ValueError:
            return None
        found[row, column, polarity] = (level, ohms, tolerance)
    return found


def _arrays(was: Path, now: Path, name: str) -> Iterator[str]:
    try:
        (before, meta), (after, other_meta) = read_npz(was), read_npz(now)
    except CompileError as error:
        yield f"{name}: {error.diagnostics[0].message}"
        return
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            yield f"{name}: array {key} is {'missing' if key in before else 'added'}"
        elif before[key].shape != after[key].shape:
            yield f"{name}: array {key} has the shape {after[key].shape}, had {before[key].shape}"
        elif changed := int(np.count_nonzero(before[key] != after[key])):
            yield f"{name}: {changed:,} of {before[key].size:,} values of array {key} differ"
    if meta != other_meta:
        yield f"{name}: its description differs"


def _count(was: Path, now: Path) -> str:
    before, after = _lines(was), _lines(now)
    first = next(
        (i for i, (x, y) in enumerate(zip(before, after, strict=False), 1) if x != y),
        min(len(before), len(after)) + 1,
    )
    return f"differs from line {first} on ({len(after):,} lines, had {len(before):,})"


def _excerpt(was: Path, now: Path) -> Iterator[str]:
    """The first lines of a unified diff."""
    if max(was.stat().st_size, now.stat().st_size) > _LARGEST_EXCERPT_BYTES:
        return
    lines = difflib.unified_diff(_lines(was), _lines(now), "golden", "found", n=0, lineterm="")
    for index, line in enumerate(lines):
        if index == _EXCERPT_LINES:
            yield "..."
            return
        yield line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _lines(path: Path) -> list[str]:
    with reading(path):
        text = path.read_text(encoding="latin-1")
    return ["".join(c if c.isprintable() else "�" for c in line) for line in text.split("\n")]
