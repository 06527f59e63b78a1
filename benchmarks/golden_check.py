"""Time that comparing the structure of two netlists of an image network takes.

    python -m benchmarks.golden_check [--widths 784 100 10]

Prints a table and writes `benchmarks/results/golden_check.json`.  The figure to reach: 784-100-10
in at most 20 s, whatever the other netlist is: the same one, one with every name and the order of
everything changed, and each of the two with one conductance off by one level of 64.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.emission import emit, random_network
from imnnc.check.netlist.deck import Deck
from imnnc.check.netlist.reader import read_deck
from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure
from imnnc.emit.programming import write_program
from tests.support.disguise import disguised

RESULTS = Path(__file__).resolve().parent / "results" / "golden_check.json"
LIMIT_SECONDS = 20.0
LEVELS = 64


def quantised(widths: list[int], folder: Path) -> Path:
    """The files of a network whose cells have levels, so that many of them are equal."""
    network, program = random_network(widths)
    levels = np.linspace(1 / 8.33e6, 1 / 1e6, LEVELS)

    def nearest(ohms: np.ndarray) -> np.ndarray:
        index = np.rint((1 / ohms - levels[0]) / (levels[1] - levels[0])).astype(int)
        return np.array([float(f"{1 / levels[i]:.9g}") for i in index.ravel()]).reshape(ohms.shape)

    crossbars = tuple(
        replace(x, ohms_plus=nearest(x.ohms_plus), ohms_minus=nearest(x.ohms_minus))
        for x in program.crossbars
    )
    program = replace(program, crossbars=crossbars)
    emit(network, program, folder)
    write_program(program, folder)
    shutil.copytree(
        Path(__file__).resolve().parents[1] / "imnnc" / "technology",
        folder / "models",
        ignore=shutil.ignore_patterns("*.py", "*.imnn", "__pycache__"),
    )
    return folder / f"{network.name}.tb.ngspice.sp"


def with_fault(testbench: Path, folder: Path) -> Deck:
    """The deck with one cell of the first crossbar at the next level."""
    copy = folder / "faulty"
    shutil.copytree(testbench.parent, copy)
    cells = sorted(copy.glob("*.cells.*.inc"))[0]
    lines = cells.read_text().splitlines()
    words = lines[len(lines) // 2].split()
    step = (1 / 1e6 - 1 / 8.33e6) / (LEVELS - 1)
    words[3] = f"{1 / (1 / float(words[3]) + step):.9g}"
    lines[len(lines) // 2] = " ".join(words)
    cells.write_text("\n".join(lines) + "\n")
    return read_deck(copy / testbench.name)


def measure(widths: list[int], scratch: Path) -> list[dict[str, object]]:
    golden = quantised(widths, scratch / "golden")
    models = golden.parent / "models"
    faulty = with_fault(golden, scratch)
    others = {
        "the same": golden,
        "renamed and reordered": disguised(read_deck(golden), scratch / "renamed", models, 1),
        "one level off": scratch / "faulty" / golden.name,
        "renamed, one level off": disguised(faulty, scratch / "both", models, 2),
    }
    rows = []
    for name, path in others.items():
        result = check_structure(golden, path, DEFAULT_TOLERANCE)
        texts = [text for case in result.cases for text in case.texts]
        if result.passed == ("off" in name):
            raise SystemExit(f"{name}: {texts}")
        rows.append({"netlist": name, "seconds": round(result.seconds, 2), "found": texts})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--widths", type=int, nargs="+", default=[784, 100, 10])
    widths = parser.parse_args().widths
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(widths, Path(scratch))
    slowest = max(float(str(row["seconds"])) for row in rows)
    print(f"{'-'.join(map(str, widths)):24} {'seconds':>8}  found")
    for row in rows:
        print(f"{row['netlist']:24} {row['seconds']:>8}  {'; '.join(row['found'])}")
    print(f"at most {LIMIT_SECONDS:g} s: {'yes' if slowest <= LIMIT_SECONDS else 'no'}")
    RESULTS.parent.mkdir(exist_ok=True)
    report = {"schema": 1, "widths": widths, "limit_seconds": LIMIT_SECONDS, "rows": rows}
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if slowest <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
