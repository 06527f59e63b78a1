"""Networks with loads of any weight, Kirchhoff's laws for them, and what ngspice has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.names import Node, layer_nets
from imnnc.emit.ngspice import probe_names, write_netlist, write_testbench
from imnnc.models.layout import copy_models
from imnnc.parasitics import Parasitics
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import (
    CrossbarProgram,
    FloatArray,
    LayerParameters,
    NetworkParameters,
    NeuronGates,
    ProgrammedCrossbar,
)
from imnnc.physics.operating_point import Nodes, OperatingPointSolver
from tests.support.decks import HEADER, LOAD_FARADS, operating_point
from tests.support.measured import SUPPLY_VOLTS, table
from tests.support.networks import network, technology

CORNERS = ("tt", "ff", "ss", "sf", "fs")
# The output conductance of a unit inverter in the middle of its swing, 2 to 4 uS by the corner.
OWN_SIEMENS = 2e-6
_NODES: tuple[Node, ...] = ("net", "minus", "plus")


@cache
def solver(
    corner: str = "tt", dtype: torch.dtype = torch.float64, **limits: int
) -> OperatingPointSolver:
    return OperatingPointSolver(Inverter(table(corner)), dtype, **limits)


def loaded(
    widths: Sequence[int],
    seed: int = 1,
    load: float = 1.0,
    *,
    decades: float = 1.0,
    resistor_ohms: float | None = None,
    bias_pairs: int | None = None,
) -> NetworkParameters:
    """Cells within some decades, whole sizes from 1 to 10.

    The heaviest row of each crossbar between layers is `load` times its inverter's own conductance.
    """
    random = np.random.default_rng(seed)
    layers: list[LayerParameters] = []
    for number, (rows, columns) in enumerate(pairwise(widths)):
        plus, minus = 1e-6 * 10.0 ** random.uniform(
            -decades, 0, (2, rows + (bias_pairs or 1), columns)
        )
        sizes = random.integers(1, 11, (2, columns)).astype(float)
        if layers:
            below = layers[-1]
            heaviest = max(
                (plus[:rows].sum(1) / below.size_plus).max(),
                (minus[:rows].sum(1) / below.size_minus).max(),
            )
            plus, minus = (cells * load * OWN_SIEMENS / heaviest for cells in (plus, minus))
        layers.append(
            LayerParameters(
                f"layer{number}", plus, minus, sizes[0], sizes[1], bias_pairs=bias_pairs
            )
        )
    return NetworkParameters(tuple(layers), Parasitics(resistor_ohms))


def samples(count: int, width: int, seed: int = 2) -> FloatArray:
    """Inputs (S, N): at one rail, at the other, each at either, then anywhere between."""
    random = np.random.default_rng(seed)
    volts = random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (count, width))
    volts[:1], volts[1:2] = SUPPLY_VOLTS, -SUPPLY_VOLTS
    volts[2:3] = SUPPLY_VOLTS * np.sign(volts[2:3])
    return volts


class Unbalance(NamedTuple):
    """How far, in volts at most, nodes are from where the others and Kirchhoff would put them."""

    columns: float
    outputs: float


def unbalance(
    inverter: Inverter, of: NetworkParameters, inputs_volts: FloatArray, found: Sequence[Nodes]
) -> Unbalance:
    columns, outputs = 0.0, 0.0
    plus, minus = inputs_volts, -inputs_volts
    for number, (layer, nodes) in enumerate(zip(of.layers, found, strict=True)):
        bias = np.full((len(plus), 1), inverter.supply_volts)
        rows = np.hstack([plus, bias, minus, -bias])
        cells = np.vstack([layer.g_plus_siemens, layer.g_minus_siemens])
        columns = max(columns, float(np.abs(rows @ cells / cells.sum(0) - nodes.net).max()))
        for v_in, v_out, sizes, which in (
            (nodes.net, nodes.minus, layer.size_minus, "g_minus_siemens"),
            (nodes.minus, nodes.plus, layer.size_plus, "g_plus_siemens"),
        ):
            current, _, slope = (
                x.numpy()
                for x in inverter.spline.value_and_partials(
                    torch.from_numpy(v_in), torch.from_numpy(v_out)
                )
            )
            excess = sizes * current - of.parasitics.output_siemens * v_out
            siemens = of.parasitics.output_siemens - sizes * slope
            if number + 1 < len(of.layers):
                row = getattr(of.layers[number + 1], which)[:-1]
                excess -= (row * (v_out[:, :, None] - found[number + 1].net[:, None])).sum(2)
                siemens = siemens + row.sum(1)
            outputs = max(outputs, float(np.abs(excess / siemens).max()))
        plus, minus = nodes.plus, nodes.minus
    return Unbalance(columns, outputs)


class Simulated(NamedTuple):
    """An operating point as ngspice has it: nodes (M,) a layer, and currents out of sources."""

    layers: list[Nodes]
    amperes: dict[str, float]  # by the source's name


def simulated(
    folder: Path,
    of: NetworkParameters,
    inputs_volts: FloatArray,
    corner: str = "tt",
    mismatch: Sequence[NeuronGates] | None = None,
    cells: Path | None = None,
) -> Simulated:
    """The network as the compiler writes it, at inputs (N,); `cells` is a library of its cells."""
    widths = [of.layers[0].inputs, *(layer.width for layer in of.layers)]
    described = network(widths, bias_pairs=of.layers[0].bias_pairs)
    crossbars = tuple(
        ProgrammedCrossbar(
            to.name,
            1 / x.g_plus_siemens,
            1 / x.g_minus_siemens,
            None,
            None,
            bias_pairs=x.bias_pairs,
        )
        for to, x in zip(described.layers, of.layers, strict=True)
    )
    sizes = zip(*((x.size_minus, x.size_plus) for x in of.layers), strict=True)
    kit = technology(corner=corner)
    if cells is not None:
        kit = replace(kit, includes=(*kit.includes, cells))
    program = CrossbarProgram("tio2", 0.03, crossbars, *sizes, of.parasitics)
    circuit = build_circuit(program, described, kit, mismatch)
    testbench = build_testbench(
        circuit, described, kit, stimulus_volts=inputs_volts, load_farads=LOAD_FARADS
    )
    write_netlist(circuit, folder, HEADER)
    write_testbench(testbench, folder, HEADER)
    copy_models(kit, folder)
    vectors = operating_point(folder)
    probes = probe_names(circuit)
    layers = [
        Nodes(
            *(
                np.array([vectors[probes[net]] for net in layer_nets(x.name, node, x.width)])
                for node in _NODES
            )
        )
        for x in described.layers
    ]
    # A source's current counts as positive where it absorbs.
    currents = {k[3:-1]: -v for k, v in vectors.items() if k.startswith("i(v")}
    return Simulated(layers, currents)


def largest_difference(some: Sequence[Nodes], others: Sequence[Nodes]) -> float:
    """Over all nodes, in volts."""
    return max(
        float(np.abs(a - b).max())
        for layer, other in zip(some, others, strict=True)
        for a, b in zip(layer, other, strict=True)
    )
