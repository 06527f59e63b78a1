"""What chips of a network do, and what mends them.

    python -m benchmarks.chips [--quick] [--only PART ...] [--seeds N] [--jobs N] [--out FOLDER]

`fashion14`, `mnist14`: as the examples have them, and trained for chips as
`examples/fashion14_chips.imnn` says: 200 chips on all 10,000 test images, power by ngspice.
`iris_sky130`: as the example has it and trained for chips: 500 chips on its test samples.
`corners`: `fashion14` trained over five corners, at each of them.
`proof`: whole chips, with cells, wires and thresholds, in ngspice.
`speed`: 1,000 chips on 1,000 test images of `fashion14`, causes apart as well: seconds of the wall
clock, and of the processors.
`power`: accuracy of chips against power, for prices of power of LATIM trained for chips, and PHAX,
RIM and LATIM as published, all without a teacher; the figure of `docs/results.md`.
`others`: PHAX and RIM trained for chips as that one is, with as many cells unformed, their one size
and the resistor of RIM chosen by chips on validation samples.

JSON goes to `benchmarks/results/chips.json` after each part.  Test images and test chips are looked
at once, at the end: nothing here is chosen by them.  What was done is taken from the cache.
`--quick` trains for two epochs and looks at 10 chips on 500 samples.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.paper import PAGE, ROOT, put_section, rendered, versions
from imnnc import api

RESULTS = ROOT / "benchmarks" / "results"
EXAMPLES = ROOT / "examples"
CHIPS = EXAMPLES / "fashion14_chips.imnn"
CORNERS = ("tt", "ff", "ss", "sf", "fs")
GOALS = {
    "fashion14": {"mean": 0.86, "tail": 0.85, "power": 0.7},
    "mnist14": {"mean": 0.95, "tail": 0.94},
    "iris_sky130": {"mean": 0.95},
    "corners": {"sf": 0.82, "fs": 0.82},
    "proof_v": 1e-6,
    "speed_s": 60.0,  # on two cores
}
DESIGNS = ("fashion14", "mnist14", "iris_sky130")
OTHERS = ("phax", "rim")
SIZES = "5, 10, 20"  # of PHAX's and RIM's inverters, all alike
PRICES = ("0.3", "0.1", "0.03", "0.01")


@dataclass(frozen=True)
class Run:
    """How much is looked at, and where things lie."""

    out: Path
    seeds: tuple[int, ...]
    chips: int
    samples: int
    define: dict[str, str]
    jobs: int | None

    def compiled(self, source: Path, name: str, **options: Any) -> dict[str, Any]:
        """Power and accuracy of a compile, by ngspice; it lies in the folder `name`."""
        define = self.define if "let passes" in source.read_text(encoding="utf-8") else {}
        found = api.compile(
            source, self.out / name, define=define, reduce=True, jobs=self.jobs, **options
        )
        verified = found.verification
        return {
            "power_w": verified["power_w"],
            "energy_j": verified["energy_j"],
            "delay_s": verified["delay_s"],
            "prediction_error_v": verified["prediction_error_v"]["rms"],
            "layers": found.summary["network"]["layers"],
        }

    def on_chips(self, name: str, source: Path, **options: Any) -> dict[str, Any]:
        """What chips of a compiled folder do, which differ as `source` says."""
        asked = {"count": self.chips, "samples": self.samples, "jobs": self.jobs, **options}
        found = api.chips(self.out / name, source, **asked).to_json()
        del found["each_chip"]
        return found

    def source(self, name: str, text: str) -> Path:
        """A source that is written for this."""
        path = self.out / f"{name}.imnn"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """A text with parts of it replaced, each of which is there."""
    for old, new in pairs:
        if old not in text:
            raise SystemExit(f"`{old}` is not in the example: the benchmark has to follow it")
        text = text.replace(old, new)
    return text


def of_mnist(run: Run) -> Path:
    """The example that is trained for chips, on digits."""
    text = CHIPS.read_text(encoding="utf-8")
    pairs = (("network fashion14_chips", "network mnist14_chips"), ("fashion-mnist", "mnist"))
    return run.source("mnist14_chips", replaced(text, *pairs))


def fashion14(run: Run) -> dict[str, Any]:
    """Clothes."""
    return of_images(run, "fashion14", CHIPS)


def mnist14(run: Run) -> dict[str, Any]:
    """Digits."""
    return of_images(run, "mnist14", of_mnist(run))


def of_images(run: Run, name: str, source: Path) -> dict[str, Any]:
    """Chips of the example as it is, and trained for chips as `source` says."""
    rows = {"as it is": run.compiled(EXAMPLES / f"{name}.imnn", f"{name}/plain", method="latim")}
    rows["as it is"]["chips"] = run.on_chips(f"{name}/plain", source)
    power = rows["as it is"]["power_w"]["all_sources"]
    for seed in run.seeds:
        folder = f"{name}/chips-{seed}"
        row = rows[f"for chips, seed {seed}"] = run.compiled(source, folder, seed=seed)
        row["chips"] = run.on_chips(folder, source)
        row["power_ratio"] = row["power_w"]["all_sources"] / power
        shown({f"{name}, seed {seed}": row})
    return rows


def iris_sky130(run: Run) -> dict[str, Any]:
    """Flowers, by a foundry's transistors and cells."""
    source = EXAMPLES / "iris_sky130_chips.imnn"
    found, count = {}, max(run.chips, 10) * 5 // 2
    for label, path in (("as it is", EXAMPLES / "iris_sky130.imnn"), ("for chips", source)):
        row = found[label] = run.compiled(path, f"iris_sky130/{label}")
        row["chips"] = run.on_chips(f"iris_sky130/{label}", source, count=count)
    return found


