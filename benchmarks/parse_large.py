"""Time to read a source of 5,000 lines: parse it, and elaborate it to a design.

    python -m benchmarks.parse_large [--lines 5000] [--json benchmarks/results/parse_large.json]

Prints a table and writes JSON.  The figure to reach: parsing and elaborating in at most 1 s.  The
source is half constants that are computed from each other and half layers, with comments; each
stage is timed several times, after the grammar has been built once, and the middle time counts.
The time to build the grammar, which each process needs once, is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imnnc.lang import format_source, load_design, parse, read_source

RESULTS = Path(__file__).resolve().parent / "results" / "parse_large.json"
LIMIT_SECONDS = 1.0
REPEATS = 5


def large_source(lines: int) -> str:
    """A design of so many lines that checks."""
    constants = (lines - 8) // 2
    layers = (lines - 8 - constants) // 3
    text = ["let g0 = 120 nS", "let width0 = 4"]
    text += [
        f"let g{i} = (g{i // 2} + 2 * {i % 7} nS) / 1.02 - 1 pS  // the next conductance"
        for i in range(1, constants - 1)
    ]
    text += ["memristor tio2 {", "    conductance g1 .. 1 uS", "    levels 256", "}"]
    text += ["network large {", "    input inputs[width0]"]
    for i in range(layers):
        text += [f"    layer l{i}[width0 + {i % 9}] {{"]
        text += [f"        inverter size 1 .. {i % 9 + 2}  /* of layer {i} */", "    }"]
    text += ["    output y[3] { inverter size 1 .. 10 step 0.5 } }"]
    text += ["train latim { loss cross_entropy   epochs 20 }"]
    return "\n".join(text + ["// filled up"] * (lines - len(text))) + "\n"


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--json", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "large.imnn"
        path.write_text(large_source(arguments.lines), encoding="utf-8")
        small = Path(scratch) / "small.imnn"
        small.write_text("let a = 1\n", encoding="utf-8")
        start = time.perf_counter()
        parse(read_source(small))
        grammar_seconds = time.perf_counter() - start
        source = read_source(path)
        rows = {
            "parse": seconds(lambda: parse(source)),
            "parse and elaborate": seconds(lambda: load_design(path)),
            "format": seconds(lambda: format_source(source)),
        }
    reached = rows["parse and elaborate"] <= LIMIT_SECONDS
    print(f"{arguments.lines} lines, {len(source.text) / 1e3:.0f} kB")
    print(f"{'build the grammar':>20} {grammar_seconds:>8.3f} s")
    for name, value in rows.items():
        print(f"{name:>20} {value:>8.3f} s")
    print(f"parse and elaborate in at most {LIMIT_SECONDS:g} s: {'yes' if reached else 'no'}")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "schema": 1,
        "lines": arguments.lines,
        "limits": {"parse and elaborate": LIMIT_SECONDS},
        "reached": reached,
        "grammar_seconds": round(grammar_seconds, 4),
        "seconds": {name: round(value, 4) for name, value in rows.items()},
    }
    arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
