"""A circuit's operating point in operators of ONNX: splines, Newton's steps, and loops around them.

A layer is at rest where its outputs V balance their loads and its columns n are what the outputs
make of them (see `imnnc.physics.equilibrium`).  The loop over a layer moves n by (1 - A)^-1 times
what is left, A being the mean slope over some samples, which is fixed when the graph is written;
in each round another loop solves every inverter by Newton's steps within a bracket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from imnnc.data.units import InputUnits
from imnnc.diagnostics import fail
from imnnc.export.graph import Graph
from imnnc.physics.crossbar import Crossbar, Load
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.loading import feedback
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.rest import solve
from imnnc.physics.settle import Neurons, Settler
from imnnc.physics.spline import MARGIN_CELLS

ROUNDS = 200  # of a layer
_STEPS = 60  # of an inverter
_STEPPED_VOLTS = 3e-7  # a step as small as this is the last: Newton's error is then 5e-12 V
SETTLED_VOLTS = 1e-9
_STEEPEST_SIEMENS = 1e-15


@dataclass(frozen=True)
class _Linear:
    """What a crossbar makes of its rows: columns (M,) = `matrix` (M, N) rows + `offset` (M,)."""

    matrix: FloatArray
    offset: FloatArray


@dataclass(frozen=True)
class _Resting:
    """A layer, what it drives, and where it is on average."""

    load: Load
    following: _Linear  # the next columns
    inverse: FloatArray  # (C, C), (1 - A)^-1
    columns: FloatArray  # (C,), of the unknowns
    outputs: FloatArray  # (2 M,)


def add_units(graph: Graph, values: str, units: InputUnits) -> str:
    """Volts (S, N) of samples (S, F) in the units of the data."""
    if units.normalize is not None:
        scale = units.normalize
        moved = graph("Sub", values, graph.constant(scale.offset))
        values = graph("Div", moved, graph.constant(scale.reach))
        values = _held(graph, values, scale.low, scale.high)
    if units.pool > 1:
        blocks, edge = units.side // units.pool, units.pool
        shape = graph.whole([-1, blocks, edge, blocks, edge])
        mean = graph("ReduceMean", graph("Reshape", values, shape), axes=[2, 4], keepdims=0)
        values = graph("Reshape", mean, graph.whole([-1, blocks * blocks]))
    volts = graph("Mul", values, graph.constant(units.volts_a_unit))
    volts = graph("Add", volts, graph.constant(units.offset_volts))
    return _held(graph, volts, units.low_volts, units.high_volts)


def add_circuit(
    graph: Graph,
    inputs: str,
    inverter: Inverter,
    parameters: NetworkParameters,
    samples_volts: FloatArray,
) -> str:
    """The read-out (S, M) for inputs (S, N) in volts, NaN where a sample does not come to rest.

    `samples_volts` (S', N) are those whose mean the loops begin at.

    Raises:
        CompileError: IM817 where cells are no resistors.
    """
    if parameters.parasitics.law is not None:
        raise fail(
            "IM817",
            "cells must be resistors for a graph of ONNX, the memristor has a law of its own",
            help="`to_torch()` knows it",
        )
    crossbars = crossbars_of(parameters, inverter.supply_volts)
    settler = Settler(inverter)
    samples = torch.from_numpy(np.ascontiguousarray(samples_volts.T))
    net = crossbars[0].nets_of_inputs(samples)
    first = _of_inputs(crossbars[0], parameters.layers[0].inputs)
    current = graph.affine(inputs, first.matrix, first.offset)
    spline = _Spline(graph, inverter)
    for layer, crossbar in zip(parameters.layers, crossbars[1:], strict=False):
        resting, net = _resting(settler, layer, crossbar, net)
        current = _at_rest(graph, spline, current, resting)
    size = parameters.layers[-1].size_minus
    g = np.full(len(size), parameters.parasitics.output_siemens) / size
    zeros = graph("Mul", current, graph.constant(0.0))
    return spline.settle(graph, current, g, zeros, zeros)


def _of_inputs(crossbar: Crossbar, inputs: int) -> _Linear:
    offset = crossbar.nets_of_inputs(torch.zeros(inputs, 1, dtype=torch.float64))
    matrix = crossbar.nets_of_inputs(torch.eye(inputs, dtype=torch.float64)) - offset
    return _Linear(matrix.numpy(), offset[:, 0].numpy())


def _resting(
    settler: Settler, layer: LayerParameters, crossbar: Crossbar, net: Tensor
) -> tuple[_Resting, Tensor]:
    """A layer with columns `net` (M, B), and the columns that it makes (M', B)."""
    sizes = torch.from_numpy(np.concatenate([layer.size_plus, layer.size_minus]))
    load = crossbar.load_by_columns(sizes)
    assert isinstance(load, Load)
    if load.between is not None:
        load = crossbar.load(sizes)  # all in the unknowns
    with torch.no_grad():
        found = solve(Neurons(settler, settler), net, load)
    found_at = found.at
    half = layer.width
    through = found_at.to_input[:half] * found_at.to_emf[half:]
    a = feedback(load.row_shares, load.column_shares, found_at.to_emf.mean(1), through.mean(1))
    rows = torch.zeros(2 * half, 1, dtype=torch.float64)
    offset = crossbar.nets(rows)
    matrix = crossbar.nets(torch.eye(2 * half, dtype=torch.float64)) - offset
    resting = _Resting(
        load,
        _Linear(matrix.numpy(), offset[:, 0].numpy()),
        torch.linalg.inv(torch.eye(len(a), dtype=torch.float64) - a).numpy(),
        found.columns.mean(1).numpy(),
        found_at.outputs.mean(1).numpy(),
    )
    return resting, crossbar.nets(found_at.outputs)


def _at_rest(graph: Graph, spline: _Spline, net: str, layer: _Resting) -> str:
    """The next columns (S, M') of a layer with columns (S, M)."""
    load = layer.load
    half = len(load.g) // 2
    shares, rows = load.column_shares.numpy(), load.row_shares.numpy()
    g = load.g.numpy()
    # Samples times zero and what all begin at: as many rows as there are samples.
    samples = graph("Mul", graph("ReduceSum", net, graph.whole([1])), graph.constant(0.0))
    begin = [
        graph("Add", samples, graph.constant(mean[None]))
        for mean in (layer.columns, layer.outputs, np.zeros(1))
    ]
    split = [half, half]

    def body(inner: Graph, state: Sequence[str]) -> tuple[str, Sequence[str]]:
        columns, outputs, _ = state
        emf = inner("MatMul", columns, inner.constant(rows.T))
        emf_plus, emf_minus = inner.add("Split", emf, inner.whole(split), outputs=2, axis=1)
        near_plus, near_minus = inner.add("Split", outputs, inner.whole(split), outputs=2, axis=1)
        minus = spline.settle(inner, net, g[half:], emf_minus, near_minus)
        plus = spline.settle(inner, minus, g[:half], emf_plus, near_plus)
        outputs = inner("Concat", plus, minus, axis=1)
        answer = inner.affine(outputs, shares.T, load.bias_share[:, 0].numpy())
        left = inner("Sub", answer, columns)
        moved = inner("MatMul", left, inner.constant(layer.inverse.T))
        off = inner("ReduceMax", inner("Abs", left), axes=[1], keepdims=1)
        worst = inner("ReduceMax", off, keepdims=0)
        again = inner("Greater", worst, inner.constant(SETTLED_VOLTS))
        return again, (inner("Add", columns, moved), outputs, off)

    _, outputs, off = graph.loop(ROUNDS, begin, body)
    lost = graph("Greater", off, graph.constant(SETTLED_VOLTS))
    following = graph.affine(outputs, layer.following.matrix, layer.following.offset)
    return graph("Where", lost, graph.constant(np.nan), following)


class _Spline:
    """The current of a unit inverter, as `BicubicSpline` has it, and its balance with a load."""

    def __init__(self, graph: Graph, inverter: Inverter) -> None:
        spline = inverter.spline
        self._rail = inverter.supply_volts
        self._low, self._step = spline.low, spline.step
        coefficients = spline.coefficients.double().numpy()
        self._count = coefficients.shape[1]
        self._table = graph.constant(coefficients.ravel())
        near = np.arange(4)
        self._reach = graph.whole((near[:, None] * self._count + near).ravel())

    def settle(self, graph: Graph, v_in: str, g: FloatArray, emf: str, start: str) -> str:
        """V_out (S, M) where I(v_in, v) = g (v - emf), g (M,) siemens, all else (S, M) volts."""
        row, across, _ = self._weights(graph, v_in)
        corner = graph("Mul", row, graph.whole(self._count))
        across = graph("Unsqueeze", across, graph.whole([3]))
        siemens = graph.constant(g)
        rail = graph("Add", graph("Mul", start, graph.constant(0.0)), graph.constant(self._rail))
        begin = [start, graph("Neg", rail), rail, graph("Identity", rail)]

        def body(inner: Graph, state: Sequence[str]) -> tuple[str, Sequence[str]]:
            v, below, above, _ = state
            column, along, slopes = self._weights(inner, v)
            place = inner("Unsqueeze", inner("Add", corner, column), inner.whole([2]))
            patch = inner("Gather", self._table, inner("Add", place, self._reach))
            patch = inner("Reshape", patch, inner.whole([0, 0, 4, 4]))
            near = inner.sum(inner("Mul", patch, across), 2)
            current = inner.sum(inner("Mul", near, along), 2)
            slope = inner.sum(inner("Mul", near, slopes), 2)
            taken = inner("Mul", siemens, inner("Sub", v, emf))
            balance = inner("Sub", current, taken)
            more = inner("Greater", balance, inner.constant(0.0))
            below, above = inner("Where", more, v, below), inner("Where", more, above, v)
            fall = inner("Max", inner("Sub", siemens, slope), inner.constant(_STEEPEST_SIEMENS))
            newton = inner("Add", v, inner("Div", balance, fall))
            outside = inner("Or", inner("Less", newton, below), inner("Greater", newton, above))
            middle = inner("Mul", inner("Add", below, above), inner.constant(0.5))
            following = inner("Where", outside, middle, newton)
            moved = inner("Abs", inner("Sub", following, v))
            again = inner(
                "Greater", inner("ReduceMax", moved, keepdims=0), inner.constant(_STEPPED_VOLTS)
            )
            return again, (following, below, above, moved)

        v, _, _, moved = graph.loop(_STEPS, begin, body)
        lost = graph("Greater", moved, graph.constant(_STEPPED_VOLTS))
        return graph("Where", lost, graph.constant(np.nan), v)

    def _weights(self, graph: Graph, at: str) -> tuple[str, str, str]:
        """Index of the first coefficient in reach, weights and slopes of the four, (S, M, 4)."""
        first, last = MARGIN_CELLS, self._count - 1 - MARGIN_CELLS
        number, one = graph.constant, graph.constant(1.0)
        place = graph("Div", graph("Sub", at, number(self._low)), number(self._step))
        place = _held(graph, place, first, last)
        cell = graph("Min", graph("Floor", place), number(last - 1.0))
        t = graph("Sub", place, cell)
        s = graph("Sub", one, t)
        t2, s2 = graph("Mul", t, t), graph("Mul", s, s)
        t3, s3 = graph("Mul", t2, t), graph("Mul", s2, s)

        def mixed(*parts: tuple[float, str]) -> str:
            products = [graph("Mul", number(x), value) for x, value in parts]
            total = graph("Sum", *products) if len(products) > 1 else products[0]
            return graph("Unsqueeze", total, graph.whole([2]))

        weights = graph(
            "Concat",
            mixed((1 / 6, s3)),
            mixed((4 / 6, one), (-1.0, t2), (0.5, t3)),
            mixed((4 / 6, one), (-1.0, s2), (0.5, s3)),
            mixed((1 / 6, t3)),
            axis=2,
        )
        half = 0.5 / self._step
        slopes = graph(
            "Concat",
            mixed((-half, s2)),
            mixed((3 * half, t2), (-4 * half, t)),
            mixed((4 * half, s), (-3 * half, s2)),
            mixed((half, t2)),
            axis=2,
        )
        index = graph("Cast", graph("Sub", cell, one), to=7)
        return index, weights, slopes


def _held(graph: Graph, value: str, low: float, high: float) -> str:
    return graph("Min", graph("Max", value, graph.constant(low)), graph.constant(high))
