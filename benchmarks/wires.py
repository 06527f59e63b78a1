"""Crossbars with wires: exactness against ngspice, time against others, accuracy of training.

    python -m benchmarks.wires [--quick] [--train] [--json FILE]

Networks are random ones of three layers, cells from 0.12 to 100 uS: with wires, r from 1 to 20 Ohm,
both layouts; and with cells that bend, b from 0.05 to 3 / V.  Of every second one up to 80 % of the
cells leak 1 nS.  ngspice solves their complete netlists.  The crossbar of 394 x 100 has the shape
of that of `fashion14`; ngspice's `op` of it takes some eight minutes.  badcrossbar solves the same
array with its columns grounded.  Times are medians of 5 on one thread.  `--train` trains LATIM on
all images of Fashion-MNIST at 14 x 14, with wires of 10 Ohm and cells of 1 to 8 uS in mind and
without, for 14 epochs.  `--quick` takes 20 networks, leaves out the `op`, and trains for 1 epoch on
5,000 images.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
import tracemalloc
from dataclasses import replace
from itertools import count, pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.equilibrium import Deck, curves, median_seconds, network, nodes
from imnnc.circuit.ir import CellArray, VoltageSource
from imnnc.data import load_dataset
from imnnc.design import Memristor, TrainSpec
from imnnc.emit.ngspice import NGSPICE
from imnnc.encoding import DataSpec, Encoding
from imnnc.lang import load_technology
from imnnc.methods.choice import trainable
from imnnc.methods.training import Samples, split_validation, train
from imnnc.parasitics import Parasitics, Wires
from imnnc.passes.fit_vtc import largest_load
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.inverter import Inverter
from imnnc.physics.memristor import program
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.table import InverterTable
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import VtcModel
from imnnc.physics.wires import exact
from imnnc.simulate.characterize import characterize
from imnnc.simulate.ngspice import run_deck

FASHION14 = (196, 100, 10)
ANY = Memristor("any", 1e-9, 1e-3, None, 0.0)
CONDUCTIVE = Memristor("conductive", 1e-6, 8e-6, None, 0.0)
TEN_OHMS = Wires(10.0, 10.0, None, "interleaved")
LEAK_SIEMENS = 1e-9
STEPS = 200  # of training that are timed, in which wires are solved twice


def random_network(seed: int, bent: bool = False) -> tuple[NetworkParameters, tuple[int, ...]]:
    """Three layers with wires, or with cells that bend, every property drawn."""
    random = np.random.default_rng(seed)
    widths = (int(random.integers(4, 17)), *(int(x) for x in random.integers(3, 17, 2)), 3)
    low, high = np.sort(10 ** random.uniform(np.log10(1.2e-7), -4, 2))
    layers, wires = [], []
    names = [layer.name for layer in network(widths).layers]
    for number, (rows, columns) in enumerate(pairwise(widths)):
        plus, minus = 10 ** random.uniform(np.log10(low), np.log10(high), (2, rows + 1, columns))
        # Inverters that can drive these cells.
        sizes = np.round(random.uniform(1, 10, (2, columns)) * max(1.0, high / 1e-6))
        layers.append(LayerParameters(names[number], plus, minus, sizes[0], sizes[1]))
        ohms = 10 ** random.uniform(0, np.log10(20), 2)
        driver = [None, float(10 ** random.uniform(1, 3))][int(random.integers(2))]
        layout = ("interleaved", "halves")[int(random.integers(2))]
        wires.append(Wires(float(ohms[0]), float(ohms[1]), driver, layout))  # type: ignore[arg-type]
    if seed % 2:
        share = float(random.uniform(0, 0.8))
        layers = [_with_leaks(layer, share, random) for layer in layers]
    per_volt = float(10 ** random.uniform(np.log10(0.05), np.log10(3.0)))
    built = Parasitics(sinh_per_volt=per_volt) if bent else Parasitics(None, tuple(wires))
    return NetworkParameters(tuple(layers), built), widths


def _with_leaks(
    layer: LayerParameters, share: float, random: np.random.Generator
) -> LayerParameters:
    """The layer with about this share of its cells unformed."""
    plus, minus = (
        np.where(random.random(x.shape) < share, LEAK_SIEMENS, x)
        for x in (layer.g_plus_siemens, layer.g_minus_siemens)
    )
    return replace(layer, g_plus_siemens=plus, g_minus_siemens=minus)


def exactness(networks: int, bent: bool = False) -> dict[str, Any]:
    """The largest difference of any node from ngspice's over random networks."""
    solver = OperatingPointSolver(Inverter(characterize(load_technology("lvt90"))))
    worst = []
    for seed in range(networks):
        drawn, widths = random_network(seed, bent)
        found = program(drawn, ANY).parameters()
        inputs = np.random.default_rng(seed).uniform(-0.25, 0.25, (1, widths[0]))
        with tempfile.TemporaryDirectory() as folder:
            deck = Deck(found, widths, "tt", Path(folder), inputs, memristor=ANY)
            simulated, _ = deck.operating_points(inputs)
        worst.append(float(np.abs(nodes(solver, found, inputs) - simulated).max()))
    what = "cells that bend" if bent else "wires"
    print(
        f"{networks} networks with {what}: {max(worst):.2e} V at worst,"
        f" median {statistics.median(worst):.2e}"
    )
    return {
        "networks": networks,
        "max_error_v": max(worst),
        "median_max_error_v": statistics.median(worst),
    }