def corners(run: Run) -> dict[str, Any]:
    """The circuit at corners that it was trained over, and one that was trained at tt."""
    text = CHIPS.read_text(encoding="utf-8")
    over = replaced(text, ("chips on", f"chips on   corners {', '.join(CORNERS)}"))
    source = run.source("fashion14_corners", over)
    found: dict[str, Any] = {}
    plain = EXAMPLES / "fashion14.imnn"
    for label, path in (("as it is", plain), ("over corners", source)):
        row = run.compiled(path, f"corners/{label}", method="latim")
        row["at"] = {}
        for corner in CORNERS:
            at = run.on_chips(
                f"corners/{label}", source, corner=corner, count=max(2, run.chips // 10)
            )
            row["at"][corner] = at["accuracy"]
        found[label] = row
    return found


def proof(run: Run) -> dict[str, Any]:
    """Whole chips in ngspice; the first crossbar of `fashion14` is simulated as its equivalents."""
    wired = "crossbar { wire row 0.5 Ohm   column 1.5 Ohm }\n"
    small = run.source("iris_wired", (EXAMPLES / "iris.imnn").read_text(encoding="utf-8") + wired)
    run.compiled(small, "proof/iris")
    found = {"iris, whole": run.on_chips("proof/iris", small, count=5, samples=30, prove=5)}
    run.compiled(CHIPS, "proof/fashion14")
    few = {"count": 2, "samples": 10, "prove": 2, "reduce": True}
    found["fashion14, reduced"] = run.on_chips("proof/fashion14", CHIPS, **few)
    return {name: chips["ngspice"] for name, chips in found.items()}


def speed(run: Run) -> dict[str, Any]:
    """How long many chips take; compiled loops and data are warm."""
    plain = EXAMPLES / "fashion14.imnn"
    run.compiled(plain, "fashion14/plain", method="latim")
    run.on_chips("fashion14/plain", plain, count=1, samples=1000, jobs=1)
    before, begun = _workers_seconds(), time.monotonic()
    found = run.on_chips("fashion14/plain", plain, count=run.chips * 5, samples=1000)
    seconds = time.monotonic() - begun
    return {
        "chips": found["chips"],
        "chips_of_causes_alone": sum(of["chips"] for of in found["causes"].values()),
        "jobs": run.jobs or api.available_jobs(),
        "load_average": os.getloadavg()[0],
        "seconds": round(seconds, 1),
        "processor_seconds": round(_workers_seconds() - before, 1),
    }


def _workers_seconds() -> float:
    """Processor time of the workers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def untaught() -> str:
    """The example that is trained for chips, without its teacher."""
    return replaced(CHIPS.read_text(encoding="utf-8"), ("    teacher 70 %\n", ""))


def others(run: Run) -> dict[str, Any]:
    """PHAX and RIM at their best for chips."""
    found: dict[str, Any] = {}
    text = untaught()
    for method in OTHERS:
        own = replaced(text, ("train latim {", f"train {method} {{\n    size {SIZES}"))
        source = run.source(f"{method}-for-chips", own)
        row = found[f"{method} for chips"] = run.compiled(source, f"others/{method}")
        row["chips"] = run.on_chips(f"others/{method}", CHIPS)
        shown({f"{method} for chips": row})
    return found


def power(run: Run) -> dict[str, Any]:
    """Accuracy of chips, mean and tail, against power."""
    found: dict[str, Any] = {}
    text, plain = untaught(), EXAMPLES / "fashion14.imnn"
    for price in PRICES:
        source = run.source(f"price-{price}", priced(text, price))
        row = found[f"for chips, `energy_weight {price}`"] = run.compiled(source, f"power/{price}")
        row["chips"] = run.on_chips(f"power/{price}", CHIPS)
    for method in (*OTHERS, "latim"):
        row = found[f"{method} as published"] = run.compiled(
            plain, f"power/{method}", method=method
        )
        row["chips"] = run.on_chips(f"power/{method}", CHIPS)
    return found


def priced(text: str, price: str) -> str:
    """A source with one price of power."""
    head, word, tail = text.partition("energy_weight ")
    if not word:
        raise SystemExit("the example has no `energy_weight`: the benchmark has to follow it")
    return head + word + price + "\n" + tail.partition("\n")[2]


PARTS: dict[str, Callable[[Run], dict[str, Any]]] = {
    "fashion14": fashion14,
    "mnist14": mnist14,
    "iris_sky130": iris_sky130,
    "corners": corners,
    "proof": proof,
    "speed": speed,
    "power": power,
    "others": others,
}


def shown(found: Any, depth: int = 0) -> None:
    """What a person wants to see of the results."""
    for name, of in found.items():
        if isinstance(of, dict) and "chips" in of and isinstance(of["chips"], dict):
            score = of["chips"]["accuracy"]
            watts = of["power_w"]["all_sources"] * 1e6
            print(
                f"{'  ' * depth}{name}: nominal {score['nominal']:.2%}, chips {score['mean']:.2%},"
                f" tail {score['tail']:.2%}, worst {score['worst']:.2%}, {watts:.0f} uW",
                flush=True,
            )
        elif isinstance(of, dict) and "at" in of:
            at = ", ".join(f"{c} {x['nominal']:.2%} ({x['mean']:.2%})" for c, x in of["at"].items())
            print(f"{'  ' * depth}{name}: {at}")
        elif isinstance(of, dict):
            print(f"{'  ' * depth}{name}")
            shown(of, depth + 1)
        else:
            print(f"{'  ' * depth}{name}: {of}")


def main() -> None:
    """Measure parts, and write down what they came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two epochs, a few chips")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each network")
    parser.add_argument("--jobs", type=int, help="worker processes")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "chips")
    arguments = parser.parse_args()
    quick = arguments.quick
    run = Run(
        arguments.out,
        tuple(range(1, 1 + (1 if quick else arguments.seeds))),
        10 if quick else 200,
        500 if quick else 10_000,
        {"passes": "2"} if quick else {},
        arguments.jobs,
    )
    path = RESULTS / f"chips{'-quick' if quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for part in arguments.only:
        started = time.monotonic()
        found = PARTS[part](run)
        seconds = round(time.monotonic() - started, 1)
        content |= {"versions": versions(), "goals": GOALS}
        content[part] = {"seconds": seconds, "found": found}
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        print(f"{part}, {seconds:.0f} s")
        shown(found, 1)
        sys.stdout.flush()
    parts = {name: content.get(name, {}).get("found", {}) for name in PARTS}
    designs = {name: parts[name] for name in DESIGNS}
    text = rendered("chips.md.j2", versions=versions(), design=designs, **parts)
    if quick or not all(parts[name] for name in PARTS if name != "others"):
        print(text)  # the page is written of all parts, so that none is lost from it
        return
    rows = parts["power"] | parts["others"] | parts["fashion14"]
    figure(rows, PAGE.parent / "figures" / "chips.svg")
    page = put_section(PAGE.read_text(encoding="utf-8"), "chips", text)
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def figure(rows: dict[str, Any], path: Path) -> None:
    """Accuracy against power, of the mean of chips and of the lowest twentieth."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "chips"
    drawn = Figure((7, 4.2), layout="constrained")
    axes = drawn.add_subplot()
    ours = {name: row for name, row in rows.items() if name.startswith("for chips, `energy_weight")}
    taught = {name: row for name, row in rows.items() if name.startswith("for chips, seed")}
    groups = [
        (ours, "LATIM trained for chips, by the price of power", "#1f6feb"),
        (taught, "the example, with a teacher, by seeds", "#cf222e"),
    ]
    for name, colour in (("phax", "#8b949e"), ("rim", "#bf8700"), ("latim", "#1a7f37")):
        label = f"{name.upper()} as published"
        groups.append(({label: rows[f"{name} as published"]}, label, colour))
        if f"{name} for chips" in rows:
            label = f"{name.upper()} trained for chips"
            groups.append(({label: rows[f"{name} for chips"]}, label, colour))
    for members, label, colour in groups:
        points = sorted(
            ((r["power_w"]["all_sources"] * 1e6, r["chips"]["accuracy"]) for r in members.values()),
            key=lambda point: point[0],
        )
        watts = [point[0] for point in points]
        mean = [100 * point[1]["mean"] for point in points]
        tail = [100 * point[1]["tail"] for point in points]
        fill = "none" if label.endswith("published") else colour
        axes.plot(watts, mean, "o-", color=colour, mfc=fill, label=label)
        axes.plot(watts, tail, "v:", color=colour, mfc=fill, alpha=0.7)
    axes.set_xlabel("power of all sources, uW")
    axes.set_ylabel("accuracy of chips, %")
    axes.grid(alpha=0.3)
    axes.legend(title="mean (circles), one in twenty below (triangles)", fontsize="small")
    drawn.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
