"""Which transitions between samples settle last, by an estimate: those are what is simulated.

Of S samples there are S (S - 1) transitions, far too many for a simulator.  All are estimated
from the operating points that they lead from and to, in two steps:

1. *Time constants.*  A column settles with its gates over its cells, the read-out's V- with its
   capacitance over its output conductance at the point where it comes to rest.  Each time constant
   counts as often as the logarithm of an excursion over the band.  What rests where it was may have
   gone far on the way: an output as far as its input times its gain, up to the rail, a column as
   far as the magnitudes of its rows' movements, weighed by its cells.
2. *One run.*  The slowest of those are run through the unit inverter's table, each node a
   capacitance to ground.  Times come out a third too short; it is the order that counts.

Of the 870 transitions of `iris` and of a network for `kmeans`, all simulated, the order is that of
ngspice with a rank correlation of 0.96 and 0.77, and the slowest is among the first ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.operating_point import Nodes

# Outputs of inverters that are run, over all transitions: a matter of seconds for any network.
_RUN_OUTPUTS = 100_000
_STEPS_A_TIME_CONSTANT = 8
_LEAST_STEPS, _MOST_STEPS = 64, 320
_LEAST_SIEMENS = 1e-12
# Estimates whose logarithms are alike so far are alike: another machine may round otherwise.  The
# order of the samples decides then.
_DECIMALS = 4
_LEAST_SECONDS = 1e-18

# How near outputs must be to have settled, of how far they go; volts.
Band = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Transition:
    """The inputs step from one sample to another, both by their numbers, from 0 on."""

    before: int
    after: int


def slowest(
    inverter: Inverter,
    parameters: NetworkParameters,
    layers: Sequence[Nodes],
    count: int,
    band: Band,
) -> tuple[Transition, ...]:
    """The `count` transitions that settle last, the slowest first.

    Args:
        inverter: the unit inverter.
        parameters: the network.
        layers: its operating points, (S, M) volts a node.
        count: how many; fewer come back where there are no more.
        band: how near outputs must be to have settled.
    """
    outputs = sum(2 * layer.width for layer in parameters.layers)
    pairs = _by_time_constants(
        inverter, parameters, layers, max(count, _RUN_OUTPUTS // outputs), band
    )
    with torch.no_grad():
        seconds = _Run(inverter, parameters, layers, pairs, band).seconds()
    order = _last_first(seconds)[:count]
    return tuple(Transition(*pair) for pair in pairs[order].tolist())


def _by_time_constants(
    inverter: Inverter,
    parameters: NetworkParameters,
    layers: Sequence[Nodes],
    count: int,
    settled_band: Band,
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The numbers (P, 2) of the samples of the `count` transitions that are worth a run."""
    layer, readout = parameters.layers[-1], layers[-1]
    siemens, _ = _at_rest(inverter, parameters, readout.net, readout.minus, layer.size_minus)
    of_output = _minus_farads(inverter, layer, last=True) / siemens
    of_column = _column_seconds(inverter, layer)
    gains = list(_gains(inverter, parameters, layers))
    found = []
    for before in range(len(readout.net)):
        column = np.abs(layers[0].net - layers[0].net[before])
        for number, following in enumerate(parameters.layers[1:]):
            nodes, (by_minus, by_plus) = layers[number], gains[number]
            minus = _excursion(inverter, column, by_minus, nodes.minus, before)
            plus = _excursion(inverter, minus, by_plus, nodes.plus, before)
            cells = [
                x[: following.inputs] for x in (following.g_plus_siemens, following.g_minus_siemens)
            ]
            rows = np.concatenate([plus, minus], 1)
            column = rows @ (np.concatenate(cells) / _column_siemens(following))
        band = settled_band(np.abs(readout.minus - readout.minus[before]))
        output = _excursion(inverter, column, gains[-1][0], readout.minus, before)
        seconds = of_output * np.log(np.maximum(output / band, 1.0))
        seconds += of_column * np.log(np.maximum(column * gains[-1][0] / band, 1.0))
        worst = seconds.max(1)
        near = _last_first(worst)[:count]
        near = near[near != before]
        found.append((worst[near], np.full(len(near), before), near))
    worst, starts, ends = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return np.stack([starts, ends], 1)[_last_first(worst)[:count]]


