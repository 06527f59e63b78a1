"""Which transitions between samples settle last, by an estimate: those are what is simulated.

Of S samples there are S (S - 1) transitions, far too many for a simulator.  All are estimated
from the operating points that they lead from and to, in two steps:

1. *Time constants.*  A column settles with its gates over its cells, the read-out's V- with its
   capacitance over its output conductance at the point where it comes to rest.  Each time constant
   counts as often as the logarithm of an excursion over the band.  What rests where it was may have
   gone far on the way: an output as far as its input times its gain, up to the rail, a column as
   far as the magnitudes of its rows' movements, weighed by its cells.
2. *One run.*  The slowest of those are run by the equations of the circuit, all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from imnnc.physics.capacitances import column_farads
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, IntArray, LayerParameters, NetworkParameters
from imnnc.physics.operating_point import Nodes
from imnnc.physics.response import Band, StepResponse

# Outputs of inverters that are run, over all transitions: a matter of seconds for any network.
_RUN_OUTPUTS = 100_000
_GROWTH = 1 / 12  # of steps: it is the order that counts
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
    response: StepResponse, layers: Sequence[Nodes], count: int, band: Band
) -> tuple[Transition, ...]:
    """The `count` transitions that settle last, the slowest first.

    Args:
        response: of the network.
        layers: its operating points, (S, M) volts a node.
        count: how many; fewer come back where there are no more.
        band: how near outputs must be to have settled.
    """
    inverter, parameters = response.inverter, response.parameters
    outputs = sum(2 * layer.width for layer in parameters.layers)
    pairs = _by_time_constants(
        inverter, parameters, layers, max(count, _RUN_OUTPUTS // outputs), band
    )
    coarse = replace(response, growth=_GROWTH)
    order = _last_first(coarse.seconds(layers, pairs, band))[:count]
    return tuple(Transition(*pair) for pair in pairs[order].tolist())


def _by_time_constants(
    inverter: Inverter,
    parameters: NetworkParameters,
    layers: Sequence[Nodes],
    count: int,
    settled_band: Band,
) -> IntArray:
    """The numbers (P, 2) of the samples of the `count` transitions that are worth a run."""
    layer, readout = parameters.layers[-1], layers[-1]
    siemens, _ = _at_rest(inverter, parameters, readout.net, readout.minus, layer.size_minus)
    of_output = _readout_farads(inverter, layer) / siemens
    of_column = _column_seconds(inverter, parameters)
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


def _column_seconds(inverter: Inverter, parameters: NetworkParameters) -> FloatArray:
    """The time constants (M,) of the last columns: gates, wires and cells over their cells."""
    number, layer = len(parameters.layers) - 1, parameters.layers[-1]
    parasitics = parameters.parasitics
    farads = column_farads(
        np.concatenate([layer.g_plus_siemens, layer.g_minus_siemens]),
        parasitics.wires_of(number),
        parasitics.capacitances_of(number),
    )
    gates = layer.size_minus * inverter.input_farads
    return np.asarray((gates + farads) / _column_siemens(layer))


def _column_siemens(layer: LayerParameters) -> FloatArray:
    return np.asarray((layer.g_plus_siemens + layer.g_minus_siemens).sum(0))


def _readout_farads(inverter: Inverter, layer: LayerParameters) -> FloatArray:
    """The capacitance (M,) at V-, which drives INV2 and a unit inverter besides."""
    gates = layer.size_plus + 1.0
    return np.asarray(layer.size_minus * inverter.output_farads + gates * inverter.input_farads)