def cells(rows: int, columns: int) -> FloatArray:
    return np.random.default_rng(1).uniform(1.2e-7, 1e-6, (rows, columns))


def solve(rows: int, columns: int) -> float:
    """Seconds of T, of cells that were not seen before."""
    number = iter(range(1, 100))

    def once() -> object:
        return exact(cells(rows, columns) * next(number), Wires(2.0, 2.0)).column_shares

    return median_seconds(once)


def memory() -> float:
    """Megabytes of arrays at most, while 1570 x 100 is solved."""
    g = cells(1570, 100)
    tracemalloc.start()
    assert len(exact(g, Wires(2.0, 3.0)).column_shares) == 100  # not solved before
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def crossbar_alone(with_ngspice: bool) -> dict[str, float]:
    """T of 394 x 100, and a further input vector through it, against others."""
    g, volts = cells(394, 100), np.random.default_rng(2).uniform(-0.25, 0.25, 394)
    found: dict[str, float] = {"t_394x100_s": solve(394, 100), "t_1570x100_s": solve(1570, 100)}
    found["t_1570x100_mb"] = memory()
    shares = exact(g, Wires(2.0, 2.0)).column_shares
    found["vector_s"] = median_seconds(lambda: [shares @ volts for _ in range(1000)]) / 1000
    try:
        import badcrossbar
    except ModuleNotFoundError:
        print("badcrossbar is not installed")
    else:
        logging.getLogger("badcrossbar").setLevel(logging.WARNING)
        start = time.perf_counter()
        badcrossbar.compute(volts[:, None], 1 / g, r_i=2.0, node_voltages=False, all_currents=False)
        found["badcrossbar_vector_s"] = time.perf_counter() - start
        found["vector_times_badcrossbar"] = found["badcrossbar_vector_s"] / found["vector_s"]
    if with_ngspice:
        found |= _operating_point(g, volts, found["t_394x100_s"])
    for name, value in found.items():
        print(f"{name:28} {value:.3g}")
    return found


def _operating_point(g: FloatArray, volts: FloatArray, ours: float) -> dict[str, float]:
    rows, columns = (tuple(f"{x}{i}" for i in range(n)) for x, n in zip("rc", g.shape, strict=True))
    wires = Wires(2.0, 2.0)
    array = CellArray("x", rows, columns, 1 / g, wires=wires)
    lines = ["* a crossbar", ".options gmin=1e-18 abstol=1e-18 reltol=1e-7 vntol=1e-12"]
    lines += [
        NGSPICE.format_item(VoltageSource(r, r, "0", float(v)), "")
        for r, v in zip(rows, volts, strict=True)
    ]
    lines += [*NGSPICE.format_wires(array), *NGSPICE.format_cell_rows(array)]
    names = [f"v({c})" for c in columns]
    lines += [".control", "op", f"write result.raw {' '.join(names)}", "quit", ".endc", ".end"]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run = run_deck("\n".join(lines), workdir=Path(folder), timeout_seconds=3600)
        seconds = time.perf_counter() - start
    simulated = np.array([vector[0].real for vector in run.require(names, points=1)])
    error = float(np.abs(simulated - exact(g, wires).column_shares @ volts).max())
    return {"ngspice_op_s": seconds, "t_times_ngspice": seconds / ours, "t_error_v": error}


def images() -> tuple[Samples, FloatArray, np.ndarray[Any, Any]]:
    """Fashion-MNIST at 14 x 14: training samples, inputs in volts, classes of test images."""
    swing = Encoding(0.0, 1.0, -0.25, 0.25)
    spec = DataSpec("fashion-mnist", None, None, None, None, 2, None, None, swing, swing)
    found = load_dataset(spec, network(FASHION14), "cross_entropy", 1).dataset
    training = Samples(found.train_inputs, found.train_targets)
    return training, found.test_inputs.astype(float), found.test_targets


