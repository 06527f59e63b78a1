"""The published table, reproduced: PHAX, RIM and LATIM side by side, measured in ngspice.

    python -m benchmarks.paper [--quick] [--out FOLDER]

Compares the three methods on four image networks and on seven small benchmarks, and writes
`docs/results.md` with its figures, and everything as JSON to `benchmarks/results/paper.json`.
What an earlier run has done, whole or interrupted, is taken from the cache.

PHAX and RIM have their published size first.  Where it takes minutes, not hours, they are then
compared once more with their sizes swept as well: learning rate, price of power and nominal load
stay as they were chosen at the published size, RIM's resistor is swept anew.  LATIM's runs are the
same in both.

`--quick` is a look at it in ten minutes: one seed, 14 x 14 pixels, fewer images and epochs, fewer
benchmarks; it writes to the output folder alone and says in its title what it is.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2

from imnnc import __version__, api
from imnnc.compare.markdown import filters, markdown
from imnnc.design import Design, Sweep
from imnnc.diagnostics import CompileError
from imnnc.engine.progress import Lines
from imnnc.simulate.ngspice import ngspice_version
from imnnc.units import engineering

ROOT = Path(__file__).resolve().parent.parent
METHODS = ("phax", "rim", "latim")
SIZES = (1.0, 2.0, 3.0, 5.0)  # the last is the published one
_KEPT = ("learning_rate", "energy_weight", "load_ohms")  # when sizes are swept
# Source: doi 10.1109/TCSII.2021.3072289; accuracies are goals of this project.
GOALS = {
    "mnist": {"phax": 14, "rim": 6, "accuracy": 0.97},
    "fashion-mnist": {"phax": 29, "rim": 4, "accuracy": 0.87},
}
PAGE = ROOT / "docs" / "results.md"
MARK = "<!-- written by benchmarks."  # begins a section of another benchmark, to the next of them
ENERGY_GOALS = {"phax": 0.38, "rim": 0.47}
LARGEST_LOSS = 0.005  # of simulated accuracy against either other method


@dataclass(frozen=True)
class Case:
    """One comparison: an example, and what is changed of it."""

    name: str
    seeds: tuple[int, ...]
    samples: int | None
    define: tuple[tuple[str, str], ...] = ()
    sized: bool = False  # whether there is a comparison with sizes swept as well

    def run(
        self, out: Path, adapt: Callable[[Design], Design] = lambda design: design
    ) -> dict[str, Any]:
        """The content of `compare.json`, which goes to a folder below `out`."""

        def headline(what: str, number: int, count: int) -> None:
            print(f"{self.name} [{number}/{count}] {what}", file=sys.stderr, flush=True)

        found = api.compare(
            ROOT / "examples" / f"{self.name}.imnn",
            out / self.name,
            methods=METHODS,
            seeds=self.seeds,
            samples=self.samples,
            define=dict(self.define),
            reduce=True,
            reporter=Lines(sys.stderr, lambda x: print(x.render(), file=sys.stderr)),
            adapt=adapt,
            on_run=headline,
        )
        return dict(found)

    def run_sized(self, out: Path, published: dict[str, Any]) -> dict[str, Any]:
        """The same with the sizes of PHAX and RIM swept, after the `published` comparison."""

        def adapt(design: Design) -> Design:
            train = design.train
            if train.method == "latim":
                return design
            chosen = published["methods"][train.method]
            found = {**chosen["chosen"], "load_ohms": chosen["nominal"]["load_ohms"]}
            kept = {name: found[name] for name in _KEPT if name in found}
            sweeps = [sweep for sweep in train.sweeps if sweep.field not in (*_KEPT, "size")]
            swept = replace(train, size=SIZES[0], sweeps=(Sweep("size", SIZES), *sweeps), **kept)
            return replace(design, trains=(swept, *design.trains[1:]))

        return self.run(out / "sized", adapt)


IMAGES = (
    Case("mnist", (1,), 200),
    Case("fashion", (1,), 200),
    Case("mnist14", (1, 2, 3), 200, sized=True),
    Case("fashion14", (1, 2, 3), 200, sized=True),
)
SMALL = tuple(
    Case(name, (1,), None, sized=True)
    for name in ("sobel", "fft", "inversek2j", "kmeans", "blackscholes", "iris", "cancer")
)
QUICK_IMAGES = tuple(Case(name, (1,), 50, (("passes", "4"),)) for name in ("mnist14", "fashion14"))
QUICK_SMALL = (Case("iris", (1,), None, sized=True), Case("inversek2j", (1,), None))


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
    sized: dict[str, dict[str, Any]] = {}
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
            if case.sized:
                sized[case.name] = case.run_sized(out, found[case.name])
        except CompileError as error:
            for diagnostic in error.diagnostics:
                print(diagnostic.render(), file=sys.stderr)
            raise SystemExit(int(error.exit_code)) from None
        seconds[case.name] = time.monotonic() - begun
    facts = {
        "quick": arguments.quick,
        "images": {case.name: found[case.name] for case in images},
        "small": {case.name: found[case.name] for case in small},
        "sized": sized,
        "checks": [row for case in images for row in checks(found[case.name])],
        "not_won": [
            row
            for case in (*images, *small)
            for name, kind in ((case.name, found), (f"{case.name}, sizes swept", sized))
            if case.name in kind
            for row in not_won(name, kind[case.name])
        ],
        "tables": {case.name: markdown(found[case.name]) for case in images},
        "sized_tables": {
            case.name: markdown(sized[case.name]) for case in images if case.name in sized
        },
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
        "sizes_swept": sized,
        "not_won": facts["not_won"],
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


# What is compared, whether more of it is better, and its unit; None: a fraction.
_COMPARED: tuple[tuple[str, tuple[str, ...], bool, str | None], ...] = (
    ("prediction error, RMS", ("prediction_error_v", "rms"), False, "V"),
    ("prediction error, streamed", ("at_hold", "prediction_error_v", "rms"), False, "V"),
    ("from settled, streamed", ("at_hold", "from_settled_v", "rms"), False, "V"),
    ("energy of the rails, own hold", ("energy_j", "rails"), False, "J"),
    ("energy of the rails, common hold", ("energy_common_hold_j", "rails"), False, "J"),
    ("energy of all sources, own hold", ("energy_j", "all_sources"), False, "J"),
    ("energy of all sources, common hold", ("energy_common_hold_j", "all_sources"), False, "J"),
    ("delay", ("delay_s",), False, "s"),
)
_SCORES: dict[bool, tuple[tuple[str, tuple[str, ...], bool, str | None], ...]] = {
    True: (
        ("accuracy, simulated", ("accuracy", "simulated"), True, None),
        ("accuracy of the circuit, all test samples", ("test_set", "circuit"), True, None),
    ),
    False: (("MSE to the targets, simulated", ("target_mse_v2", "simulated"), False, "V²"),),
}


def not_won(name: str, found: dict[str, Any]) -> list[dict[str, str]]:
    """Where another method does better than LATIM, by the digits that are shown."""
    methods = found["methods"]
    rows = []
    for what, keys, more, unit in (*_SCORES[bool(methods["latim"]["accuracy"])], *_COMPARED):
        means: dict[str, float] = {}
        for method, figures in methods.items():
            for key in keys:
                figures = figures[key]
            if figures["mean"] is not None:
                means[method] = figures["mean"]
        if "latim" not in means:
            continue
        best = max(means, key=lambda x: means[x] if more else -means[x])
        shown = {
            method: f"{value:.2%}" if unit is None else engineering(value, unit)
            for method, value in means.items()
        }
        if unit == "V²":
            shown = {method: f"{value:.3g} V²" for method, value in means.items()}
        if shown[best] != shown["latim"]:
            rows.append(
                {
                    "network": name,
                    "what": what,
                    "best": f"{best.upper()}: {shown[best]}",
                    "latim": shown["latim"],
                }
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
    page = folder / "results.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    _, mark, sections = before.partition(MARK)
    text = rendered("paper.md.j2", **facts).rstrip() + "\n"
    page.write_text(f"{text}\n{mark}{sections}" if mark else text, encoding="utf-8", newline="\n")
    print(f"written: {page}", file=sys.stderr)


def put_section(page: str, benchmark: str, text: str) -> str:
    """The page with the section of a benchmark anew, or at its end."""
    head, *sections = page.split(MARK)
    mine = f"{benchmark} -->\n{text.strip()}\n"
    others = [x.strip() + "\n" for x in sections]
    if number := [n for n, x in enumerate(others) if x.startswith(f"{benchmark} ")]:
        others[number[0]] = mine
    else:
        others.append(mine)
    return "\n".join([head.strip() + "\n", *(MARK + x for x in others)])


def rendered(template: str, **facts: Any) -> str:
    """A template of this folder with its facts."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "benchmarks"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters())
    return environment.get_template(template).render(**facts)


if __name__ == "__main__":
    main()
