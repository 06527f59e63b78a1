"""Training that begins at a model: its weights as shares of columns, its answers as a teacher.

A column averages its rows, so a weight is a share of the column's conductance: the cells of the
row that has its sign carry it, those of the other row stand at the bottom of their range.  All
weights of a column are reduced alike, to what its cells can carry; that makes a neuron less steep
and leaves what it listens to.  V+ falls with negative weights and rises with positive ones much
more steeply than V-, as it has gone through two inverters, so what a neuron of the model says is
found in each by least squares over the training samples, layer by layer, and the next layer's
weights and biases are made up for it.  Biases go into the bias pairs, together with the voltage at
which inverters switch.

Of several steepnesses and midpoints that neuron is taken whose outputs follow the model's best.
V- falls with its column, and is what is read: the output layer has the opposite weights, all of
them reduced alike, since its outputs are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from imnnc.design import Loss
from imnnc.methods.trainable import TrainableNetwork
from imnnc.methods.training import LOGIT_SHARE
from imnnc.perceptron.model import Activation, FloatArray, Perceptron, activate
from imnnc.physics.inverter import Inverter

_SAMPLES = 500  # of which outputs are fitted
_EDGE = 0.02  # of a cell's range, at both ends: where a sigmoid hardly moves, nothing is learnt
# How steep a neuron may be, against one that the model's arguments bend as a tanh of theirs, and
# where it may be in the middle, in standard deviations of its arguments from their mean.
_STEEPNESSES = (0.125, 0.25, 0.5, 1.0, 2.0)
_MIDDLES = (-1.0, -0.5, 0.0, 0.5, 1.0)
# Of a tanh that is about the activation; else it follows the spread of the arguments.
_SLOPES: Mapping[Activation, float] = {"tanh": 1.0, "sigmoid": 0.5, "hardtanh": 1.0}
_STEEPNESSES_OF_READOUTS = (1.0, 0.5, 0.25, 0.1)
# Less than this an output that does not move may be magnified to follow a model.
_RIDGE_VOLTS = 20e-3
_KEPT = (1.0, 0.9)
_LEAST = 1e-9  # of what something is divided by
_GRID = 513  # voltages at which curves are known
_SWING = 0.9  # of the rails: how far read-outs go


class Curves(NamedTuple):
    """What the neurons of a layer make of their columns, under the load that they have."""

    net: FloatArray  # (n,) volts of a column
    minus: FloatArray  # (n,) volts at V-
    plus: FloatArray  # (n,) volts at V+

    def outputs(self, nets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V+ and V- for columns (S, M), which lie between the rails."""
        place = (nets - self.net[0]) * ((len(self.net) - 1) / (self.net[-1] - self.net[0]))
        below = np.clip(place.astype(np.int64), 0, len(self.net) - 2)
        share = place - below
        plus, minus = (
            x[below] + share * (x[below + 1] - x[below]) for x in (self.plus, self.minus)
        )
        return plus, minus

    @property
    def middle_volts(self) -> float:
        """The column at which V- is at 0."""
        return float(np.interp(0.0, self.minus[::-1], self.net[::-1]))

    @property
    def steepness(self) -> float:
        """How fast V- falls there, in parts of the rails a volt: tanh(s V) has the slope s."""
        middle, step = self.middle_volts, 1e-3
        high, low = np.interp([middle + step, middle - step], self.net, self.minus)
        return float((low - high) / (2 * step * np.abs(self.minus).max()))


@dataclass(frozen=True)
class Device:
    """What cells and bias pairs a column has."""

    low_siemens: float
    high_siemens: float
    supply_volts: float

    @property
    def floor(self) -> float:
        """The conductance of a cell that carries nothing, in siemens."""
        return self.low_siemens + _EDGE * (self.high_siemens - self.low_siemens)

    @property
    def reach(self) -> float:
        """How much more a cell can conduct, in siemens."""
        return (1 - 2 * _EDGE) * (self.high_siemens - self.low_siemens)


