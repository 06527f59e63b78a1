"""Small networks, and their exact voltages from the inverter's own table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from imnnc.design import InverterSizes
from imnnc.methods.base import LayerVoltages
from imnnc.methods.latim import LatimNetwork
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from tests.support.measured import SUPPLY_VOLTS, curves, inverter
from tests.support.substitution import exact_voltages

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
    """Every node, as the inverter's own table has it."""
    return [LayerVoltages(*nodes) for nodes in exact_voltages(inverter(), of, inputs_volts)]
