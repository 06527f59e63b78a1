"""Time and memory of emitting a network of a million cells as a netlist for ngspice.

    python -m benchmarks.emission [--widths 784 500 300 10]

Prints a table and writes `benchmarks/results/emission.json`.  The figures to reach: 784-500-300-10
in at most 4 s, with memory that does not grow with the cells beyond the arrays themselves.  The
memory is the peak of what Python and numpy allocate while the circuit is built and written, less
the array of cells that the circuit holds; a network of a quarter of the cells shows its growth.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.design import InputPort, InverterSizes, Layer, Network, Technology, Transistor
from imnnc.emit.dialect import Header
from imnnc.emit.ngspice import write_netlist, write_testbench
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from imnnc.resources import resource

RESULTS = Path(__file__).resolve().parent / "results" / "emission.json"
LIMIT_SECONDS = 4.0
LIMIT_BYTES = 16 * 2**20
SUPPLY_VOLTS = 0.25


def random_network(widths: list[int]) -> tuple[Network, CrossbarProgram]:
    random = np.random.default_rng(1)
    names = [f"hidden{i}" for i in range(len(widths) - 2)] + ["label"]
    layers = tuple(
        Layer(name, width, InverterSizes(1, 10))
        for name, width in zip(names, widths[1:], strict=True)
    )
    network = Network("big", InputPort("pixels", widths[0], -0.25, 0.25), layers)
    crossbars = []
    for name, (inputs, width) in zip(names, pairwise(widths), strict=True):
        # 1 to 8.33 megohms with nine digits, as programmed resistances have.
        ohms = np.round(random.uniform(1e6, 8.33e6, (2, inputs + 1, width)), 2)
        crossbars.append(ProgrammedCrossbar(name, ohms[0], ohms[1], None, None))
    sizes = tuple(random.integers(1, 11, width).astype(float) for width in widths[1:])
    return network, CrossbarProgram("tio2", 0.03, tuple(crossbars), sizes, sizes)


def technology() -> Technology:
    return Technology(
        name="lvt90",
        library=resource("technology") / "lvt90.lib",
        includes=(),
        corners=("tt",),
        nmos=Transistor("nlvt", 1.2e-7, 1e-7),
        pmos=Transistor("plvt", 2e-7, 1e-7),
        terminals=("drain", "gate", "source", "bulk"),
        instance_prefix="M",
        length_unit_meters=1.0,
        corner="tt",
        temperature_celsius=27.0,
        supply_volts=SUPPLY_VOLTS,
    )


def emit(network: Network, program: CrossbarProgram, folder: Path) -> list[str]:
    kit = technology()
    header = Header(network.name, "latim", kit.name, kit.corner, "0" * 64)
    circuit = build_circuit(program, network, kit)
    stimulus_volts = np.zeros(network.input.width)
    testbench = build_testbench(
        circuit, network, kit, stimulus_volts=stimulus_volts, load_farads=2e-16
    )
    return write_netlist(circuit, folder, header) + write_testbench(testbench, folder, header)


def measure(widths: list[int]) -> dict[str, object]:
    network, program = random_network(widths)
    cells = sum(2 * x.ohms_plus.size for x in program.crossbars)
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        names = emit(network, program, Path(scratch))
        seconds = time.perf_counter() - start
        written_bytes = sum((Path(scratch) / name).stat().st_size for name in names)
        # Apart from the time, which the tracing of allocations would spoil.
        tracemalloc.start()
        emit(network, program, Path(scratch))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return {
        "network": "-".join(map(str, widths)),
        "cells": cells,
        "seconds": round(seconds, 3),
        "written_bytes": written_bytes,
        "peak_bytes_beyond_cells": peak_bytes - 8 * cells,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--widths", type=int, nargs="+", default=[784, 500, 300, 10])
    widths = parser.parse_args().widths
    quarter = [widths[0], *(max(1, width // 4) for width in widths[1:-1]), widths[-1]]
    rows = [measure(quarter), measure(widths)]
    reached = (
        rows[-1]["seconds"] <= LIMIT_SECONDS and rows[-1]["peak_bytes_beyond_cells"] <= LIMIT_BYTES
    )
    print(f"{'network':>20} {'cells':>10} {'seconds':>8} {'MB':>7} {'MB beyond cells':>16}")
    for row in rows:
        print(
            f"{row['network']:>20} {row['cells']:>10} {row['seconds']:>8.2f} "
            f"{row['written_bytes'] / 1e6:>7.1f} {row['peak_bytes_beyond_cells'] / 1e6:>16.1f}"
        )
    print(
        f"at most {LIMIT_SECONDS:g} s and {LIMIT_BYTES / 1e6:.1f} MB: {'yes' if reached else 'no'}"
    )
    RESULTS.parent.mkdir(exist_ok=True)
    limits = {"seconds": LIMIT_SECONDS, "peak_bytes_beyond_cells": LIMIT_BYTES}
    report = {"schema": 1, "limits": limits, "reached": reached, "rows": rows}
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
