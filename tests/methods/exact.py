"""Small networks, and their exact voltages from the inverter's own table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from imnnc.design import InverterSizes
from imnnc.methods.base import LayerVoltages
from imnnc.methods.latim import LatimNetwork
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from tests.physics.measured import SUPPLY_VOLTS, curves, inverter

CONDUCTANCES = (1.2e-7, 8e-7)


def network(widths: Sequence[int] = (4, 5, 3), seed: int = 1) -> NetworkParameters:
    """Cells and whole sizes at random."""
    random = np.random.default_rng(seed)
    layers = []
    for number, (rows, columns) in enumerate(pairwise(widths)):
        plus, minus = random.uniform(*CONDUCTANCES, (2, rows + 1, columns))
        sizes = random.integers(1, 6, (2, columns)).astype(float)
        layers.append(LayerParameters(f"layer{number}", plus, minus, sizes[0], sizes[1]))
    return NetworkParameters(tuple(layers))


def in_training(widths: Sequence[int] = (4, 5, 3), seed: int = 1) -> LatimNetwork:
    """The same as a network that training starts from, with sizes from 1 to 10."""
    names = [f"layer{number}" for number in range(len(widths) - 1)]
    inverters = [InverterSizes(1, 10)] * len(names)
    return LatimNetwork(names, widths, CONDUCTANCES, inverters, curves(), seed)


def inputs(samples: int = 20, width: int = 4, seed: int = 3) -> FloatArray:
    return np.random.default_rng(seed).uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (samples, width))


def with_sizes(of: NetworkParameters, size: float) -> NetworkParameters:
    """The same cells, every inverter of one size."""
    return NetworkParameters(
        tuple(
            replace(
                layer,
                size_minus=np.full(layer.width, size),
                size_plus=np.full(layer.width, size),
            )
            for layer in of.layers
        )
    )


def voltages(of: NetworkParameters, inputs_volts: FloatArray) -> list[LayerVoltages]:
    """Every node: the currents of each inverter and its load balance, the columns rest."""
    crossbars = [Crossbar.of(layer, SUPPLY_VOLTS) for layer in of.layers]
    net = crossbars[0].nets_of_inputs(torch.from_numpy(inputs_volts.T))
    found = []
    for number, layer in enumerate(of.layers):
        size_minus, size_plus = (
            torch.from_numpy(sizes)[:, None] for sizes in (layer.size_minus, layer.size_plus)
        )
        if number + 1 == len(of.layers):
            none = torch.zeros(1, dtype=torch.float64)
            minus = inverter().loaded_output(net, none, none)
            plus = inverter().loaded_output(minus, none, none)
            following = net
        else:
            crossbar = crossbars[number + 1]
            g_plus, g_minus = crossbar.row_siemens[:, None].chunk(2)
            following = torch.zeros(crossbar.rows.shape[1], net.shape[1], dtype=torch.float64)
            for _ in range(60):
                at_plus, at_minus = crossbar.row_emfs(following).chunk(2)
                minus = inverter().loaded_output(net, g_minus / size_minus, at_minus)
                plus = inverter().loaded_output(minus, g_plus / size_plus, at_plus)
                before, following = following, crossbar.nets(torch.cat([plus, minus]))
                if float((following - before).abs().max()) < 1e-11:
                    break
        found.append(LayerVoltages(net.T.numpy(), minus.T.numpy(), plus.T.numpy()))
        net = following
    return found
