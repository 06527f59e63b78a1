"""Which crossbar is which: the operator that cells make with the parasitics that there are."""

from __future__ import annotations

import torch
from torch import Tensor

from imnnc.parasitics import Parasitics
from imnnc.physics.crossbar import Crossbar, IdealCrossbar, in_parallel
from imnnc.physics.network import LayerParameters, NetworkParameters
from imnnc.physics.sinh import SinhCrossbar
from imnnc.physics.wired import lean, leaning, wired


def crossbar(
    rows: Tensor,
    bias: Tensor,
    parasitics: Parasitics,
    supply_volts: float,
    ratio: Tensor | None = None,
) -> Crossbar:
    """The operator that cells in training make, differentiable.

    Cells are in siemens, `rows` (2 N, M) and `bias` (2 P, M), P at the plus rail, then P at the
    minus rail.  `ratio` (2 N + 2 P, M) is what wires do to the weight of each, as
    `imnnc.physics.wired.lean` has it; None: there are none.  What a crossbar is with which
    parasitics is decided here and nowhere else.
    """
    ground = parasitics.output_siemens
    if ratio is None:
        cells = IdealCrossbar(rows, in_parallel(bias), supply_volts, ground)
        return cells if parasitics.law is None else SinhCrossbar(cells, parasitics.law)
    return leaning(rows, bias, ratio, supply_volts, ground)


def crossbar_of(
    layer: LayerParameters,
    parasitics: Parasitics,
    supply_volts: float,
    number: int = 0,
    ratio: Tensor | None = None,
) -> Crossbar:
    """The crossbar of layer `number` in float64: exact, or of cells that lean by `ratio`."""
    rows, bias = rows_and_bias(layer)
    wires = parasitics.wires_of(number)
    if wires is None or ratio is not None:
        return crossbar(rows, bias, parasitics, supply_volts, ratio)
    return wired(rows, bias, wires, supply_volts, parasitics.output_siemens)


def lean_of(layer: LayerParameters, parasitics: Parasitics, number: int = 0) -> Tensor | None:
    """What its wires do to the weight of each of its cells, as `crossbar` takes it."""
    wires = parasitics.wires_of(number)
    return None if wires is None else lean(*rows_and_bias(layer), wires)


def rows_and_bias(layer: LayerParameters) -> tuple[Tensor, Tensor]:
    """Siemens of the rows (2 N, M), and of the biases (2 P, M), plus first."""
    cells = [torch.from_numpy(x) for x in (layer.g_plus_siemens, layer.g_minus_siemens)]
    parts = zip(*(x.tensor_split([layer.inputs]) for x in cells), strict=True)
    rows, bias = (torch.cat(part) for part in parts)
    return rows, bias


def crossbars_of(
    parameters: NetworkParameters,
    supply_volts: float,
    start: int = 0,
    first_ratio: Tensor | None = None,
) -> list[Crossbar]:
    """The crossbars of a network, from the inputs or from layer `start` on, in float64.

    Exact, or with cells of the first one that lean by `first_ratio`.
    """
    return [
        crossbar_of(
            layer, parameters.parasitics, supply_volts, number, None if number else first_ratio
        )
        for number, layer in enumerate(parameters.layers)
        if number >= start
    ]
