"""Every single fault of a netlist, one by one, and how many of them each level sees.

`python -m tests.support.mutations` prints a table of all faults by kind, with those that each level
does not see; it simulates every one, which takes some minutes.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from imnnc.api import update_golden
from imnnc.artifacts.reading import read_plan
from imnnc.artifacts.stored import TestPlan
from imnnc.check.behaviour import DEFAULT_TOLERANCE_VOLTS, Voltages, simulate
from imnnc.check.bytewise import check_bytes
from imnnc.check.golden import Output, read_golden, read_output
from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure
from imnnc.diagnostics import CompileError
from imnnc.measure.simulation import Simulation
from tests.support.stored import compile_points

LEVELS = ("bytes", "structure", "behaviour")
LEVEL_SIEMENS = (800e-9 - 120e-9) / 63  # of the device in tests.support.stored
NETWORK = "points"


@dataclass(frozen=True)
class Mutation:
    """One file with one fault in it."""

    kind: str
    what: str
    file: str
    text: str


def mutations(folder: Path) -> list[Mutation]:
    """Every single fault of the netlist in an output folder."""
    found = [
        *_cells(folder, f"{NETWORK}.ngspice.cells.layer0.inc"),
        *_cells(folder, f"{NETWORK}.ngspice.cells.layer1.inc"),
        *_netlist(folder, f"{NETWORK}.ngspice.sp"),
        *_testbench(folder, f"{NETWORK}.tb.ngspice.sp"),
        *_models(folder, "models/lvt90.lib"),
    ]
    originals = {x.file: "\n".join(_lines(folder / x.file)) + "\n" for x in found}
    return [x for x in found if x.text != originals[x.file]]


@contextmanager
def applied(mutation: Mutation, folder: Path) -> Iterator[None]:
    """A folder with one file replaced, put back at the end."""
    path = folder / mutation.file
    before = path.read_bytes()
    path.write_text(mutation.text)
    try:
        yield
    finally:
        path.write_bytes(before)


def _lines(path: Path) -> list[str]:
    """Logical lines; comments stay."""
    return path.read_text().replace("\n+", "").rstrip("\n").split("\n")


def _each(lines: list[str], start: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines):
        if re.match(start, line):
            yield number, line.split()


def _with(lines: list[str], number: int, words: list[str] | None) -> str:
    changed = [*lines[:number], *([] if words is None else [" ".join(words)]), *lines[number + 1 :]]
    return "\n".join(changed) + "\n"


def _swapped(words: list[str], first: int, second: int) -> list[str]:
    found = list(words)
    found[first], found[second] = words[second], words[first]
    return found


def _cells(folder: Path, name: str) -> Iterator[Mutation]:
    lines = _lines(folder / name)
    cells = list(_each(lines, "R"))
    columns = sorted({words[2] for _, words in cells})
    rows = list(dict.fromkeys(words[1] for _, words in cells))
    for number, words in cells:
        for step in (-LEVEL_SIEMENS, LEVEL_SIEMENS):
            ohms = f"{1 / (1 / float(words[3]) + step):.9g}"
            text = _with(lines, number, [*words[:3], ohms])
            yield Mutation("one level", words[0], name, text)
        yield Mutation("dropped cell", words[0], name, _with(lines, number, None))
        row = rows[(rows.index(words[1]) + 1) % len(rows)]
        column = columns[(columns.index(words[2]) + 1) % len(columns)]
        moved = [words[0], row, *words[2:]]
        yield Mutation("cell at another row", words[0], name, _with(lines, number, moved))
        moved = [*words[:2], column, words[3]]
        yield Mutation("cell at another column", words[0], name, _with(lines, number, moved))


def _netlist(folder: Path, name: str) -> Iterator[Mutation]:
    lines = _lines(folder / name)

    def fault(kind: str, number: int, words: list[str] | None) -> Mutation:
        return Mutation(kind, lines[number].split()[0], name, _with(lines, number, words))

    for number, words in _each(lines, r"X\w+_(minus|plus)_\d"):
        yield fault("swapped terminals", number, _swapped(words, 1, 2))
        yield fault("swapped terminals", number, _swapped(words, 3, 4))
        yield fault("wrong rail", number, [*words[:3], "vss", *words[4:]])
        yield fault("wrong rail", number, [*words[:4], "vdd", *words[5:]])
        yield fault("rail of the bias", number, [*words[:3], "bias_plus", *words[4:]])
        yield fault("rail of the bias", number, [*words[:4], "bias_minus", *words[5:]])
        size = int(words[-1].removeprefix("size="))
        is_last = "layer1" in words[0]
        for other in {size + 1, max(1, size - 1)} - {size}:
            kind = "size at the read-out" if is_last else "size"
            yield fault(kind, number, [*words[:-1], f"size={other}"])
        yield fault("dropped inverter", number, None)
    for number, words in _each(lines, r"M[np] "):
        for first, second in combinations(range(1, 5), 2):
            kind = "drain and source" if (first, second) == (1, 3) else "swapped terminals"
            yield fault(kind, number, _swapped(words, first, second))
        other = {"plvt": "nlvt", "nlvt": "plvt"}[words[5]]
        yield fault("another model", number, [*words[:5], other, *words[6:]])
        for index in (6, 7):
            key, _, value = words[index].partition("=")
            changed = [*words[:index], f"{key}={float(value) * 1.1:.6g}", *words[index + 1 :]]
            yield fault("width or length", number, changed)
        yield fault("multiplier lost", number, words[:-1])
    for number, words in _each(lines, "Xcrossbar"):
        for first, second in pairwise(range(1, len(words) - 1)):
            yield fault("swapped terminals", number, _swapped(words, first, second))
    for number, words in _each(lines, r"\.subckt \w+_crossbar"):
        for first, second in pairwise(range(2, len(words))):
            yield fault("swapped ports", number, _swapped(words, first, second))
    for number, words in _each(lines, r"\.lib"):
        for corner in ("ff", "ss", "sf", "fs"):
            yield fault("corner", number, [*words[:2], corner])


def _testbench(folder: Path, name: str) -> Iterator[Mutation]:
    lines = _lines(folder / name)

    def fault(kind: str, number: int, words: list[str] | None) -> Mutation:
        return Mutation(kind, lines[number].split()[0], name, _with(lines, number, words))

    for number, words in _each(lines, "V"):
        is_rail = not words[0].startswith("Vx_")
        kind = "source of a rail" if is_rail else "source of an input"
        yield fault(kind, number, _swapped(words, 1, 2))
        value = kind if is_rail else "first sample"
        yield fault(value, number, [*words[:4], f"{float(words[4]) + 0.01:.6g}"])
        yield fault(kind, number, None)
    for number, words in _each(lines, "Xdut"):
        for first, second in pairwise(range(1, len(words) - 1)):
            yield fault("swapped terminals", number, _swapped(words, first, second))
    for number, words in _each(lines, "C"):
        yield fault("load", number, [*words[:3], f"{float(words[3]) * 1.1:.12g}"])
        yield fault("load", number, None)
    for number, words in _each(lines, r"\.temp"):
        yield fault("temperature", number, [words[0], "85"])
    for number, words in _each(lines, r"\.options"):
        for index in range(1, len(words)):
            yield fault("option", number, [*words[:index], *words[index + 1 :]])


def _models(folder: Path, name: str) -> Iterator[Mutation]:
    lines = _lines(folder / name)
    for number, line in enumerate(lines):
        if "vth0=" in line:
            text = re.sub(r"vth0=(\S+?)(?=[\s']|$)", r"vth0=0.3", line, count=1)
            yield Mutation("model", f"line {number + 1}", name, _with(lines, number, text.split()))


def read_out_moves(output: Output, plan: TestPlan, volts: Voltages) -> bool:
    """Whether a fault moves a read-out by more than the tolerance, or nothing can be simulated."""
    try:
        now = simulate(output, plan, plan.network, Simulation(timeout_seconds=60))
    except CompileError:
        return True
    corner = plan.corners[0]
    apart = np.abs(now.corners[corner] - volts.corners[corner])
    return bool(apart.max() > DEFAULT_TOLERANCE_VOLTS)


def main() -> int:
    made: Counter[str] = Counter()
    escaped: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as scratch:
        folder = compile_points(Path(scratch)).out
        update_golden(folder, Path(scratch) / "golden")
        golden, output = read_golden(Path(scratch) / "golden"), read_output(folder)
        plan = read_plan(folder / "stimuli.npz")
        plan = replace(plan, corners=plan.corners[:1])
        volts = simulate(golden, plan, plan.network, Simulation())
        for mutation in mutations(folder):
            made[mutation.kind] += 1
            with applied(mutation, folder):
                structure = check_structure(golden.testbench, output.testbench, DEFAULT_TOLERANCE)
                escaped["bytes"][mutation.kind] += check_bytes(golden, output).passed
                escaped["structure"][mutation.kind] += structure.passed
                moves = read_out_moves(output, plan, volts)
                escaped["behaviour"][mutation.kind] += not moves
    print(f"{'fault':24} {'made':>5}   not seen by {'   '.join(LEVELS)}")
    for kind, count in [*made.items(), ("all", sum(made.values()))]:
        row = [
            sum(escaped[level].values()) if kind == "all" else escaped[level][kind]
            for level in LEVELS
        ]
        print(f"{kind:24} {count:>5} {row[0]:>17} {row[1]:>11} {row[2]:>11}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
