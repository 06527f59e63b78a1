"""The equilibrium solver against ngspice, against a plain MLP, and in training against LATIM.

    python -m benchmarks.equilibrium [--quick] [--json FILE]

Everything on Fashion-MNIST and `lvt90`.  Networks are random, or trained by LATIM on 5,000 images
for 3 epochs.  ngspice solves the complete flat netlist with the tight options of every testbench;
its time an operating point is that of further samples once the deck is loaded.  Times are medians
of 5 after one run that warms up; `--quick` leaves out the largest network and all corners but one.

Profile of a solve of 784-100-10, batch 1000, float64, which takes 19 ms on two cores: compiled
Newton steps 40 %, the products with crossbars 20 %, the first guess 4 %, matrices of the columns
and their solution 13 %, the rest copies and dispatch.  Two rounds of the columns suffice.  What
made it fast, in this order: compiled loops (16 ns an output that has begun well; on torch 300 ns a
step), a Newton step on the columns instead of substitution (2 rounds instead of 8 to 12), a table
to begin from, outputs that follow the columns to first order between rounds, and a cubic in V_out
that is made once a cell of the table instead of sixteen coefficients a step.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.names import layer_nets, rail_pair_nets
from imnnc.circuit.reduce import row_volts
from imnnc.data import load_dataset
from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, Technology, TrainSpec
from imnnc.emit.dialect import Header
from imnnc.emit.ngspice import flat_names, write_netlist, write_reduced_deck, write_testbench
from imnnc.encoding import DataSpec, Encoding
from imnnc.lang import load_technology
from imnnc.methods.choice import trainable
from imnnc.methods.training import Samples, train
from imnnc.models.layout import copy_models
from imnnc.passes.fit_vtc import largest_load
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.inverter import Inverter
from imnnc.physics.memristor import program
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import TableModel, VtcModel
from imnnc.simulate.characterize import characterize
from imnnc.simulate.pool import open_simulator

MEMRISTOR = Memristor("tio2", 1 / 8.33e6, 1e-6, None, 0.0)
CORNERS = ("tt", "ff", "ss", "sf", "fs")
SHAPES = ((196, 100, 10), (784, 100, 10), (784, 300, 100, 10))
TIMED = (784, 100, 10)
RUNS = 5
BATCH = 1000
TIMEOUT = 600.0
FEW = 2


def network(widths: tuple[int, ...]) -> Network:
    names = [*(f"hidden{i}" for i in range(len(widths) - 2)), "label"]
    layers = [
        Layer(name, width, InverterSizes(1, 10))
        for name, width in zip(names, widths[1:], strict=True)
    ]
    return Network("sample", InputPort("pixels", widths[0], -0.25, 0.25), tuple(layers))


def images(widths: tuple[int, ...]) -> tuple[Samples, FloatArray]:
    """Training samples, and the inputs of 1,000 test images in volts."""
    swing = Encoding(0.0, 1.0, -0.25, 0.25)
    pool = {196: 2, 784: 1}[widths[0]]
    spec = DataSpec("fashion-mnist", None, None, None, None, pool, 5000, BATCH, swing, swing)
    found = load_dataset(spec, network(widths), "cross_entropy", 1).dataset
    return Samples(found.train_inputs, found.train_targets), found.test_inputs.astype(float)


def curves(widths: tuple[int, ...], inverter_table: Any) -> VtcModel:
    scales = curve_scales(inverter_table, largest_load(network(widths), MEMRISTOR))
    fitted = [
        fit_curve(inverter_table, scales, hidden=24, terms=5, rounds=1, seed=seed)
        for seed in (1, 2)
    ]
    return VtcModel("tt", *fitted)


def parameters(widths: tuple[int, ...], vtc: VtcModel, epochs: int) -> NetworkParameters:
    """Cells at random, or trained by LATIM for some epochs; programmed, sizes whole."""
    model = trainable("latim", network(widths), MEMRISTOR, vtc, 1)
    model.sizes_on_grid = True
    if epochs:
        samples, _ = images(widths)
        spec = TrainSpec("latim", "cross_entropy", epochs=epochs, energy_weight=0.0)
        held = Samples(samples.inputs[:100], samples.targets[:100])
        with tempfile.TemporaryDirectory() as folder, one_thread():
            train(
                model,
                Inverter(characterize(load_technology("lvt90")), torch.float32),
                samples,
                held,
                spec,
                checkpoint=Path(folder) / "checkpoint.pt",
                on_progress=lambda _: None,
            )
    return program(model.found(), MEMRISTOR).parameters()


class Deck:
    """The netlist of a network in a folder, full and reduced."""

    def __init__(
        self,
        found: NetworkParameters,
        widths: tuple[int, ...],
        corner: str,
        folder: Path,
        inputs: FloatArray,
        guesses: tuple[tuple[str, float], ...] = (),
        memristor: Memristor = MEMRISTOR,
    ) -> None:
        technology: Technology = replace(load_technology("lvt90"), corner=corner)
        design = network(widths)
        self.design, self.folder = design, folder
        circuit = build_circuit(program(found, memristor), design, technology)
        header = Header(design.name, "equilibrium", technology.name, corner, "0" * 64)
        testbench = build_testbench(
            circuit,
            design,
            technology,
            stimulus_volts=inputs[0],
            load_farads=1e-15,
            guesses=guesses,
        )
        write_netlist(circuit, folder, header)
        write_testbench(testbench, folder, header)
        copy_models(technology, folder)
        names = flat_names(circuit)
        self.probes = [
            names.probe(net)
            for layer in design.layers
            for node in ("net", "minus", "plus")
            for net in layer_nets(layer.name, node, layer.width)  # type: ignore[arg-type]
        ]
        self.nets = [
            net
            for layer in design.layers
            for node in ("net", "minus", "plus")
            for net in layer_nets(layer.name, node, layer.width)  # type: ignore[arg-type]
        ]
        self.testbench = folder / "sample.tb.ngspice.sp"
        port = design.input
        self.sources = tuple(f"v{net}".lower() for net in rail_pair_nets(port.name, port.width))

    def operating_points(self, inputs: FloatArray) -> tuple[FloatArray, float]:
        """Every node (S, p), and seconds a sample once the deck is loaded, on one process."""
        volts = np.concatenate([inputs, -inputs], axis=1)
        return self._run(self.testbench, self.sources, volts)

    def reduced(self, inputs: FloatArray) -> tuple[FloatArray, float]:
        """The same with the first crossbar as its Thévenin equivalents."""
        scratch = self.folder / "reduced"
        scratch.mkdir()
        rows = row_volts(inputs, 0.25)
        deck = write_reduced_deck(
            self.folder, "sample", self.design.layers[0].name, scratch, rows[0]
        )
        bench = scratch / self.testbench.name
        return self._run(bench, deck.sources, deck.thevenin.volts(rows))

    def _run(
        self, testbench: Path, sources: tuple[str, ...], volts: FloatArray
    ) -> tuple[FloatArray, float]:
        """All nodes, and the median seconds a sample of the runs that the samples make."""
        with open_simulator(testbench, "pyspice", TIMEOUT, jobs=1) as simulator:
            if len(volts) > FEW:  # else it is not the time that is asked for
                simulator.operating_points(sources, volts[:1], self.probes)
            found, seconds = [], []
            for run in np.array_split(volts, min(RUNS, len(volts))):
                start = time.perf_counter()
                found.append(simulator.operating_points(sources, run, self.probes))
                seconds.append((time.perf_counter() - start) / len(run))
            return np.concatenate(found), statistics.median(seconds)


def median_seconds(call: Callable[[], object], runs: int = RUNS) -> float:
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def nodes(solver: OperatingPointSolver, found: NetworkParameters, x: FloatArray) -> FloatArray:
    points = solver.solve(found, x).require()
    return np.concatenate([v for layer in points.layers for v in layer], axis=1)


def accuracy(shapes: Any, corners: Any) -> list[dict[str, Any]]:
    """The largest difference of any node from ngspice's, by network, cells and corner."""
    rows = []
    tables = {
        corner: characterize(replace(load_technology("lvt90"), corner=corner)) for corner in corners
    }
    solvers = {corner: OperatingPointSolver(Inverter(table)) for corner, table in tables.items()}
    for widths in shapes:
        vtc = curves(widths, tables["tt"])
        _, test = images(widths)
        few = test[: 1 if len(widths) > 3 else FEW]  # of the deep network one takes minutes
        for kind, epochs in (("random", 0), ("trained", 3)):
            found = parameters(widths, vtc, epochs)

            def largest(
                corner: str, found: Any = found, widths: Any = widths, x: Any = few
            ) -> float:
                with tempfile.TemporaryDirectory() as folder:
                    deck = Deck(found, widths, corner, Path(folder), x)
                    simulated, _ = deck.operating_points(x)
                return float(np.abs(nodes(solvers[corner], found, x) - simulated).max())

            name = "-".join(map(str, widths))
            with ThreadPoolExecutor(2) as pool:  # each waits for an ngspice of its own
                for corner, error in zip(corners, pool.map(largest, corners), strict=True):
                    print(f"{name:16} {kind:8} {corner}  {error:.2e} V", flush=True)
                    rows.append(
                        {"network": name, "cells": kind, "corner": corner, "max_error_v": error}
                    )
    return rows


