"""The solver, training and chips on a device against the processor, of the same machine.

    python -m benchmarks.devices [--device cuda] [--keep FILE] [--only solver] [--json FILE]

Everything on Fashion-MNIST and `lvt90`.  The solver finds all nodes of 10,000 test images through a
random 784-100-10: by compiled loops and on torch, with one thread and with all, and in chunks of
several sizes on the device.  Training is that of `fashion14`, 196-100-10: a step of several batch
sizes, an epoch over its steps, and the accuracy after three epochs of 54,000 images.  Chips are
those of that network, 1,000 test images each, in this process and in workers.

Times are medians of three after one run that warms up; of chips in workers they are of one run.
ngspice measures the inverter once; `--keep` keeps its tables in a file, which a machine without
ngspice can be given.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from imnnc.data import load_dataset
from imnnc.design import Design, InputPort, TrainSpec
from imnnc.engine.progress import Silence
from imnnc.engine.workers import Alone, LocalProcesses, Workers
from imnnc.lang import load_design
from imnnc.measure.chips import ChipPlan, Subject, measure_chips
from imnnc.methods.choice import trainable
from imnnc.methods.training import Samples, split_validation, train
from imnnc.passes.fit_vtc import largest_load
from imnnc.physics import settle
from imnnc.physics.chips import Spread
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.devices import find_device
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import apart
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import OperatingPoints, OperatingPointSolver
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import TableModel, VtcModel
from imnnc.simulate.characterize import characterize

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"
RUNS = 3
SOLVED, CHUNKS = 10_000, (400_000, 2_000_000, 8_000_000, 32_000_000)
STEPS, BATCHES = 100, (128, 1024, 8192)
CHIPS, CHIP_SAMPLES, FEW_CHIPS = 1000, 1000, 24
SPREAD = Spread(0.035, 0.025, 0.03)
Known = tuple[InverterTable, VtcModel]


def measured_curves(design: Design) -> Known:
    """The inverter, and curves of it; how well they fit does not change how long they take."""
    table = characterize(design.technology)
    scales = curve_scales(table, largest_load(design.network, design.memristor))
    curve = fit_curve(table, scales, hidden=24, terms=5, rounds=1, seed=1)
    return table, VtcModel("tt", curve, curve)


def seconds(done: Callable[[], object], runs: int = RUNS) -> float:
    """The median after one run that warms up; results are on the processor, so none is pending."""
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        done()
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])


def on_torch(solve: Callable[[], OperatingPoints]) -> Callable[[], OperatingPoints]:
    """The same without compiled loops."""

    def solved() -> OperatingPoints:
        kept = settle.Settler.compiled_for
        settle.Settler.compiled_for = lambda _settler, _like: False  # type: ignore[method-assign]
        try:
            return solve()
        finally:
            settle.Settler.compiled_for = kept  # type: ignore[method-assign]

    return solved


def solver(design: Design, known: Known, device: str) -> dict[str, Any]:
    """10,000 operating points of 784-100-10, and how far those of the device are off."""
    table, curves = known
    large = replace(design.network, input=InputPort("pixels", 784, -0.25, 0.25))
    assert design.data is not None
    data = load_dataset(replace(design.data, pool=1), large, "cross_entropy", 1).dataset
    inputs = data.test_inputs[:SOLVED].astype(np.float64)
    of = trainable("latim", large, design.memristor, curves, 1).found()
    found: dict[str, Any] = {}

    def solving(where: str, chunk: int | None = None) -> Callable[[], OperatingPoints]:
        by = OperatingPointSolver(Inverter(table), device=where, chunk_numbers=chunk)
        return lambda: by.solve(of, inputs)

    here = solving("cpu")
    exact = here().require()
    for threads in (1, os.cpu_count() or 1):
        torch.set_num_threads(threads)
        found[f"cpu, numba, {threads} threads, s"] = seconds(here)
        found[f"cpu, torch, {threads} threads, s"] = seconds(on_torch(here), 1)
    for chunk in CHUNKS:
        there = solving(device, chunk)
        found[f"{device}, compiled, chunks of {chunk}, s"] = seconds(there)
        found[f"{device}, torch, chunks of {chunk}, s"] = seconds(on_torch(there), 1)
    for name, way in (("compiled", solving(device)), ("torch", on_torch(solving(device)))):
        other = way().require()
        found[f"{device}, {name}, worst node, V"] = max(
            float(np.abs(a - b).max())
            for nodes, others in zip(exact.layers, other.layers, strict=True)
            for a, b in zip(nodes, others, strict=True)
        )
    return found


def trained(
    design: Design,
    known: Known,
    spec: TrainSpec,
    samples: tuple[Samples, Samples],
    device: str,
) -> tuple[NetworkParameters, float]:
    """A network, and its accuracy on the validation samples."""
    table, curves = known
    of = curves if spec.method == "latim" else TableModel(table)
    model = trainable(spec.method, design.network, design.memristor, of, 1)
    with TemporaryDirectory() as folder:
        epochs = train(
            model,
            Inverter(table, torch.float32),
            *samples,
            spec,
            checkpoint=Path(folder) / "checkpoint.pt",
            on_progress=lambda _: None,
            device=device,
        )
    return model.found(), epochs[-1].score


def training(
    design: Design, known: Known, samples: tuple[Samples, Samples], device: str
) -> dict[str, Any]:
    """Steps of both methods, and whole trainings by LATIM."""
    used, held = samples
    few = Samples(held.inputs[:1], held.targets[:1])
    found: dict[str, Any] = {}
    for method in ("latim", "equilibrium"):
        for batch in BATCHES:
            steps = STEPS if batch < BATCHES[-1] else 6
            repeated = np.arange(batch * steps) % len(used.inputs)
            some = Samples(used.inputs[repeated], used.targets[repeated])
            spec = TrainSpec(method, "cross_entropy", epochs=1, batch=batch)  # type: ignore[arg-type]
            for where in ("cpu", device):
                runs = 1 if method == "equilibrium" and where == "cpu" else RUNS
                took = seconds(
                    lambda spec=spec, some=some, where=where: trained(  # type: ignore[misc]
                        design, known, spec, (some, few), where
                    ),
                    runs,
                )
                found[f"{method}, batch {batch}, {where}, ms a step"] = 1e3 * took / steps
    spec = TrainSpec("latim", "cross_entropy", epochs=3, batch=128)
    every = [trained(design, known, spec, samples, where) for where in ("cpu", device, device)]
    for (_, accuracy), where in zip(every[:2], ("cpu", device), strict=True):
        found[f"latim, 3 epochs, {where}, accuracy"] = accuracy
    again = zip(every[1][0].layers, every[2][0].layers, strict=True)
    found[f"latim, {device} twice, the same bits"] = all(
        (one.g_plus_siemens == other.g_plus_siemens).all() for one, other in again
    )
    return found


def chips(
    design: Design, known: Known, samples: tuple[Samples, Samples], test: Samples, device: str
) -> dict[str, Any]:
    """Chips in this process on one thread, and 1,000 of them in workers."""
    table, _ = known
    spec = TrainSpec("latim", "cross_entropy", epochs=2, batch=128)
    parameters, _ = trained(design, known, spec, samples, "cpu")
    subject = Subject(parameters, table, apart(table), SPREAD)
    inputs: FloatArray = test.inputs[:CHIP_SAMPLES].astype(np.float64)
    found: dict[str, Any] = {}
    scores = {}

    def measured(count: int, workers: Workers, where: str) -> FloatArray:
        plan = ChipPlan(inputs, test.targets[:CHIP_SAMPLES], "cross_entropy", 1, count)
        plan = replace(plan, by_cause=False)
        return measure_chips("chips", subject, plan, workers, Silence(), where).scores

    for where in ("cpu", device):
        scores[where] = measured(FEW_CHIPS, Alone(), where)
        took = seconds(lambda where=where: measured(FEW_CHIPS, Alone(), where))  # type: ignore[misc]
        found[f"{where}, in this process, ms a chip"] = 1e3 * took / FEW_CHIPS
    found["largest difference of an accuracy"] = float(np.abs(scores["cpu"] - scores[device]).max())
    cores = os.cpu_count() or 1
    for where, jobs in (("cpu", cores), (device, 1), (device, 4), (device, 8)):
        with LocalProcesses(jobs) as workers:
            start = time.perf_counter()
            measured(CHIPS, workers, where)
            found[f"{where}, {CHIPS} chips, {jobs} workers, s"] = time.perf_counter() - start
    return found


def machine(device: str) -> dict[str, Any]:
    """What computed."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "device": find_device(device).model or device,
        "torch": torch.__version__,
        "compiled for the device": device.startswith("cuda")
        and settle.cuda_loops(torch.device(device).index or 0) is not None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", choices=("solver", "training", "chips"))
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/devices.json"))
    arguments = parser.parse_args()
    design, keep, device = load_design(EXAMPLE), arguments.keep, arguments.device
    find_device(device)
    if keep is not None and keep.exists():
        known: Known = pickle.loads(keep.read_bytes())
    else:
        known = measured_curves(design)
        if keep is not None:
            keep.write_bytes(pickle.dumps(known))
    assert design.data is not None
    data = load_dataset(design.data, design.network, "cross_entropy", 1).dataset
    samples = split_validation(data.train_inputs, data.train_targets, 0.1, 1)
    test = Samples(data.test_inputs, data.test_targets)
    figures: dict[str, Any] = {"machine": machine(device)}
    for name, part in (
        ("solver", lambda: solver(design, known, device)),
        ("training", lambda: training(design, known, samples, device)),
        ("chips", lambda: chips(design, known, samples, test, device)),
    ):
        if arguments.only in (None, name):
            begun = time.perf_counter()
            figures[name] = part()
            for what, value in figures[name].items():
                print(f"{name}: {what}: {value:.4g}", flush=True)
            print(f"{name}: measured in {time.perf_counter() - begun:.0f} s", flush=True)
            arguments.json.parent.mkdir(parents=True, exist_ok=True)
            arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
