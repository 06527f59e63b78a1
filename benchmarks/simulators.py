"""How long ngspice takes: loading, operating points and transients, full and reduced decks.

    python benchmarks/simulators.py [--widths 196 100 10] [--samples 20] [--jobs 2]

The netlists are what the compiler emits, of a network with random cells.  Times are of a whole
request, with what the drivers do around the simulation.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from imnnc import design
from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.reduce import row_volts
from imnnc.emit.dialect import Header
from imnnc.emit.ngspice import (
    NGSPICE,
    probe_names,
    write_netlist,
    write_reduced_deck,
    write_testbench,
)
from imnnc.models.layout import copy_models
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from imnnc.resources import resource
from imnnc.simulate.base import Driver, FloatArray
from imnnc.simulate.pool import open_simulator

SUPPLY_VOLTS = 0.25
EDGE_SECONDS = 20e-12
TECHNOLOGY = design.Technology(
    "lvt90",
    resource("technology") / "lvt90.lib",
    (),
    ("tt",),
    design.Transistor("nlvt", 1.2e-7, 1e-7),
    design.Transistor("plvt", 2e-7, 1e-7),
    ("drain", "gate", "source", "bulk"),
    "M",
    1.0,
    "tt",
    27.0,
    SUPPLY_VOLTS,
)


@dataclass(frozen=True)
class Deck:
    name: str
    testbench: Path
    sources: list[str]
    volts: FloatArray  # (samples, sources)
    outputs: list[str]
    rails: list[str]


def write_decks(folder: Path, widths: list[int], samples: int) -> tuple[Deck, Deck]:
    """The deck as it is emitted, and the one with its first crossbar reduced."""
    random = np.random.default_rng(1)
    names = [*(f"hidden{i}" for i in range(len(widths) - 2)), "label"]
    layers = [
        design.Layer(name, width, design.InverterSizes(1, 10))
        for name, width in zip(names, widths[1:], strict=True)
    ]
    port = design.InputPort("pixels", widths[0], -SUPPLY_VOLTS, SUPPLY_VOLTS)
    network = design.Network("random", port, tuple(layers))

    inputs_volts = random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (samples, widths[0]))
    # Much of an image is dark, and columns answer to patterns: random cells alone would leave
    # every neuron saturated and the outputs still.
    inputs_volts[random.random(inputs_volts.shape) < 0.4] = -SUPPLY_VOLTS
    patterns = np.sign(inputs_volts - inputs_volts.mean(axis=0))
    crossbars = []
    for level, (layer, inputs) in enumerate(zip(layers, widths, strict=False)):
        shape = (inputs + 1, layer.width)
        signs = random.choice([-1.0, 1.0], shape)
        if level == 0:
            signs[:-1] = patterns[np.arange(layer.width) % samples].T
        strength = signs * random.uniform(0.5, 1.0, shape)
        plus, minus = (_ohms(5.6e-7 + 4.4e-7 * part) for part in (strength, -strength))
        crossbars.append(ProgrammedCrossbar(layer.name, plus, minus, None, None))
    sizes = [
        tuple(random.integers(1, 11, layer.width).astype(float) for layer in layers)
        for _ in range(2)
    ]
    program = CrossbarProgram("random", 0.03, tuple(crossbars), sizes[0], sizes[1])
    circuit = build_circuit(program, network, TECHNOLOGY)
    header = Header("random", "latim", "lvt90", "tt", "0" * 64)
    full, reduced = folder / "full", folder / "reduced"
    full.mkdir()
    copy_models(TECHNOLOGY, full)
    write_netlist(circuit, full, header)
    write_testbench(
        build_testbench(
            circuit, network, TECHNOLOGY, stimulus_volts=inputs_volts[0], load_farads=2e-16
        ),
        full,
        header,
    )
    rows = row_volts(inputs_volts, SUPPLY_VOLTS)
    equivalent = write_reduced_deck(full, "random", layers[0].name, reduced, rows[0])
    probes = probe_names(circuit)
    outputs = [probes[f"label_minus_{j}"] for j in range(widths[-1])]
    rails = [f"i({name})" for name in ("vdd", "vss", "vbias_plus", "vbias_minus")]
    testbench = NGSPICE.testbench_name("random")
    input_sources = [f"vpixels_{sign}_{i}" for sign in ("plus", "minus") for i in range(widths[0])]
    return (
        Deck(
            "full",
            full / testbench,
            input_sources,
            np.concatenate([inputs_volts, -inputs_volts], axis=1),
            outputs,
            rails,
        ),
        Deck(
            "reduced",
            reduced / testbench,
            list(equivalent.sources),
            equivalent.thevenin.volts(rows),
            outputs,
            rails,
        ),
    )


def _ohms(siemens: FloatArray) -> FloatArray:
    """Resistances with the digits that the compiler writes."""
    return np.array([float(f"{1 / g:.9g}") for g in siemens.flat]).reshape(siemens.shape)


def timed(work: Callable[[], FloatArray]) -> tuple[float, FloatArray]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(deck: Deck, driver: Driver, jobs: int, limit: float) -> tuple[dict, FloatArray]:
    """Loading, and operating points on `jobs` workers, which are ready before the clock starts."""
    start = time.perf_counter()
    with open_simulator(deck.testbench, driver, limit, jobs=jobs) as simulator:
        load = time.perf_counter() - start
        probes = [*deck.outputs, *deck.rails]
        # Starts the other workers too.
        simulator.operating_points(deck.sources, deck.volts[:1].repeat(4 * jobs, axis=0), probes)
        seconds, found = timed(lambda: simulator.operating_points(deck.sources, deck.volts, probes))
        few, _ = timed(
            lambda: simulator.operating_points(deck.sources[:1], deck.volts[:, :1], probes)
        )
    row = {
        "deck": deck.name,
        "driver": driver,
        "jobs": jobs,
        "load_s": load,
        "operating_point_s": seconds / len(deck.volts),
        "alter_s": max(0.0, seconds - few) / len(deck.volts),
    }
    return row, found


def measure_transient(deck: Deck, hold: float, step: float, samples: int, limit: float) -> dict:
    """One run through some samples, each held for a while; the delay of the last step in it."""
    edges = np.arange(1, samples) * hold
    corners = np.concatenate([[0.0], np.column_stack([edges, edges + EDGE_SECONDS]).ravel()])
    # Before and after each edge: v0, v0, v1, v1, v2, ...
    waveforms = {
        source: (corners, np.repeat(volts, 2)[:-1])
        for source, volts in zip(deck.sources, deck.volts[:samples].T, strict=True)
    }
    with open_simulator(deck.testbench, "pyspice", limit) as simulator:
        start = time.perf_counter()
        times, volts = simulator.transient(waveforms, samples * hold, step, deck.outputs)
        seconds = time.perf_counter() - start
    edge = (samples - 1) * hold
    late = times >= edge
    swing = volts[-1] - volts[late][0]
    unsettled = np.abs(volts[late] - volts[-1]) > 0.1 * np.abs(swing)
    moved = np.abs(swing) > 1e-3
    delays = [times[late][unsettled[:, j]].max() - edge for j in np.flatnonzero(moved)]
    return {
        "deck": deck.name,
        "samples": samples,
        "hold_s": hold,
        "step_s": step,
        "points": len(times),
        "seconds": seconds,
        "delay_s": float(max(delays, default=0.0)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="times of ngspice on emitted netlists")
    parser.add_argument("--widths", type=int, nargs="+", default=[196, 100, 10])
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--transient-samples", type=int, default=3)
    parser.add_argument("--hold", type=float, default=20e-9, help="seconds")
    parser.add_argument("--step", type=float, default=1e-10, help="seconds")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    parser.add_argument(
        "--json", type=Path, default=Path(__file__).parent / "results" / "simulators.json"
    )
    options = parser.parse_args()

    rows, transients, points = [], [], {}
    with TemporaryDirectory() as folder:
        decks = write_decks(Path(folder), options.widths, options.samples)
        print(f"{'deck':8} {'driver':8} {'jobs':>4} {'load s':>8} {'op s':>8} {'alter s':>8}")
        for deck in decks:
            for driver, jobs in (("pyspice", 1), ("pyspice", options.jobs), ("ngspice", 1)):
                row, found = measure(deck, driver, jobs, options.limit)
                rows.append(row)
                points.setdefault(deck.name, found)
                assert np.array_equal(points[deck.name], found), "the drivers must agree"
                print(
                    f"{deck.name:8} {driver:8} {jobs:4} {row['load_s']:8.3f} "
                    f"{row['operating_point_s']:8.4f} {row['alter_s']:8.4f}",
                    flush=True,
                )
        outputs = slice(0, options.widths[-1])
        difference = float(np.abs(points["full"][:, outputs] - points["reduced"][:, outputs]).max())
        print(f"largest difference of reduced and full outputs: {difference:.1e} V\n")
        print(f"{'deck':8} {'samples':>8} {'points':>8} {'tran s':>8} {'delay ns':>9}")
        for deck in decks:
            row = measure_transient(
                deck, options.hold, options.step, options.transient_samples, options.limit
            )
            transients.append(row)
            print(
                f"{deck.name:8} {row['samples']:8} {row['points']:8} {row['seconds']:8.2f} "
                f"{row['delay_s'] * 1e9:9.2f}",
                flush=True,
            )
    report = {
        "widths": options.widths,
        "operating_points": rows,
        "reduced_difference_v": difference,
        "transients": transients,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