def with_wires(of: NetworkParameters, wires: Wires | None) -> NetworkParameters:
    every = None if wires is None else (wires,) * len(of.layers)
    return replace(of, parasitics=replace(of.parasitics, wires=every))


def latim(memristor: Memristor, vtc: VtcModel, wires: Wires | None) -> Any:
    every = None if wires is None else (wires,) * 2
    wired = replace(memristor, parasitics=Parasitics(None, every))
    return trainable("latim", network(FASHION14), wired, vtc, 1)


def speed() -> dict[str, float]:
    """10,000 images by exact operating points, and a step of training, with wires and without.

    Wires are solved anew in each run, as for a network that was not seen before.
    """
    table = characterize(load_technology("lvt90"))
    vtc = curves(FASHION14, table)
    solver = OperatingPointSolver(Inverter(table))
    memristor = Memristor("tio2", 1.2e-7, 1e-6, None, 0.0)
    training, inputs, _ = images()
    cells_of = latim(memristor, vtc, None).found()
    others = (Wires(2.0 + number / 1000, 2.0) for number in count())
    found: dict[str, float] = {}
    for name, wires in (("without", repeat(None)), ("with", others)):
        found[f"images_{name}_s"] = median_seconds(
            lambda of=wires: solver.solve(with_wires(cells_of, next(of)), inputs)
        )
        found[f"step_{name}_s"] = (
            median_seconds(
                lambda of=wires: _steps(latim(memristor, vtc, next(of)), table, training), 3
            )
            / STEPS
        )
    for what in ("images", "step"):
        found[f"{what}_ratio"] = found[f"{what}_with_s"] / found[f"{what}_without_s"]
        print(f"{what}: with wires {found[f'{what}_ratio']:.2f} times as long")
    return found


def _steps(model: Any, table: InverterTable, training: Samples) -> None:
    """`STEPS` steps of training, in one epoch, and its validation on few samples."""
    spec = TrainSpec("latim", "cross_entropy", epochs=1, energy_weight=0.0)
    few = slice(STEPS * spec.batch)
    with tempfile.TemporaryDirectory() as folder:
        train(
            model,
            Inverter(table, torch.float32),
            Samples(training.inputs[few], training.targets[few]),
            Samples(training.inputs[:100], training.targets[:100]),
            spec,
            checkpoint=Path(folder) / "checkpoint.pt",
            on_progress=lambda _: None,
        )


def trained(epochs: int, limit: int | None) -> dict[str, float]:
    """Accuracy of circuits on all test images, trained for wires of 10 Ohm and not."""
    table = characterize(load_technology("lvt90"))
    scales = curve_scales(table, largest_load(network(FASHION14), CONDUCTIVE))
    fits = [fit_curve(table, scales, hidden=24, terms=5, rounds=1, seed=seed) for seed in (1, 2)]
    vtc = VtcModel("tt", *fits)
    samples, inputs, classes = images()
    training, held = split_validation(samples.inputs[:limit], samples.targets[:limit], 0.1, 1)
    solver = OperatingPointSolver(Inverter(table))
    found: dict[str, float] = {}
    for name, wires in (("without", None), ("with", TEN_OHMS)):
        model = latim(CONDUCTIVE, vtc, wires)
        with tempfile.TemporaryDirectory() as folder:
            train(
                model,
                Inverter(table, torch.float32),
                training,
                held,
                TrainSpec("latim", "cross_entropy", epochs=epochs, energy_weight=0.0),
                checkpoint=Path(folder) / "checkpoint.pt",
                on_progress=lambda _: None,
            )
        for circuit, of in (("ideal", None), ("wired", TEN_OHMS)):
            readout = solver.solve(with_wires(model.found(), of), inputs).require().layers[-1].minus
            found[f"trained_{name}_{circuit}"] = float((readout.argmax(1) == classes).mean())
            print(
                f"trained {name} wires, circuit {circuit}: {found[f'trained_{name}_{circuit}']:.2%}"
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/wires.json"))
    arguments = parser.parse_args()
    quick = arguments.quick
    with one_thread():
        found: dict[str, Any] = {
            "exactness": exactness(20 if quick else 200),
            "exactness_bent": exactness(20 if quick else 200, bent=True),
            "crossbar": crossbar_alone(not quick),
            "speed": speed(),
        }
        if arguments.train:
            found["trained"] = trained(1 if quick else 14, 5000 if quick else None)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
