"""What people wait for: from a text to a verified network, and a compile of what has not changed.

    python -m benchmarks.waiting [--only PART ...] [--runs 3] [--samples 100] [--out FOLDER]

`commands`: `imnnc --version`, `imnnc fmt` on 50 lines, and `imnnc compile` of what was compiled.
`iris`, `fashion14`: the examples from an empty cache, every pass of them.
`structure`: `imnnc check` of netlists of 784-100-10: every name is another, and one cell is off.
`training`: an epoch of LATIM over one of a plain MLP, and a step of equilibrium over one of LATIM.
`forward`: the exact forward pass of 784-100-10 over one of an MLP of that shape.
`verify`: samples of `fashion14` through its full and its reduced deck, as one sweep and as one
operating point each, turn about in this run: the ratio, and the largest difference of any node.

Medians of `--runs`; compiles from an empty cache run once each.  JSON goes to
`benchmarks/results/waiting.json` after each part.  Commands find their bytecode, as an installed
compiler does; their processor seconds say more than the clock where other work goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper import ROOT, versions
from imnnc.artifacts.reading import read_folder
from imnnc.circuit.names import layer_nets
from imnnc.emit.ngspice import read_flat_names
from imnnc.measure.copied import copied
from imnnc.measure.deck import Deck, deck_at
from imnnc.measure.reduction import Reduction
from imnnc.simulate.pool import open_simulator
from imnnc.simulate.sweep import LEAST_SAMPLES

RESULTS = ROOT / "benchmarks" / "results" / "waiting.json"
EXAMPLES = ROOT / "examples"
SHAPE = (784, 100, 10)
GOALS = {
    "version_s": 0.25,
    "fmt_s": 0.3,
    "unchanged_s": 0.6,
    "structure_s": 5.0,
    "epoch_ratio": 3.5,
    "step_ratio": 2.5,
    "forward_ratio": 6.0,
    "iris_s": 8.0,
    "fashion14_s": 110.0,
    "full_deck_ratio": 4.0,
    "reduced_deck_ratio": 10.0,
    "volts": 1e-9,
}


@dataclass(frozen=True)
class Run:
    """How often, and where things lie."""

    out: Path
    runs: int
    samples: int

    def command(self, *arguments: str, cache: Path | None = None) -> float:
        """Seconds of a command of its own."""
        environment = os.environ | ({} if cache is None else {"IMNNC_CACHE_DIR": str(cache)})
        environment |= {"PYTHONPYCACHEPREFIX": str(self.out / "bytecode")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "imnnc", *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return time.monotonic() - started

    def processor(self, *arguments: str) -> float:
        """Processor seconds of a command, its own processes and the system's part included."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.command(*arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def median(self, seconds: Callable[[], float]) -> float:
        """Of some runs."""
        return round(statistics.median(seconds() for _ in range(self.runs)), 3)


def commands(run: Run) -> dict[str, Any]:
    """Short ones."""
    long = run.out / "fifty.imnn"
    text = (EXAMPLES / "iris.imnn").read_text(encoding="utf-8")
    lines = 50 - text.count("\n")
    long.write_text(
        "".join(f"let c{x} = {x} * 2 mV\n" for x in range(lines)) + text, encoding="utf-8"
    )
    run.command("fmt", str(long))
    iris, folder = str(EXAMPLES / "iris.imnn"), str(run.out / "unchanged")
    run.command("compile", iris, "-o", folder)
    return {
        "version_s": run.median(lambda: run.command("--version")),
        "help_s": run.median(lambda: run.command("--help")),
        "fmt_s": run.median(lambda: run.command("fmt", "--check", str(long))),
        "unchanged_s": run.median(lambda: run.command("compile", iris, "-o", folder)),
        "unchanged_processor_s": run.median(lambda: run.processor("compile", iris, "-o", folder)),
    }


def cold(name: str) -> Callable[[Run], dict[str, Any]]:
    """A compile of an example with an empty cache."""

    def measure(run: Run) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as cache:
            source, folder = EXAMPLES / f"{name}.imnn", run.out / name
            seconds = run.command("compile", str(source), "-o", str(folder), cache=Path(cache))
        timings = json.loads((folder / "timings.json").read_text(encoding="utf-8"))
        passes = {each["pass"]: each["seconds"] for each in timings["passes"]}
        return {"seconds": round(seconds, 1), "passes": passes}

    return measure


