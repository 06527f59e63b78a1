"""What chips of fashion14 come to, and how quickly that is known.

    python -m benchmarks.chips [--only PART,...] [--quick] [--jobs N] [--json FILE]

Parts, each with its goal where it has one; what others have found before stays in the file:

    speed   1,000 chips x 1,000 test images of `examples/fashion14.imnn`, causes apart as
            `imnnc chips` looks at them by default.  Wall clock, and processor time of all workers.

`--quick`: networks are trained for one epoch, and a tenth of the chips is drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imnnc import api

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"
CHIPS, SAMPLES, GOAL_SECONDS = 1000, 1000, 60.0


@dataclass(frozen=True)
class Bench:
    """How a part is measured."""

    quick: bool
    jobs: int
    folder: Path  # for what is compiled

    def compiled(self) -> Path:
        """The output folder of the example, from the cache where it is known."""
        out = self.folder / "fashion14"
        define = {"passes": "1"} if self.quick else {}
        api.compile(EXAMPLE, out, define=define, reduce=True, jobs=self.jobs)
        return out


def speed(bench: Bench) -> dict[str, Any]:
    """How long many chips take."""
    out, count = bench.compiled(), CHIPS // (10 if bench.quick else 1)
    api.chips(out, EXAMPLE, count=1, samples=SAMPLES, jobs=1)  # loops are compiled, data read
    before, begun = _children_seconds(), time.monotonic()
    found = api.chips(out, EXAMPLE, count=count, samples=SAMPLES, jobs=bench.jobs)
    seconds = time.monotonic() - begun
    solved = count + sum(number for _, number, _ in found.causes if len(found.causes) > 1) + 1
    return {
        "chips": count,
        "chips_with_causes": solved,
        "samples": SAMPLES,
        "jobs": bench.jobs,
        "load_average": os.getloadavg()[0],
        "seconds": round(seconds, 1),
        "processor_seconds": round(_children_seconds() - before, 1),
        "goal_seconds": GOAL_SECONDS * count / CHIPS,
        "met": seconds <= GOAL_SECONDS * count / CHIPS,
    }


def _children_seconds() -> float:
    """Processor time of the workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {"speed": speed}


def main() -> None:
    """Measure, print, and write as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default=",".join(PARTS), metavar="PART,...")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=api.available_jobs())
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/chips.json"))
    arguments = parser.parse_args()
    report = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.quick, arguments.jobs, Path(folder))
        for name in arguments.only.split(","):
            report[name] = PARTS[name](bench)
            print(name, json.dumps(report[name]))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