def _gains(
    inverter: Inverter, parameters: NetworkParameters, layers: Sequence[Nodes]
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The gains (S, M) of INV1 and of INV2 where they are at rest, layer by layer."""
    following = [*parameters.layers[1:], None]
    for layer, nodes, after in zip(parameters.layers, layers, following, strict=True):
        loads = [0.0, 0.0]
        if after is not None:
            cells = (after.g_minus_siemens, after.g_plus_siemens)
            loads = [x[: after.inputs].sum(1) for x in cells]
        _, first = _at_rest(
            inverter, parameters, nodes.net, nodes.minus, layer.size_minus, loads[0]
        )
        _, second = _at_rest(
            inverter, parameters, nodes.minus, nodes.plus, layer.size_plus, loads[1]
        )
        yield first, second


def _at_rest(
    inverter: Inverter,
    parameters: NetworkParameters,
    v_in: FloatArray,
    v_out: FloatArray,
    sizes: FloatArray,
    load_siemens: FloatArray | float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Conductance and gain (S, M) of outputs at rest."""
    _, by_input, by_output = (
        x.numpy()
        for x in inverter.spline.value_and_partials(torch.from_numpy(v_in), torch.from_numpy(v_out))
    )
    siemens = load_siemens + parameters.parasitics.output_siemens - sizes * by_output
    siemens = np.maximum(siemens, _LEAST_SIEMENS)
    return siemens, np.abs(sizes * by_input) / siemens


def _excursion(
    inverter: Inverter, driven: FloatArray, gains: FloatArray, rest: FloatArray, before: int
) -> FloatArray:
    """How far outputs (S, M) may go on the way, their inputs as far as `driven`, in volts."""
    amplified = driven * (gains + gains[before]) / 2
    swing = np.abs(rest - rest[before])
    return np.asarray(np.maximum(np.minimum(amplified, inverter.supply_volts), swing))


def _last_first(seconds: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The order of times, the longest first."""
    logarithms = np.log(np.maximum(seconds, _LEAST_SECONDS))
    return np.argsort(-np.round(logarithms, _DECIMALS), kind="stable")


def _column_seconds(inverter: Inverter, layer: LayerParameters) -> FloatArray:
    """The time constants (M,) of columns: the gates of INV1 over the cells."""
    return np.asarray(layer.size_minus * inverter.input_farads / _column_siemens(layer))


def _column_siemens(layer: LayerParameters) -> FloatArray:
    return np.asarray((layer.g_plus_siemens + layer.g_minus_siemens).sum(0))


def _minus_farads(inverter: Inverter, layer: LayerParameters, *, last: bool) -> FloatArray:
    """The capacitance (M,) at V-; the read-out's drives a unit inverter besides."""
    gates = layer.size_plus + (1.0 if last else 0.0)
    return np.asarray(layer.size_minus * inverter.output_farads + gates * inverter.input_farads)


@dataclass(frozen=True)
class _Neurons:
    """One layer's columns and inverters; tensors (M, 1)."""

    column_seconds: Tensor
    sizes: tuple[Tensor, Tensor]  # of INV1 and of INV2
    farads: tuple[Tensor, Tensor]  # at V- and at V+


class _Run:
    """Transitions of a network, all nodes (M, P) at once."""

    def __init__(
        self,
        inverter: Inverter,
        parameters: NetworkParameters,
        layers: Sequence[Nodes],
        pairs: np.ndarray[tuple[int, int], np.dtype[np.int64]],
        settled_band: Band,
    ) -> None:
        self.inverter = inverter
        self.resistor = parameters.parasitics.output_siemens
        before, after = pairs.T
        self.crossbars = crossbars_of(parameters, inverter.supply_volts)[1:]
        self.layers = list(self._neurons(parameters))
        self.nodes = [[_columns(volts[before]) for volts in layer] for layer in layers]
        self.inputs = _columns(layers[0].net[after])
        self.rest = _columns(layers[-1].minus[after])
        swing = (self.rest - self.nodes[-1][1]).abs().numpy()
        self.band = torch.from_numpy(settled_band(swing))
        slowest = max(float((x.farads[0] / x.sizes[0]).max()) for x in self.layers)
        self.step = slowest / inverter.middle_siemens / _STEPS_A_TIME_CONSTANT

    def seconds(self) -> FloatArray:
        """When the last output has come into its band (P,)."""
        last = torch.zeros(self.rest.shape[1], dtype=torch.float64)
        outside = (self.nodes[-1][1] - self.rest).abs() - self.band
        for number in range(_MOST_STEPS):
            if number >= _LEAST_STEPS and bool((outside <= 0).all()):
                break
            self._advance()
            now = (self.nodes[-1][1] - self.rest).abs() - self.band
            # Within a step an output moves in a straight line.
            share = torch.where((outside > 0) & (now <= 0), outside / (outside - now), 0.0)
            share = torch.where(now > 0, 1.0, share).amax(0)
            last = torch.where(share > 0, (number + share) * self.step, last)
            outside = now
        return np.asarray(last.numpy())

    def _neurons(self, parameters: NetworkParameters) -> Iterator[_Neurons]:
        for number, layer in enumerate(parameters.layers):
            last = number == len(parameters.layers) - 1
            farads = _minus_farads(self.inverter, layer, last=last)
            yield _Neurons(
                _column(_column_seconds(self.inverter, layer)),
                (_column(layer.size_minus), _column(layer.size_plus)),
                (_column(farads), _column(layer.size_plus * self.inverter.output_farads)),
            )

    def _advance(self) -> None:
        """One step: every node towards where those before it have it now."""
        drive = self.inputs
        for number, neurons in enumerate(self.layers):
            nodes = self.nodes[number]
            nodes[0] += -torch.expm1(-self.step / neurons.column_seconds) * (drive - nodes[0])
            if number == len(self.crossbars):
                self._settle(number, 0, 0.0, 0.0)
                break
            crossbar = self.crossbars[number]
            taken = crossbar.row_currents(
                torch.cat([nodes[2], nodes[1]]), self.nodes[number + 1][0]
            )
            for which, part in ((0, 1), (1, 0)):  # rows are those of V+ first
                siemens = crossbar.row_siemens[:, None].chunk(2)[part]
                self._settle(number, which, siemens, taken.chunk(2)[part])
            drive = crossbar.nets(torch.cat([nodes[2], nodes[1]]))

    def _settle(self, number: int, which: int, load: Tensor | float, taken: Tensor | float) -> None:
        """INV1 (0) or INV2 (1) of a layer; its row takes amperes, and more with each volt."""
        neurons, nodes = self.layers[number], self.nodes[number]
        size, volts = neurons.sizes[which], nodes[which + 1]
        given, _, slope = self.inverter.spline.value_and_partials(nodes[which], volts)
        siemens = (load + self.resistor - size * slope).clamp(min=_LEAST_SIEMENS)
        amperes = size * given - self.resistor * volts - taken
        share = -torch.expm1(-self.step * siemens / neurons.farads[which])
        nodes[which + 1] = volts + share * amperes / siemens


def _columns(volts: FloatArray) -> Tensor:
    """Voltages (P, M) as (M, P)."""
    return torch.from_numpy(np.ascontiguousarray(volts.T))


def _column(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))[:, None]
