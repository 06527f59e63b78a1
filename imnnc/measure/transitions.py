"""Which transitions between samples settle last, by an estimate: those are what is simulated.

Of S samples there are S (S - 1) transitions, far too many for a simulator.  All are estimated
from the operating points that they lead from and to, in two steps:

1. *Time constants.*  A column settles with its gates over its cells, the read-out's V- with its
   capacitance over its output conductance at the point where it comes to rest.  Each time constant
   counts as often as the logarithm of an excursion over the band: the column may go as far as the
   magnitudes of its rows' movements, weighed by its cells, the output as far times its gain.
2. *One run.*  The slowest of those are run through the unit inverter's table, each node a
   capacitance to ground, in steps of a twelfth of the slowest time constant.  The capacitance
   between an inverter's gate and its output is left out, so times come out too short, all alike:
   it is the order that counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from imnnc.measure.figures import settled_band
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.operating_point import Nodes

# How many of the first step are run in the second; it is a matter of seconds for any network.
_RUN = 400
_STEPS_A_TIME_CONSTANT = 12
_LEAST_STEPS, _MOST_STEPS = 96, 480
_LEAST_SIEMENS = 1e-12
# Estimates whose logarithms are alike so far are alike: another machine may round otherwise.  The
# order of the samples decides then.
_DECIMALS = 4
_LEAST_SECONDS = 1e-18


@dataclass(frozen=True)
class Transition:
    """The inputs step from one sample to another, both by their numbers, from 0 on."""

    before: int
    after: int


def slowest(
    inverter: Inverter, parameters: NetworkParameters, layers: Sequence[Nodes], count: int
) -> tuple[Transition, ...]:
    """The `count` transitions that settle last, the slowest first.

    Args:
        inverter: the unit inverter.
        parameters: the network.
        layers: its operating points, (S, M) volts a node.
        count: how many; fewer come back where there are no more.
    """
    pairs = _by_time_constants(inverter, parameters, layers)
    with torch.no_grad():
        seconds = _Run(inverter, parameters, layers, pairs).seconds()
    order = _last_first(seconds)[:count]
    return tuple(Transition(*pair) for pair in pairs[order].tolist())


def _by_time_constants(
    inverter: Inverter, parameters: NetworkParameters, layers: Sequence[Nodes]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The numbers (P, 2) of the samples of those that are worth a run."""
    layer, readout, resistor = parameters.layers[-1], layers[-1], parameters.resistor_siemens
    _, by_net, by_output = (
        x.numpy()
        for x in inverter.spline.value_and_partials(
            torch.from_numpy(readout.net), torch.from_numpy(readout.minus)
        )
    )
    siemens = np.maximum(resistor - layer.size_minus * by_output, _LEAST_SIEMENS)
    gain = np.abs(layer.size_minus * by_net) / siemens
    of_output = _minus_farads(inverter, layer, last=True) / siemens
    of_column = _column_seconds(inverter, layer)
    if len(layers) > 1:
        rows = np.concatenate([layers[-2].plus, layers[-2].minus], 1)
        shares = Crossbar.of(layer, inverter.supply_volts).column_shares.numpy()
    else:
        # The rows are inputs, which do not wait for each other.
        rows, shares = readout.net, np.eye(layer.width)
    found = []
    for before in range(len(rows)):
        swing = np.abs(readout.minus - readout.minus[before])
        band = settled_band(swing)
        by_column = np.abs(rows - rows[before]) @ shares * gain
        excursion = np.maximum(np.minimum(by_column, inverter.supply_volts), swing)
        seconds = of_output * np.log(np.maximum(excursion / band, 1.0))
        seconds += of_column * np.log(np.maximum(by_column / band, 1.0))
        worst = seconds.max(1)
        near = _last_first(worst)[:_RUN]
        near = near[near != before]
        found.append((worst[near], np.full(len(near), before), near))
    worst, starts, ends = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return np.stack([starts, ends], 1)[_last_first(worst)[:_RUN]]


def _last_first(seconds: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The order of times, the longest first."""
    logarithms = np.log(np.maximum(seconds, _LEAST_SECONDS))
    return np.argsort(-np.round(logarithms, _DECIMALS), kind="stable")


def _column_seconds(inverter: Inverter, layer: LayerParameters) -> FloatArray:
    """The time constants (M,) of columns: the gates of INV1 over the cells."""
    siemens = (layer.g_plus_siemens + layer.g_minus_siemens).sum(0)
    return np.asarray(layer.size_minus * inverter.input_farads / siemens)


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
    ) -> None:
        self.inverter = inverter
        self.resistor = parameters.resistor_siemens
        before, after = pairs.T
        self.crossbars = [Crossbar.of(x, inverter.supply_volts) for x in parameters.layers[1:]]
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
            last = number == len(self.layers) - 1
            loads = [0.0, 0.0] if last else self._loads(number)
            currents = [0.0, 0.0] if last else self._currents(number)
            for which in (0,) if last else (0, 1):
                self._settle(number, which, loads[which], currents[which])
            if not last:
                drive = self.crossbars[number].nets(torch.cat([nodes[2], nodes[1]]))

    def _loads(self, number: int) -> list[Tensor]:
        plus, minus = self.crossbars[number].row_siemens[:, None].chunk(2)
        return [minus, plus]

    def _currents(self, number: int) -> list[Tensor]:
        plus, minus = (self.crossbars[number].rows @ self.nodes[number + 1][0]).chunk(2)
        return [minus, plus]

    def _settle(
        self, number: int, which: int, load: Tensor | float, current: Tensor | float
    ) -> None:
        """INV1 (0) or INV2 (1) of a layer, with the load and the current of its row."""
        neurons, nodes = self.layers[number], self.nodes[number]
        size, volts = neurons.sizes[which], nodes[which + 1]
        given, _, slope = self.inverter.spline.value_and_partials(nodes[which], volts)
        siemens = (load + self.resistor - size * slope).clamp(min=_LEAST_SIEMENS)
        amperes = size * given - (load + self.resistor) * volts + current
        share = -torch.expm1(-self.step * siemens / neurons.farads[which])
        nodes[which + 1] = volts + share * amperes / siemens


def _columns(volts: FloatArray) -> Tensor:
    """Voltages (P, M) as (M, P)."""
    return torch.from_numpy(np.ascontiguousarray(volts.T))


def _column(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))[:, None]
