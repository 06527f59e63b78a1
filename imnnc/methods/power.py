"""What the inverters draw from the rails, estimated from predicted node voltages."""

from __future__ import annotations

import torch
from torch import Tensor

from imnnc.methods.base import LayerVoltages
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import NetworkParameters


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
