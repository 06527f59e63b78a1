"""The first level: the same files, byte for byte, and what a difference in them means.

Netlists, testbench, cells, models, programming files and stimuli are compared with nothing left
out: a comment that changed is a difference too, and is said to be no more than that where this
is known for certain.
"""

from __future__ import annotations

import difflib
import math
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imnnc.artifacts.reading import read_plan
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.check.golden import Golden, Output
from imnnc.check.meaning import Meaning, netlist_meanings
from imnnc.check.programming import cells_text, others_text
from imnnc.check.result import Case, Level, LevelResult
from imnnc.diagnostics import CompileError
from imnnc.emit.planned import PLAN_COLUMNS
from imnnc.emit.programming import PROGRAM_FOLDER
from imnnc.files.arrays import read_npz
from imnnc.files.artifact import ARTIFACT_SCHEMA
from imnnc.files.codec import fingerprint
from imnnc.files.files import reading, sha256_file

_EXCERPT_LINES = 12
_LARGEST_EXCERPT_BYTES = 2_000_000  # comparing texts takes a time that grows with their square
_LONGEST_LINE = 160
_PROGRAM_HEADER = "crossbar,row,column,polarity,level,siemens,ohms,tolerance"
_PLANNED_HEADER = ",".join((_PROGRAM_HEADER, *PLAN_COLUMNS))
_PROGRAM_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?")


def check_bytes(golden: Golden, output: Output) -> LevelResult:
    """Compare every file of a golden but the parameters and the expected voltages.

    Fails with IM511 where a file cannot be read.
    """
    start = time.perf_counter()
    changed = [name for name in golden.compared if not _same(golden, output, name)]
    meanings = netlist_meanings(golden, output, changed)
    cases = [
        _case(golden, output, name, meanings.get(name)) if name in changed else Case(name)
        for name in golden.compared
    ]
    added = sorted(set(output.files) - set(golden.files))
    cases += [Case(name, (f"{name}: the file is added",)) for name in added]
    return LevelResult(Level.BYTES, tuple(cases), time.perf_counter() - start)


def _same(golden: Golden, output: Output, name: str) -> bool:
    was, now = golden.folder / name, output.folder / name
    if not now.is_file():
        return False
    return sha256_file(was) == sha256_file(now) or (name == STIMULI_FILE and _same_plan(was, now))


def _same_plan(was: Path, now: Path) -> bool:
    """Whether two files hold the same samples and judgement, each in the form of its version."""
    try:
        return fingerprint(read_plan(was)) == fingerprint(read_plan(now))
    except CompileError:
        return False


def _case(golden: Golden, output: Output, name: str, meaning: Meaning | None) -> Case:
    was, now = golden.folder / name, output.folder / name
    if not now.is_file():
        return Case(name, (f"{name}: the file is missing",))
    if meaning is not None:
        return Case(
            name, meaning.texts, tuple(_excerpt(name, was, now)) if meaning.has_excerpt else ()
        )
    if name.endswith(".npz"):
        same = f"{name}: written differently, the same arrays"
        return Case(name, tuple(_arrays(was, now, name)) or (same,))
    is_table = name.startswith(f"{PROGRAM_FOLDER}/") and name.endswith(".csv")
    if is_table and (cells := tuple(_programming(was, now, name))):
        return Case(name, cells)
    return Case(name, (f"{name}: {_count(was, now)}",), tuple(_excerpt(name, was, now)))


