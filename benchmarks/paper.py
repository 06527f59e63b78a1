"""The published table, reproduced: PHAX, RIM and LATIM side by side, measured in ngspice.

    python -m benchmarks.paper [--quick] [--out FOLDER]

Compares the three methods on four image networks and on seven small benchmarks, and writes
`docs/results.md` with its figures, and everything as JSON to `benchmarks/results/paper.json`.
What an earlier run has done, whole or interrupted, is taken from the cache.

`--quick` is a look at it in ten minutes: one seed, 14 x 14 pixels, fewer images and epochs, fewer
benchmarks; it writes to the output folder alone and says in its title what it is.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from imnnc import __version__, api
from imnnc.compare.markdown import filters, markdown
from imnnc.diagnostics import CompileError
from imnnc.engine.progress import Lines
from imnnc.simulate.ngspice import ngspice_version

ROOT = Path(__file__).resolve().parent.parent
METHODS = ("phax", "rim", "latim")
# Source: doi 10.1109/TCSII.2021.3072289; accuracies are goals of this project.
GOALS = {
    "mnist": {"phax": 14, "rim": 6, "accuracy": 0.97},
    "fashion-mnist": {"phax": 29, "rim": 4, "accuracy": 0.87},
}
ENERGY_GOALS = {"phax": 0.38, "rim": 0.47}
LARGEST_LOSS = 0.005  # of simulated accuracy against either other method


@dataclass(frozen=True)
class Case:
    """One comparison: an example, and what is changed of it."""

    name: str
    seeds: tuple[int, ...]
    samples: int | None
    define: tuple[tuple[str, str], ...] = ()

    def run(self, out: Path) -> dict[str, Any]:
        """The content of `compare.json`."""

        def headline(what: str, number: int, count: int) -> None:
            print(f"{self.name} [{number}/{count}] {what}", file=sys.stderr, flush=True)

        return api.compare(
            ROOT / "examples" / f"{self.name}.imnn",
            out / self.name,
            methods=METHODS,
            seeds=self.seeds,
            samples=self.samples,
            define=dict(self.define),
            reduce=True,
            reporter=Lines(sys.stderr, lambda x: print(x.render(), file=sys.stderr)),
            on_run=headline,
        )


IMAGES = (
    Case("mnist", (1,), 200),
    Case("fashion", (1,), 200),
    Case("mnist14", (1, 2, 3), 200),
    Case("fashion14", (1, 2, 3), 200),
)
SMALL = tuple(
    Case(name, (1,), None)
    for name in ("sobel", "fft", "inversek2j", "kmeans", "blackscholes", "iris", "cancer")
)
QUICK_IMAGES = tuple(Case(name, (1,), 50, (("passes", "4"),)) for name in ("mnist14", "fashion14"))
QUICK_SMALL = (Case("iris", (1,), None), Case("inversek2j", (1,), None))


def main() -> None:
    """Run everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a look at it in ten minutes")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "paper")
    arguments = parser.parse_args()
    out = arguments.out / "quick" if arguments.quick else arguments.out
    images, small = (QUICK_IMAGES, QUICK_SMALL) if arguments.quick else (IMAGES, SMALL)
    started = time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}
    for number, case in enumerate((*images, *small), 1):
        begun = time.monotonic()
        minutes = (begun - started) / 60
        print(
            f"== {case.name}, {number} of {len(images) + len(small)}, {minutes:.0f} min so far",
            file=sys.stderr,
            flush=True,
        )
        try:
            found[case.name] = case.run(out)
        except CompileError as error:
            for diagnostic in error.diagnostics:
                print(diagnostic.render(), file=sys.stderr)
            raise SystemExit(int(error.exit_code)) from None
        seconds[case.name] = time.monotonic() - begun
    facts = {
        "quick": arguments.quick,
        "images": {case.name: found[case.name] for case in images},
        "small": {case.name: found[case.name] for case in small},
        "checks": [row for case in images for row in checks(found[case.name])],
        "tables": {case.name: markdown(found[case.name]) for case in images},
        "versions": versions(),
        "minutes": sum(seconds.values()) / 60,
    }
    write(facts, images, out, arguments.quick)
    name = "paper-quick.json" if arguments.quick else "paper.json"
    results = ROOT / "benchmarks" / "results" / name
    results.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "versions": versions(),
        "seconds": {name: round(x, 1) for name, x in seconds.items()},
        "checks": facts["checks"],
        "comparisons": found,
    }
    results.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for row in facts["checks"]:
        print(
            f"{row['network']:10} {row['what']:58} {row['goal']:>16} {row['measured']:>10}"
            f" {'' if row['met'] else '  missed'}"
        )


def checks(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What must come out, beside what did."""
    goals, methods, ratios = GOALS[found["data"]], found["methods"], found["ratios"]
    rows: list[dict[str, Any]] = []

    def add(what: str, goal: str, measured: str, met: bool) -> None:
        row = {"what": what, "goal": goal, "measured": measured, "met": met}
        rows.append({"network": found["network"], **row})

    for other in ("phax", "rim"):
        ratio, goal = ratios[f"error_{other}_over_latim"]["rms"], goals[other]
        what = f"RMS error, {other.upper()} / LATIM"
        add(what, f"at least {goal}", f"{ratio:.1f}", ratio >= goal)
    for other in ("phax", "rim"):
        least = ENERGY_GOALS[other]
        for hold, key in (("own", "rails"), ("common", "rails_common_hold")):
            ratio = ratios[f"energy_latim_over_{other}"][key]
            add(
                f"energy of the rails, {hold} hold, LATIM against {other.upper()}",
                f"at least {1 - least:.0%} lower",
                f"{1 - ratio:.0%} lower",
                ratio <= least,
            )
    accuracy = {name: m["accuracy"]["simulated"]["mean"] for name, m in methods.items()}
    whole = {name: m["test_set"]["circuit"]["mean"] for name, m in methods.items()}
    for samples, found_accuracy in ((found["samples"], accuracy), ("all", whole)):
        lost = max(found_accuracy["phax"], found_accuracy["rim"]) - found_accuracy["latim"]
        add(
            f"accuracy that LATIM gives up for it, {samples} test images",
            f"at most {LARGEST_LOSS * 100:g} points",
            f"{lost * 100:.2f}",
            lost <= LARGEST_LOSS + 1e-9,
        )
    if found["widths"][0] == 784:
        goal = goals["accuracy"]
        add(
            "simulated accuracy, LATIM",
            f"at least {goal:.0%}",
            f"{accuracy['latim']:.1%}",
            accuracy["latim"] >= goal,
        )
    return rows


def versions() -> dict[str, str]:
    """Of everything that numbers depend on."""
    import numpy
    import torch

    return {
        "imnnc": __version__,
        "ngspice": ngspice_version(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
    }


def write(facts: dict[str, Any], images: tuple[Case, ...], out: Path, quick: bool) -> None:
    """The page and its figures: in `docs/`, of a quick run in the output folder."""
    folder = out if quick else ROOT / "docs"
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for case in images:
        figure = (out / case.name / "compare.svg").read_bytes()
        (folder / "figures" / f"{case.name}.svg").write_bytes(figure)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "benchmarks"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters())
    text = environment.get_template("paper.md.j2").render(**facts)
    (folder / "results.md").write_text(text, encoding="utf-8", newline="\n")
    print(f"written: {folder / 'results.md'}", file=sys.stderr)


if __name__ == "__main__":
    main()