def structure(run: Run) -> dict[str, Any]:
    """Of the netlists of `benchmarks.golden_check`, once each."""
    from benchmarks.golden_check import measure

    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(list(SHAPE), Path(scratch))
    return {"structure_s": rows[-1]["seconds"], "netlists": rows}


def training(run: Run) -> dict[str, Any]:
    """Epochs turn about, then steps of two networks."""
    from benchmarks import equilibrium, training_speed

    epochs, steps = training_speed.measured(run.runs), equilibrium.training()
    ratios = {name: ratio for name, ratio in steps.items() if name.endswith("_ratio")}
    return {
        "epoch_ratio": round(epochs["ratio"], 2),
        "step_ratio": round(max(ratios.values()), 2),
        "epochs": epochs,
        "steps": steps,
    }


def forward(run: Run) -> dict[str, Any]:
    """Batches of 1000 samples, both on one thread."""
    from benchmarks import equilibrium
    from imnnc.physics.threads import one_thread

    with one_thread():
        solve, plain = equilibrium.forward_pass(*equilibrium.timed())
    return {"forward_ratio": round(solve / plain, 2), "solve_s": solve, "mlp_s": plain}


def verify(run: Run) -> dict[str, Any]:
    """Samples of `fashion14`, swept and one by one."""
    folder = run.out / "fashion14"
    if not (folder / "params.npz").exists():
        run.command("compile", str(EXAMPLES / "fashion14.imnn"), "-o", str(folder))
    stored, plan = read_folder(folder)
    names = read_flat_names(folder, plan.network.name)
    probes = [
        names.probe(net)
        for layer in plan.network.layers
        for node in ("net", "minus", "plus")
        for net in layer_nets(layer.name, node, layer.width)  # type: ignore[arg-type]
    ]
    with copied(folder, None) as copy:
        full = deck_at(copy, plan.network, None)
        reduced = Reduction(copy, plan.network, stored.program, plan).reduced(full)
        inputs = plan.stimuli.inputs_volts[: run.samples]
        return {
            label: swept_against_single(deck, inputs, plan.supply_volts, probes, run.runs)
            for label, deck in (("full_deck", full), ("reduced_deck", reduced))
        }


def swept_against_single(
    deck: Deck, inputs: np.ndarray[Any, Any], supply_volts: float, probes: list[str], runs: int
) -> dict[str, Any]:
    """Seconds a sample on one process, and the largest difference of a node in volts."""
    values = deck.stimuli(inputs, supply_volts)
    few = LEAST_SAMPLES - 1  # are simulated one by one
    swept, single, worst = [], [], 0.0
    with open_simulator(deck.testbench, "pyspice", 600.0) as simulator:
        simulator.operating_points(deck.sources, values[:1], probes)
        for _ in range(runs):
            started = time.monotonic()
            found = simulator.operating_points(deck.sources, values, probes)
            swept.append((time.monotonic() - started) / len(values))
            started = time.monotonic()
            alone = np.concatenate(
                [
                    simulator.operating_points(deck.sources, values[start : start + few], probes)
                    for start in range(0, len(values), few)
                ]
            )
            single.append((time.monotonic() - started) / len(values))
            worst = max(worst, float(np.abs(found - alone).max()))
    return {
        "swept_s": round(statistics.median(swept), 5),
        "single_s": round(statistics.median(single), 5),
        "ratio": round(statistics.median(single) / statistics.median(swept), 2),
        "difference_v": worst,
    }


PARTS: dict[str, Callable[[Run], dict[str, Any]]] = {
    "commands": commands,
    "iris": cold("iris"),
    "fashion14": cold("fashion14"),
    "structure": structure,
    "training": training,
    "forward": forward,
    "verify": verify,
}


def main() -> None:
    """Measure parts, and write down what they came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--samples", type=int, default=100, help="of `verify`, at most 100")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "waiting")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.out, arguments.runs, arguments.samples)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    content = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for part in arguments.only:
        found = PARTS[part](run)
        content |= {"versions": versions(), "goals": GOALS}
        content[part] = {"load_average": os.getloadavg()[0], "found": found}
        RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        print(part, json.dumps(found, indent=2))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
