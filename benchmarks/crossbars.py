"""Crossbars as they are built, four methods: wires of 0, 1 and 5 Ohm, and cells left unformed.

    python -m benchmarks.crossbars [--quick] [--jobs N] [--out FOLDER]

Trains `fashion14` and `mnist14` by PHAX, RIM, LATIM and equilibrium, seed 1, with wires and with
shares of the first crossbar's cells left unformed, and writes the section of `docs/results.md`
that says what came of it, and JSON to `benchmarks/results/crossbars.json`.  Learning rate, price of
power, nominal load and RIM's resistor are those that `make paper` has chosen on validation samples
for ideal crossbars, which is run first; equilibrium has LATIM's.  Accuracies are of the circuit on
all 10,000 test images, by exact operating points; errors, power and energy are ngspice's, on 100
samples.  What was done is taken from the cache.  `--quick` trains for two epochs, on `mnist14`
alone, at what the sources say first.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.paper import PAGE, ROOT, put_section, rendered, versions
from imnnc import api
from imnnc.artifacts.reading import read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE
from imnnc.data import load_dataset
from imnnc.design import Design
from imnnc.lang import load_design
from imnnc.methods.training import score
from imnnc.parasitics import Wires
from imnnc.physics.inverter import Inverter
from imnnc.physics.operating_point import OperatingPointSolver

NETWORKS = ("fashion14", "mnist14")
METHODS = ("phax", "rim", "latim", "equilibrium")
SAMPLES = 100  # that ngspice simulates


@dataclass(frozen=True)
class Variant:
    """How the arrays are built: resistance of a segment, or the share of cells unformed."""

    name: str
    ohms: float | None = None
    unformed: float | None = None


VARIANTS = (
    Variant("ideal"),
    Variant("wires of 1 Ohm", ohms=1.0),
    Variant("wires of 5 Ohm", ohms=5.0),
    Variant("80 % unformed", unformed=0.8),
    Variant("90 % unformed", unformed=0.9),
)


@dataclass(frozen=True)
class Job:
    """One network, trained by one method for arrays of one kind."""

    network: str
    method: str
    variant: Variant
    kept: tuple[tuple[str, float], ...] | None  # settings of training; None: the source's own
    define: tuple[tuple[str, str], ...]
    out: Path

    def adapt(self, design: Design) -> Design:
        """The source's design, its arrays and its training as this job has them."""
        train = replace(design.train, sweeps=(), **dict(self.kept or ()))  # type: ignore[arg-type]
        layers, memristor = list(design.network.layers), design.memristor
        if self.variant.unformed is not None:
            layers[0] = replace(layers[0], unformed=(self.variant.unformed,))
        if self.variant.ohms is not None:
            wires = (Wires(self.variant.ohms, self.variant.ohms),) * len(layers)
            memristor = replace(memristor, parasitics=replace(memristor.parasitics, wires=wires))
        return replace(
            design,
            network=replace(design.network, layers=tuple(layers)),
            memristor=memristor,
            trains=(train,),
        )

    def run(self) -> dict[str, Any]:
        """Its figures, from `compare.json` and by exact operating points."""
        folder = self.out / self.network / self.variant.name.replace(" ", "-") / self.method
        found = api.compare(
            self._source,
            folder,
            methods=(self.method,),
            seeds=(1,),
            samples=SAMPLES,
            define=dict(self.define),
            reduce=True,
            jobs=1,
            adapt=self.adapt,
        )
        figures = found["methods"][self.method]
        not_in_mind = {}
        if self.variant == VARIANTS[0]:
            design = self.adapt(load_design(self._source, dict(self.define), method=self.method))
            for variant in VARIANTS:
                if variant.ohms is not None:
                    compiled = folder / f"{self.method}-seed1"
                    not_in_mind[variant.name] = with_wires(compiled, variant.ohms, design)
        return {
            "accuracy": figures["test_set"]["circuit"]["mean"],
            "accuracy_simulated": figures["accuracy"]["simulated"]["mean"],
            "error_v": figures["prediction_error_v"]["rms"]["mean"],
            "power_w": {key: x["mean"] for key, x in figures["power_w"].items()},
            "energy_j": {key: x["mean"] for key, x in figures["energy_j"].items()},
            "delay_s": figures["delay_s"]["mean"],
            **({"with_wires_not_in_mind": not_in_mind} if not_in_mind else {}),
        }

    @property
    def _source(self) -> Path:
        return ROOT / "examples" / f"{self.network}.imnn"


def with_wires(folder: Path, ohms: float, design: Design) -> float:
    """Accuracy on all test images of a compiled circuit once its crossbars have wires."""
    assert design.data is not None
    stored = read_stored(folder / PARAMETERS_FILE)
    ideal = stored.program.parameters()
    wires = (Wires(ohms, ohms),) * len(ideal.layers)
    parameters = replace(ideal, parasitics=replace(ideal.parasitics, wires=wires))
    train = design.train
    data = load_dataset(design.data, design.network, train.loss, train.seed).dataset
    solver = OperatingPointSolver(Inverter(stored.table))
    found = solver.solve(parameters, data.test_inputs.astype("float64")).require()
    return score(found.layers[-1].minus, data.test_targets, train)


def kept(network: str, method: str) -> tuple[tuple[str, float], ...] | None:
    """What `make paper` has chosen for the method, by the names of `TrainSpec`."""
    path = ROOT / "benchmarks" / "results" / "paper.json"
    found = json.loads(path.read_text(encoding="utf-8"))["comparisons"][network]["methods"]
    chosen = found["latim" if method == "equilibrium" else method]
    settings = dict(chosen["chosen"])
    point = chosen["nominal"]
    if point is not None:
        settings["load_ohms"] = point["load_ohms"]
        if point["resistor_ohms"] is not None:
            settings["resistor_ohms"] = point["resistor_ohms"]
    return tuple(sorted(settings.items()))


def main() -> None:
    """Run everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a look at it in some minutes")
    parser.add_argument("--jobs", type=int, default=2, help="compiles side by side")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "crossbars")
    arguments = parser.parse_args()
    quick = arguments.quick
    networks = NETWORKS[1:] if quick else NETWORKS
    define = (("passes", "2"),) if quick else ()
    # The longest first.
    jobs = [
        Job(name, method, x, None if quick else kept(name, method), define, arguments.out)
        for method in reversed(METHODS)
        for name in networks
        for x in reversed(VARIANTS)
    ]
    rows: dict[str, dict[str, dict[str, Any]]] = {
        name: {x.name: dict.fromkeys(METHODS) for x in VARIANTS}  # type: ignore[misc]
        for name in networks
    }
    results = ROOT / "benchmarks" / "results" / f"crossbars{'-quick' if quick else ''}.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context) as pool:
        running = {pool.submit(Job.run, job): job for job in jobs}
        for number, future in enumerate(as_completed(running), 1):
            job = running[future]
            row = rows[job.network][job.variant.name][job.method] = future.result()
            seconds = round(time.monotonic() - started, 1)
            content = {"versions": versions(), "seconds": seconds, "networks": rows}
            results.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            print(
                f"{number}/{len(jobs)} {job.network}, {job.method}, {job.variant.name}:"
                f" {row['accuracy']:.2%}, {seconds:.0f} s so far",
                file=sys.stderr,
                flush=True,
            )
    text = rendered("crossbars.md.j2", rows=rows, versions=versions(), samples=SAMPLES)
    if quick:
        print(text)
    else:
        page = put_section(PAGE.read_text(encoding="utf-8"), "crossbars", text)
        PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