def timed() -> tuple[OperatingPointSolver, NetworkParameters, FloatArray]:
    """The network whose forward pass is timed, its solver and its inputs."""
    table = characterize(load_technology("lvt90"))
    solver = OperatingPointSolver(Inverter(table))
    return solver, parameters(TIMED, curves(TIMED, table), 3), images(TIMED)[1]


def forward_pass(
    solver: OperatingPointSolver, found: NetworkParameters, test: FloatArray
) -> tuple[float, float]:
    """Seconds of a batch: of the solver, and of an MLP of the same shape."""
    solve = median_seconds(lambda: solver.solve(found, test))
    weights = [torch.randn(a, b, dtype=torch.float64) for a, b in pairwise(TIMED)]
    x = torch.from_numpy(test)

    def mlp() -> torch.Tensor:
        return torch.tanh(x @ weights[0]) @ weights[1]

    return solve, median_seconds(mlp)


def speed() -> dict[str, float]:
    """Seconds a sample, of the solver and of ngspice; of a forward pass and of an MLP's."""
    solver, found, test = timed()
    solve, plain = forward_pass(solver, found, test)
    with tempfile.TemporaryDirectory() as folder:
        deck = Deck(found, TIMED, "tt", Path(folder), test)
        _, full = deck.operating_points(test[:6])
        _, reduced = deck.reduced(test[:40])
    points = solver.solve(found, test[:1])
    guesses = tuple(
        zip(
            deck.nets,
            (float(v) for layer in points.layers for x in layer for v in x[0]),
            strict=True,
        )
    )
    again: dict[str, tuple[float, float]] = {}
    for name, begun in (("with", guesses), ("without", ())):
        with tempfile.TemporaryDirectory() as folder:
            deck = Deck(found, TIMED, "tt", Path(folder), test, begun)
            _, whole = deck.operating_points(np.repeat(test[:1], 6, 0))
            _, part = deck.reduced(np.repeat(test[:1], 40, 0))
            again[name] = (whole, part)
    return {
        "sample_s": solve / BATCH,
        "ngspice_full_s": full,
        "ngspice_reduced_s": reduced,
        "times_faster_than_full": full * BATCH / solve,
        "times_faster_than_reduced": reduced * BATCH / solve,
        "mlp_s": plain,
        "times_the_mlp": solve / plain,
        "ngspice_full_with_nodeset_s": again["with"][0],
        "ngspice_full_without_nodeset_s": again["without"][0],
        "ngspice_reduced_with_nodeset_s": again["with"][1],
        "ngspice_reduced_without_nodeset_s": again["without"][1],
    }


