"""Which crossbar is which: the operator that cells make with the parasitics that there are."""

from __future__ import annotations

import torch
from torch import Tensor

from imnnc.design import Parasitics
from imnnc.physics.crossbar import Crossbar, IdealCrossbar
from imnnc.physics.network import LayerParameters, NetworkParameters


def crossbar(rows: Tensor, bias: Tensor, parasitics: Parasitics, supply_volts: float) -> Crossbar:
    """The operator that cells in siemens make: `rows` (2 N, M), and `bias` (2, M) at the rails.

    What a crossbar is with which parasitics is decided here and nowhere else.
    """
    return IdealCrossbar(rows, bias, supply_volts, parasitics.output_siemens)


def crossbar_of(layer: LayerParameters, parasitics: Parasitics, supply_volts: float) -> Crossbar:
    """The crossbar of a layer, in float64."""
    plus = torch.from_numpy(layer.g_plus_siemens)
    minus = torch.from_numpy(layer.g_minus_siemens)
    rows = torch.cat([plus[:-1], minus[:-1]])
    return crossbar(rows, torch.stack([plus[-1], minus[-1]]), parasitics, supply_volts)


def crossbars_of(parameters: NetworkParameters, supply_volts: float) -> list[Crossbar]:
    """The crossbars of a network, from the inputs on, in float64."""
    return [crossbar_of(x, parameters.parasitics, supply_volts) for x in parameters.layers]