def _programming(was: Path, now: Path, name: str) -> Iterator[str]:
    """The cells of a table of programming that differ; nothing where it cannot be read."""
    before, after = _cells(was), _cells(now)
    if before is None or after is None:
        return
    layer, total = Path(name).stem, len(before)
    common = before.keys() & after.keys()
    changed = {key: before[key].ratio(after[key]) for key in before if key in common}
    if worst := max(changed, key=lambda key: abs(changed[key]), default=None):
        count = sum(map(bool, changed.values()))
        if count:
            yield cells_text(layer, count, total, changed[worst], *worst)
    # A level that has changed with its resistance is told by that.
    alike = [key for key, ratio in changed.items() if not ratio]
    for what, values in (
        ("levels", {key: (before[key].level, after[key].level) for key in alike}),
        (
            "tolerances",
            {key: (f"{before[key].tolerance:g}", f"{after[key].tolerance:g}") for key in alike},
        ),
        ("plans of pulses", {key: (before[key].plan, after[key].plan) for key in alike}),
    ):
        others = [key for key, (old, new) in values.items() if old != new]
        if others:
            old, new = values[others[0]]
            yield others_text(layer, what, len(others), total, new, old, *others[0])
    if gone := total - len(common):
        yield f"programming {layer}: {gone:,} {'cell is' if gone == 1 else 'cells are'} missing"
    if more := len(after) - len(common):
        yield f"programming {layer}: {more:,} {'cell is' if more == 1 else 'cells are'} added"
    if not gone and not more and not any(before[key] != after[key] for key in before):
        yield f"{name}: written differently, the same cells"


class _Cell(NamedTuple):
    """What a line of a table of programming says of its cell."""

    level: str
    siemens: float
    ohms: float
    tolerance: float
    plan: str  # how it is written and verified; empty where nothing is said of that

    def ratio(self, now: _Cell) -> float:
        """How much larger the conductance is now; 0 where both numbers are what they were."""
        return self.ohms / now.ohms - 1 or now.siemens / self.siemens - 1


def _cells(path: Path) -> dict[tuple[str, str, str], _Cell] | None:
    """The cells by row, column and polarity, None where the file is not such a table."""
    found: dict[tuple[str, str, str], _Cell] = {}
    with reading(path):
        header, *lines = path.read_bytes().decode("latin-1").removesuffix("\n").split("\n")
    if header not in (_PROGRAM_HEADER, _PLANNED_HEADER):
        return None
    for line in lines:
        words = line.split(",")
        if len(words) != header.count(",") + 1 or words[0] != path.stem:
            return None
        _, row, column, polarity, level, *texts = words[:8]
        if not all(map(_PROGRAM_NUMBER.fullmatch, texts)):
            return None
        siemens, ohms, tolerance = map(float, texts)
        if not (0 < siemens < math.inf and 0 < ohms < math.inf and 0 <= tolerance < math.inf):
            return None
        if (row, column, polarity) in found:
            return None
        found[row, column, polarity] = _Cell(level, siemens, ohms, tolerance, " ".join(words[8:]))
    return found


def _arrays(was: Path, now: Path, name: str) -> Iterator[str]:
    try:
        (before, meta), (after, other_meta) = (read_npz(x, ARTIFACT_SCHEMA) for x in (was, now))
    except CompileError as error:
        yield f"{name}: {error.diagnostics[0].message}"
        return
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            yield f"{name}: array {key} is {'missing' if key in before else 'added'}"
        elif before[key].dtype != after[key].dtype:
            yield f"{name}: array {key} is of {after[key].dtype}, was of {before[key].dtype}"
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


def _excerpt(name: str, was: Path, now: Path) -> Iterator[str]:
    """The first lines of a unified diff of the file of that name."""
    if max(was.stat().st_size, now.stat().st_size) > _LARGEST_EXCERPT_BYTES:
        return
    old, new = f"{name} of the golden", f"{name} as found"
    lines = difflib.unified_diff(_lines(was), _lines(now), old, new, n=0, lineterm="")
    for index, line in enumerate(lines):
        if index == _EXCERPT_LINES:
            yield "..."
            return
        yield line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _lines(path: Path) -> list[str]:
    with reading(path):
        text = path.read_bytes().decode("latin-1")
    return ["".join(c if c.isprintable() else "�" for c in line) for line in text.split("\n")]
