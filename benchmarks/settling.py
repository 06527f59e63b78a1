"""Delays by the equations of the circuit, beside what ngspice measures of the same networks.

    python -m benchmarks.settling [--quick] [--json FILE]

The set: seven small networks on their named data sets and three image networks on Fashion-MNIST at
14x14, trained for a few epochs through the circuit, each as arrays without capacitances, with those
of a 90 nm process (0.1 fF a pitch of row, 0.2 of column, 0.05 a cell) and with ten times those;
the first of each kind with resistive wires besides.  Of each network the delay of its slowest
transition: `delay_estimated_s` and `delay_s` of `verify.json`.  Goals: all within 25 %, and a rank
correlation of 0.95 at least.  Some 20 minutes on two cores; `--quick` takes three networks.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import spearmanr

from imnnc import api

ROOT = Path(__file__).resolve().parent.parent
_TARGET = "target 0 .. 1 -> -0.2 V .. 0.2 V"
_RAILS = "encode 0 .. 1 -> -0.25 V .. 0.25 V"
_WIRED = "wire row 5 Ohm   column 15 Ohm   driver 500 Ohm"
_FARADS = "capacitance row 0.1 fF   column 0.2 fF   cell 0.05 fF"
ARRAYS = {
    "none": "",
    "90 nm": f"crossbar {{ {_FARADS} }}",
    "tenfold": "crossbar { capacitance row 1 fF   column 2 fF   cell 0.5 fF }",
}
WIRES = {"90 nm, wires": f"crossbar {{ {_WIRED}   {_FARADS} }}"}


class Example(NamedTuple):
    """A network, by its widths, and what it is trained for."""

    widths: tuple[int, ...]
    data: str
    loss: str
    epochs: int = 5
    batch: int = 32


SMALL = {
    "iris": Example((4, 3, 3), "set iris   train 120   test 30", "cross_entropy", 60, 16),
    "cancer": Example(
        (10, 1, 2), f"set cancer10   train 455   test 114   {_RAILS}", "cross_entropy", 10, 16
    ),
    "kmeans": Example(
        (6, 8, 4, 1), f"set kmeans   train 2000   test 200   {_RAILS}   {_TARGET}", "mse"
    ),
    "sobel": Example((9, 8, 1), f"set sobel   train 2000   test 200   {_RAILS}   {_TARGET}", "mse"),
    "fft": Example((1, 14, 2), f"set fft   train 2000   test 200   {_RAILS}   {_TARGET}", "mse"),
    "inversek2j": Example((2, 12, 2), f"set inversek2j   train 2000   test 200   {_TARGET}", "mse"),
    "blackscholes": Example(
        (6, 6, 1), f"set blackscholes   train 2000   test 200   {_RAILS}   {_TARGET}", "mse"
    ),
}
_PICTURES = f"set fashion-mnist   pool 2   train 2000   test 200   {_RAILS}"
IMAGES = {
    "fashion 196-100-10": Example((196, 100, 10), _PICTURES, "cross_entropy", 2),
    "fashion 196-30-10": Example((196, 30, 10), _PICTURES, "cross_entropy", 2),
    "fashion 196-40-20-10": Example((196, 40, 20, 10), _PICTURES, "cross_entropy", 2),
}


def source(example: Example, arrays: str) -> str:
    """A network that is trained for a few epochs, and verified on a few samples."""
    inputs, *hidden, outputs = example.widths
    layers = "\n".join(
        f"    layer  hidden{i}[{width}] {{ inverter size 1 .. 10 }}"
        for i, width in enumerate(hidden)
    )
    return f"""
technology lvt90
memristor tio2 {{ conductance 120 nS .. 1 uS   levels 256 }}
{arrays}
network net {{
    input  x[{inputs}]
{layers}
    output y[{outputs}] {{ inverter size 1 .. 10 }}
}}
data {{ {example.data} }}
train equilibrium {{
    loss {example.loss}
    epochs {example.epochs}
    batch {example.batch}
    energy_weight 0.01
    learning_rate 0.05
}}
verify {{ samples 12   tolerance 1 mV   transient_samples 6 }}
emit ngspice, programming npz
"""


def measured(text: str, folder: Path) -> dict[str, Any]:
    """One compile: its delay in seconds, estimated and by ngspice, and how long verifying took."""
    folder.mkdir()
    path = folder / "net.imnn"
    path.write_text(text, encoding="utf-8")
    start = time.perf_counter()
    compilation = api.compile(path, folder / "out", cache=folder.parent / "cache")
    verified = compilation.verification
    found = {
        "estimated_s": verified["delay_estimated_s"],
        "measured_s": verified["delay_s"],
        "ratio": verified["delay_estimated_s"] / verified["delay_s"],
        "compile_s": time.perf_counter() - start,
    }
    lumped = verified.get("reduction_in_time")
    return found if lumped is None else {**found, "reduction_in_time": lumped}


def summary(networks: dict[str, dict[str, Any]]) -> dict[str, float]:
    """What the set comes to."""
    ratios = np.array([x["ratio"] for x in networks.values()])
    pairs = [(x["estimated_s"], x["measured_s"]) for x in networks.values()]
    return {
        "networks": len(networks),
        "median_ratio": float(np.median(ratios)),
        "least_ratio": float(ratios.min()),
        "largest_ratio": float(ratios.max()),
        "within_25_percent": float((np.abs(ratios - 1) <= 0.25).mean()),
        "rank_correlation": float(spearmanr(*zip(*pairs, strict=True)).statistic),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two small networks and an image's")
    parser.add_argument(
        "--json", type=Path, default=ROOT / "benchmarks" / "results" / "settling.json"
    )
    arguments = parser.parse_args()
    examples = {**SMALL, **IMAGES}
    if arguments.quick:
        examples = {name: examples[name] for name in ("iris", "sobel", "fashion 196-30-10")}
    networks: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, example in examples.items():
            first = name in ("iris", "fashion 196-100-10")
            for kind, arrays in {**ARRAYS, **(WIRES if first else {})}.items():
                folder = Path(scratch) / str(len(networks))
                found = networks[f"{name}, {kind}"] = measured(source(example, arrays), folder)
                print(
                    f"{name + ', ' + kind:36} {found['measured_s'] * 1e9:8.3f} ns,"
                    f" estimated {found['estimated_s'] * 1e9:8.3f}: {found['ratio']:.3f}"
                    f"   ({found['compile_s']:.0f} s)",
                    flush=True,
                )
    kinds = {
        "all": networks,
        "small": {k: v for k, v in networks.items() if not k.startswith("fashion")},
        "images": {k: v for k, v in networks.items() if k.startswith("fashion")},
    }
    result = {
        "arrays": {**ARRAYS, **WIRES},
        "networks": networks,
        "summary": {name: summary(part) for name, part in kinds.items() if len(part) > 1},
    }
    for name, found in result["summary"].items():
        print(name, json.dumps({k: float(f"{v:.4g}") for k, v in found.items()}))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