class Columns(NamedTuple):
    """The columns of a crossbar: what is above the floor, and what they do."""

    rows: FloatArray  # (N, M) siemens, with the sign of the row that has them
    bias: FloatArray  # (M,) siemens of all bias pairs, likewise
    total: FloatArray  # (M,) siemens of all cells


def columns(shares: FloatArray, bias: FloatArray, device: Device, pairs: int) -> Columns:
    """Cells for the shares (N, M) that rows are to have of their columns, and the bias (M,).

    Where cells cannot carry them, the shares of a column are reduced, all alike, and a bias that
    is beyond its pairs is as large as these allow.
    """
    floor = 2 * (len(shares) + pairs) * device.floor
    limit = pairs * device.reach
    shares = shares * np.minimum(1.0, 0.999 / np.maximum(np.abs(shares).sum(0), 1e-300))
    for _ in range(100):
        carried = np.abs(shares).sum(0)
        free = 1 - carried - np.abs(bias)
        total = floor / np.maximum(free, 1e-9)
        beyond = (free <= 0) | (total * np.abs(bias) > limit)
        total = np.where(beyond, (floor + limit) / (1 - carried), total)
        over = total * np.abs(shares).max(0, initial=0.0) / device.reach
        if (over <= 1 + 1e-9).all():
            break
        shares = shares / np.maximum(1.0, over)
    siemens = np.clip(total * bias, -limit, limit)
    rows = np.clip(total * shares, -device.reach, device.reach)
    return Columns(rows, siemens, floor + np.abs(rows).sum(0) + np.abs(siemens))


