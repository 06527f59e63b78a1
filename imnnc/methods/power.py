"""What an inference costs: the power of the rails and how long it is drawn, both estimated.

Energy is power times the hold time, and the hold time is the delay of the slowest output.  Both
follow from sizes and loads, so both are priced where sizes are trained and chosen: an inverter
that is larger than its neighbours need draws more and slows down the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from imnnc.methods.base import LayerVoltages
from imnnc.methods.charging import Charging, charging
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, NetworkParameters

_SHARPNESS = 8  # of the mean that stands for the slowest neuron of a layer


def layer_power(
    inverter: Inverter, net: Tensor, minus: Tensor, plus: Tensor, sizes: tuple[Tensor, Tensor]
) -> Tensor:
    """Static power (B,) in watts of neurons with nodes (M, B) and sizes (INV1, INV2), (M,).

    Of the two rails only, the published convention; inputs and biases are apart.
    """
    first = sizes[0] @ inverter.rail_power(net, minus)
    return first + sizes[1] @ inverter.rail_power(minus, plus)


def rail_power(
    inverter: Inverter, parameters: NetworkParameters, layers: list[LayerVoltages]
) -> float:
    """Static power of a finished network, averaged over the predicted samples, in watts."""
    total = 0.0
    for layer, voltages in zip(parameters.layers, layers, strict=True):
        power = layer_power(
            inverter,
            torch.from_numpy(voltages.net.T),
            torch.from_numpy(voltages.minus.T),
            torch.from_numpy(voltages.plus.T),
            (torch.from_numpy(layer.size_minus), torch.from_numpy(layer.size_plus)),
        )
        total += float(power.mean())
    return total


def crossbar_power(
    crossbars: Sequence[Crossbar], rows: Sequence[Tensor], nets: Sequence[Tensor]
) -> Tensor:
    """Static power (B,) in watts that inputs and biases push into the crossbars.

    What flows in rows that inverters drive comes from the rails.

    Args:
        crossbars: from the inputs on.
        rows: voltages (2 N, B) of the rows of each: inputs, then V+ and V- of the layer before.
        nets: voltages (M, B) of the columns of each crossbar.
    """
    total = (rows[0] * crossbars[0].row_currents(rows[0], nets[0])).sum(0)
    for crossbar, volts, columns in zip(crossbars, rows, nets, strict=True):
        plus, minus = crossbar.bias_currents(volts, columns)
        total = total + crossbar.supply_volts * (plus - minus)
    return total


def source_power(
    supply_volts: float,
    parameters: NetworkParameters,
    inputs_volts: FloatArray,
    layers: list[LayerVoltages],
) -> float:
    """Static power of inputs and biases in watts, averaged over samples, (S, N) volts each."""
    power = crossbar_power(
        crossbars_of(parameters, supply_volts),
        [
            torch.from_numpy(np.concatenate([plus, minus], 1).T)
            for plus, minus in (
                (inputs_volts, -inputs_volts),
                *((layer.plus, layer.minus) for layer in layers[:-1]),
            )
        ],
        [torch.from_numpy(layer.net.T) for layer in layers],
    )
    return float(power.mean())


def settling_seconds(
    inverter: Inverter,
    sizes: Sequence[tuple[Tensor, Tensor]],
    loads: Sequence[tuple[Tensor, Tensor]],
    crossbars: Sequence[Charging | None] = (),
) -> Tensor:
    """The time constants of the slowest neurons of all layers, added up; differentiable.

    A node settles with its capacitance over its conductance.  V- has the outputs of INV1 and the
    gates of INV2, V+ the outputs of INV2; both have the inverter's own conductance and that of
    the row which they drive.  The V- of the last layer has the read-out's gate as well, which is
    a unit inverter's; its V+ is not waited for.  Where a source states a crossbar's capacitances,
    its columns settle with those and the gates of INV1 over their cells, and its rows load what
    drives them; where it states none, columns count as if they took no time.

    Args:
        inverter: its capacitances, and its conductance at the middle of the swing.
        sizes: of INV1 and of INV2, (M,) each, layer by layer.
        loads: siemens from V- and from V+ to elsewhere, (M,) each.
        crossbars: the one before each layer, as far as capacitances are stated.
    """
    own, gate, drain = inverter.middle_siemens, inverter.input_farads, inverter.output_farads
    total = sizes[0][0].new_zeros(())
    last = len(sizes) - 1
    for number, ((first, second), (at_minus, at_plus)) in enumerate(zip(sizes, loads, strict=True)):
        before = crossbars[number] if crossbars else None
        behind = crossbars[number + 1] if crossbars and number < last else None
        more = gate if number == last else 0.0 if behind is None else behind.row_farads
        minus = (first * drain + second * gate + more) / (first * own + at_minus)
        plus: Tensor | float = 0.0
        if number < last:
            outputs = second * drain if behind is None else second * drain + behind.row_farads
            plus = outputs / (second * own + at_plus)
        seconds = minus + plus
        if before is not None:
            seconds = seconds + before.column_seconds(first * gate) + before.row_seconds
        # A power mean: nearly the largest, and with a gradient for those that come next.
        largest = seconds.detach().max()
        share = (seconds / largest).pow(_SHARPNESS).mean().pow(1 / _SHARPNESS)
        total = total + largest * share
    return total


def network_seconds(inverter: Inverter, parameters: NetworkParameters) -> float:
    """`settling_seconds` of a finished network."""
    grounded = parameters.parasitics.output_siemens
    loads = []
    for following in crossbars_of(parameters, inverter.supply_volts)[1:]:
        plus, minus = following.row_siemens.chunk(2)
        loads.append((minus + grounded, plus + grounded))
    free = torch.full((parameters.layers[-1].width,), grounded, dtype=torch.float64)
    sizes = [
        (torch.from_numpy(layer.size_minus), torch.from_numpy(layer.size_plus))
        for layer in parameters.layers
    ]
    stated = [
        charging(
            torch.from_numpy(np.concatenate([layer.g_plus_siemens, layer.g_minus_siemens])),
            parameters.parasitics,
            number,
        )
        for number, layer in enumerate(parameters.layers)
    ]
    return float(settling_seconds(inverter, sizes, [*loads, (free, free)], stated))