def training() -> dict[str, float]:
    """Seconds of a step, forward and backward, batch 128, on one thread, against LATIM's."""
    table = characterize(load_technology("lvt90"))
    found = {}
    for widths in SHAPES[:2]:
        x = torch.rand(128, widths[0]) * 0.5 - 0.25
        y = torch.randint(0, 10, (128,))
        seconds = {}
        for name, model_curves in (
            ("latim", curves(widths, table)),
            ("equilibrium", TableModel(table)),
        ):
            model = trainable(name, network(widths), MEMRISTOR, model_curves, 1)

            def step(model: Any = model, x: Any = x, y: Any = y) -> None:
                readout = model(x)[-1].minus
                loss = torch.nn.functional.cross_entropy(readout.T / 0.05, y)
                model.zero_grad()
                loss.backward()

            with one_thread():
                seconds[name] = median_seconds(lambda: [step() for _ in range(20)]) / 20
        shape = "-".join(map(str, widths))
        found[f"{shape}_latim_s"] = seconds["latim"]
        found[f"{shape}_equilibrium_s"] = seconds["equilibrium"]
        found[f"{shape}_ratio"] = seconds["equilibrium"] / seconds["latim"]
    return found


def growth() -> dict[str, Any]:
    """Seconds of a batch of 100 over cells, from 1e4 to 1e7, and the exponent."""
    table = characterize(load_technology("lvt90"))
    solver = OperatingPointSolver(Inverter(table))
    random = np.random.default_rng(1)
    cells, seconds = [], []
    for width in (100, 320, 1000, 3160):
        widths = (width, width // 2, 10)
        model = trainable("equilibrium", network(widths), MEMRISTOR, TableModel(table), 1)
        found = model.found()
        x = random.uniform(-0.25, 0.25, (100, width))
        cells.append(sum(2 * (a + 1) * b for a, b in pairwise(widths)))
        seconds.append(median_seconds(lambda found=found, x=x: solver.solve(found, x)))  # type: ignore[misc]
    slope = np.polyfit(np.log(cells), np.log(seconds), 1)[0]
    return {"cells": cells, "seconds": seconds, "exponent": float(slope)}


def told(what: str, measured: str, goal: str, met: bool) -> None:
    print(f"{what:46} {measured:>12}   goal {goal}{'' if met else '   missed'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/equilibrium.json"))
    arguments = parser.parse_args()
    fast, steps, sizes = speed(), training(), growth()
    ratio = max(v for k, v in steps.items() if k.endswith("ratio"))
    full, reduced = fast["times_faster_than_full"], fast["times_faster_than_reduced"]
    told(
        "times faster than ngspice's op, full deck", f"{full:,.0f}", "at least 30,000", full >= 3e4
    )
    told("the same, Thévenin-reduced deck", f"{reduced:,.0f}", "at least 1,000", reduced >= 1e3)
    mlp, exponent = fast["times_the_mlp"], sizes["exponent"]
    told("forward pass, times a plain MLP's", f"{mlp:.1f}", "at most 15", mlp <= 15)
    told("training step, times LATIM's", f"{ratio:.1f}", "at most 5", ratio <= 5)
    told("growth of time with cells, exponent", f"{exponent:.2f}", "at most 1.1", exponent <= 1.1)
    for deck in ("full", "reduced"):
        begun, plain = (fast[f"ngspice_{deck}_{x}_nodeset_s"] for x in ("with", "without"))
        print(f"ngspice's op, {deck} deck: {begun:.3f} s with .nodeset, {plain:.3f} s without")
    rows = accuracy(
        SHAPES[:2] if arguments.quick else SHAPES, CORNERS[:1] if arguments.quick else CORNERS
    )
    worst = max(row["max_error_v"] for row in rows)
    told(
        "largest error of any node against ngspice",
        f"{worst:.1e} V",
        "at most 1e-06 V",
        worst <= 1e-6,
    )
    report = {
        "accuracy": rows,
        "speed": fast,
        "training": steps,
        "growth": sizes,
        "threads": torch.get_num_threads(),
    }
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