class Heard(NamedTuple):
    """What the next layer's cells hear of neurons, as the model's h is to be, (M,) each.

    h is about `plus` V+ + `plus_offset`, and also -`minus` V- + `minus_offset`.
    """

    plus: FloatArray
    plus_offset: FloatArray
    minus: FloatArray
    minus_offset: FloatArray

    def weights(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weights (K, M) of the model as those of rows in volts (M, K), and what it adds (K,)."""
        positive, negative = np.maximum(weight, 0.0), np.minimum(weight, 0.0)
        rows = positive * self.plus + negative * self.minus
        return rows.T, positive @ self.plus_offset + negative @ self.minus_offset


@dataclass(frozen=True)
class Layer:
    """What a crossbar is to do, and what it has for that."""

    weight: FloatArray  # (N, M) of the rows, in volts of theirs
    bias: FloatArray  # (M,)
    rows: tuple[FloatArray, FloatArray]  # (S, N) volts of the plus and of the minus rows
    curves: Curves
    device: Device
    pairs: int

    def columns(self, gain: FloatArray, shift: FloatArray, kept: float = 1.0) -> Columns:
        """Columns at the middle of the curves + `gain` (arguments + `shift`) volts, (M,) each.

        Less steep where cells cannot do so.
        """
        volts = self.curves.middle_volts + gain * (self.bias + shift)
        bias = volts / self.device.supply_volts
        limit = np.quantile(np.abs(self.weight), kept, axis=0)
        weight = np.clip(self.weight, -limit, limit)
        return columns(gain * weight, bias, self.device, self.pairs)

    def nets(self, found: Columns) -> FloatArray:
        """Voltages (S, M) of columns."""
        plus = self.device.floor + np.maximum(found.rows, 0.0)
        minus = self.device.floor + np.maximum(-found.rows, 0.0)
        amperes = self.rows[0] @ plus + self.rows[1] @ minus
        volts: FloatArray = (amperes + self.device.supply_volts * found.bias) / found.total
        return volts

    def outputs(self, found: Columns) -> tuple[FloatArray, FloatArray]:
        """V+ and V- (S, M) of the neurons on columns."""
        return self.curves.outputs(self.nets(found))

    def cells(self, found: Columns) -> tuple[FloatArray, FloatArray]:
        """Siemens of the rows (2 N, M) and of the bias pairs (2 P, M)."""
        floor = self.device.floor
        rows = floor + np.concatenate([np.maximum(found.rows, 0), np.maximum(-found.rows, 0)])
        halves = [np.maximum(found.bias, 0), np.maximum(-found.bias, 0)]
        bias = floor + np.repeat(np.stack(halves), self.pairs, axis=0) / self.pairs
        return rows, bias


def begin_at(
    network: TrainableNetwork,
    model: Perceptron,
    inputs_volts: NDArray[np.floating[Any]],
    inverter: Inverter,
    loss: Loss,
) -> None:
    """Give a network the cells with which it answers about as a model does.

    Args:
        network: before training; its sizes stay as they are.
        model: of the same widths, for inputs in volts.
        inputs_volts: (S, N), of training samples.
        inverter: what its neurons are made of.
        loss: says whether outputs are compared, or are volts.
    """
    exact = inputs_volts[:_SAMPLES].astype(np.float64)
    device = Device(*network.conductance_range, inverter.supply_volts)
    # Of an input the minus row is exactly opposite.
    ones, zeros = np.ones(exact.shape[1]), np.zeros(exact.shape[1])
    heard, rows = Heard(ones, zeros, ones, zeros), (exact, -exact)
    *hidden, last = model.layers
    for number, dense in enumerate(hidden):
        weight, offset = heard.weights(dense.weight)
        curves, pairs = _curves(network, number, inverter), network.bias_pairs(number)
        layer = Layer(weight, dense.bias + offset, rows, curves, device, pairs)
        arguments = dense.arguments(exact)
        exact = activate(dense.activation, arguments)
        found, heard = _neurons(layer, dense.activation, arguments, exact)
        network.program(number, *layer.cells(found))
        rows = layer.outputs(found)
    # The lower a column, the higher is V-, which is read.
    weight, offset = heard.weights(-last.weight)
    curves, pairs = _curves(network, len(hidden), inverter), network.bias_pairs(len(hidden))
    layer = Layer(weight, offset - last.bias, rows, curves, device, pairs)
    arguments = last.arguments(exact)
    if loss == "mse":
        wanted = model.slope * activate(last.activation, arguments) + model.offset
        found = _at_volts(layer, -arguments, wanted)
    else:
        found = _compared(layer, -arguments)
    network.program(len(hidden), *layer.cells(found))
    network.renew_wires()


def answers_of(
    model: Perceptron, inputs_volts: NDArray[np.floating[Any]], loss: Loss
) -> FloatArray:
    """What a model answers to inputs (S, N) in volts, as a network can learn it, (S, M).

    Those are the volts of read-outs, or probabilities of classes, as warm as read-outs can be.
    """
    answers = model.answers(inputs_volts.astype(np.float64))
    if loss == "mse":
        return answers
    spread = answers - answers.max(axis=1, keepdims=True)
    widest = float(np.quantile(np.abs(answers - answers.mean(axis=1, keepdims=True)), 0.99))
    # Read-outs swing between the rails, which so many units of a logit are.
    weights = np.exp(spread / max(1.0, widest * LOGIT_SHARE))
    found: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return found


def _curves(network: TrainableNetwork, number: int, inverter: Inverter) -> Curves:
    """The curves of a layer under the mean load of its neurons, as the cells stand."""
    with torch.no_grad():
        size_plus, size_minus = network.sizes(number).double().chunk(2)
        load_minus, load_plus = (load.double() for load in network.loads(number))
        supply = inverter.supply_volts
        net = torch.linspace(-supply, supply, _GRID, dtype=torch.float64)
        ground = torch.zeros((), dtype=torch.float64)
        minus = inverter.loaded_output(net, (load_minus / size_minus).mean(), ground)
        plus = inverter.loaded_output(minus, (load_plus / size_plus).mean(), ground)
    return Curves(net.numpy(), minus.numpy(), plus.numpy())


def _neurons(
    layer: Layer, activation: Activation, arguments: FloatArray, wanted: FloatArray
) -> tuple[Columns, Heard]:
    """The columns of hidden neurons (S, M), each those by which it follows `wanted` best."""
    spread = np.maximum(arguments.std(axis=0), _LEAST)
    mean = arguments.mean(axis=0)
    slope = _SLOPES.get(activation, 1.0 / spread) / layer.curves.steepness
    best = np.full(len(layer.bias), np.inf)
    chosen: list[FloatArray] = []
    for kept, steepness, middle in product(_KEPT, _STEEPNESSES, _MIDDLES):
        found = layer.columns(steepness * slope, -(mean + middle * spread), kept)
        plus, minus = layer.outputs(found)
        lines = [_rising(volts, wanted, _RIDGE_VOLTS) for volts in (plus, -minus)]
        missed = lines[0].missed + lines[1].missed
        parts = [*found, *lines[0][:2], *lines[1][:2]]
        better = missed < best
        best = np.where(better, missed, best)
        chosen = [np.where(better, *pair) for pair in zip(parts, chosen or parts, strict=True)]
    return Columns(*chosen[:3]), Heard(*chosen[3:])


class Line(NamedTuple):
    """Lines, one a neuron, and the squares that they miss, (M,) each."""

    slope: FloatArray
    offset: FloatArray
    missed: FloatArray


def _rising(x: FloatArray, wanted: FloatArray, ridge: float) -> Line:
    """Lines through points (S, M) that do not fall; less steep where `x` moves by `ridge` only."""
    mean, middle = x.mean(axis=0), wanted.mean(axis=0)
    moved, followed = x - mean, wanted - middle
    slope = (moved * followed).mean(axis=0) / ((moved**2).mean(axis=0) + ridge**2)
    slope = np.maximum(slope, 0.0)
    missed = ((followed - slope * moved) ** 2).sum(axis=0)
    return Line(slope, middle - slope * mean, missed)


def _at_volts(layer: Layer, arguments: FloatArray, wanted: FloatArray) -> Columns:
    """Columns of read-outs that are about at the volts (S, M) that are wanted."""
    curves = layer.curves
    limit = _SWING * layer.device.supply_volts
    nets = np.interp(np.clip(wanted, -limit, limit), curves.minus[::-1], curves.net[::-1])
    line = _rising(arguments, nets, _LEAST)
    gain = np.maximum(line.slope, _LEAST)
    shift = (line.offset - curves.middle_volts) / gain
    # Neurons before are not quite those of the model: what that adds to the mean is taken off.
    missed = nets.mean(axis=0) - layer.nets(layer.columns(gain, shift)).mean(axis=0)
    return layer.columns(gain, shift + missed / gain)


def _compared(layer: Layer, arguments: FloatArray) -> Columns:
    """Columns of read-outs of which the lowest is that of the smallest argument, (S, M)."""
    spread = arguments - arguments.mean(axis=1, keepdims=True)
    slope = 1 / (layer.curves.steepness * max(float(np.quantile(np.abs(spread), 0.99)), _LEAST))
    shift = -arguments.mean()
    decided = arguments.argmin(axis=1)
    best, chosen = -1.0, None
    for steepness in _STEEPNESSES_OF_READOUTS:
        gain = np.full(len(layer.bias), steepness * slope)
        found = layer.columns(gain, shift)
        # Outputs that are compared have to be reduced alike.
        carried = np.abs(found.rows).sum(axis=0) / found.total
        reduced = carried / np.maximum(np.abs(gain * layer.weight).sum(axis=0), 1e-300)
        found = layer.columns(gain * min(1.0, float(reduced.min())), shift)
        equal = float((layer.nets(found).argmin(axis=1) == decided).mean())
        if equal > best:
            best, chosen = equal, found
    assert chosen is not None
    return chosen
