"""Networks with random cells and sizes, for the tests of everything between them and a deck."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.design import InputPort, InverterSizes, Layer, Network, Technology, Transistor
from imnnc.diagnostics import Source, Span
from imnnc.parasitics import Capacitances, Parasitics, Wires
from imnnc.physics.network import CrossbarProgram, FloatArray, ProgrammedCrossbar
from imnnc.resources import resource

SUPPLY_VOLTS = 0.25
SIEMENS_MIN, SIEMENS_MAX, LEVELS = 1.2e-7, 1e-6, 256


def technology(**changes: object) -> Technology:
    fields: dict[str, object] = {
        "name": "lvt90",
        "library": resource("technology") / "lvt90.lib",
        "includes": (),
        "corners": ("tt", "ff", "ss", "sf", "fs"),
        "nmos": Transistor("nlvt", 1.2e-7, 1e-7),
        "pmos": Transistor("plvt", 2e-7, 1e-7),
        "terminals": ("drain", "gate", "source", "bulk"),
        "instance_prefix": "M",
        "length_unit_meters": 1.0,
        "corner": "tt",
        "temperature_celsius": 27.0,
        "supply_volts": SUPPLY_VOLTS,
    }
    return Technology(**{**fields, **changes})  # type: ignore[arg-type]


def network(
    widths: Sequence[int],
    name: str = "sample",
    input_name: str = "pixels",
    bias_pairs: int | None = None,
    **names: str,
) -> Network:
    """Layers are `hidden`, `hidden1`, ... and `label`; `names` gives them others."""
    hidden = ["hidden", *(f"hidden{i}" for i in range(1, len(widths)))][: len(widths) - 2]
    layers = [
        Layer(
            names.get(x, x),
            width,
            InverterSizes(1, 10),
            span_of(names.get(x, x)),
            bias_pairs=bias_pairs,
        )
        for x, width in zip([*hidden, "label"], widths[1:], strict=True)
    ]
    port = InputPort(input_name, widths[0], -SUPPLY_VOLTS, SUPPLY_VOLTS, span_of(input_name))
    return Network(name, port, tuple(layers), span_of(name))


def program(
    of: Network,
    seed: int = 1,
    *,
    with_levels: bool = True,
    resistor_ohms: float | None = None,
    wires: tuple[Wires | None, ...] | None = None,
    capacitances: tuple[Capacitances | None, ...] | None = None,
) -> CrossbarProgram:
    random = np.random.default_rng(seed)
    crossbars = []
    for layer, inputs in zip(of.layers, of.widths, strict=False):
        shape = (inputs + layer.biases, layer.width)
        level_plus = random.integers(0, LEVELS, shape)
        level_minus = random.integers(0, LEVELS, shape)
        crossbars.append(
            ProgrammedCrossbar(
                layer.name,
                ohms_of(level_plus),
                ohms_of(level_minus),
                level_plus if with_levels else None,
                level_minus if with_levels else None,
                bias_pairs=layer.bias_pairs,
            )
        )
    sizes = [random.integers(1, 11, (2, layer.width)).astype(float) for layer in of.layers]
    return CrossbarProgram(
        "tio2",
        0.03,
        tuple(crossbars),
        tuple(x[0] for x in sizes),
        tuple(x[1] for x in sizes),
        Parasitics(resistor_ohms, wires, capacitances),
    )


def ohms_of(level: NDArray[np.int64]) -> FloatArray:
    siemens = SIEMENS_MIN + level * (SIEMENS_MAX - SIEMENS_MIN) / (LEVELS - 1)
    return np.array([float(f"{x:.9g}") for x in (1 / siemens).flat]).reshape(level.shape)


def stimulus(width: int, seed: int = 2) -> FloatArray:
    values = np.random.default_rng(seed).uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, width)
    return np.round(values, 4)


def span_of(word: str) -> Span:
    """A place in a source of one word, so that diagnostics have something to point at."""
    return Span(Source("net.imnn", word), 0, len(word))


def copy_library(folder: Path) -> None:
    target = folder / "models" / "lvt90.lib"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes((resource("technology") / "lvt90.lib").read_bytes())
