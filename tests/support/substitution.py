"""An oracle: the voltages of a network by substitution, apart from the solver that is tested."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.crossbar import Crossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.fixed_point import fixed_point
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters

_SETTLED_VOLTS = 1e-9

Nodes = tuple[FloatArray, FloatArray, FloatArray]


def exact_voltages(
    inverter: Inverter,
    parameters: NetworkParameters,
    inputs_volts: FloatArray,
    *,
    rounds: int = 100,
    chunk: int = 250,
) -> list[Nodes]:
    """Columns, V- and V+ (S, M) of every layer for inputs (S, N), in volts.

    Kirchhoff at the output of an inverter of size s that drives a row with the cells g and a
    resistor R to ground, the columns of the row being at `net`:

        s I(V_in, V) = sum_j g_j (V - net_j) + V / R

    The columns answer to the outputs; both are iterated until the columns rest within 1 nV,
    in so many `rounds` at most, of `chunk` samples at once.
    The read-out drives gates (and its resistor) alone.  Source: Kirchhoff's laws.
    """
    crossbars = crossbars_of(parameters, inverter.supply_volts)
    with torch.no_grad():
        parts = [
            _chunk(inverter, parameters, crossbars, inputs_volts[start : start + chunk], rounds)
            for start in range(0, max(1, len(inputs_volts)), chunk)
        ]
    found = []
    for layer in zip(*parts, strict=True):
        net, minus, plus = (
            torch.cat(nodes, 1).T.contiguous().numpy() for nodes in zip(*layer, strict=True)
        )
        found.append((net, minus, plus))
    return found


def _chunk(
    inverter: Inverter,
    parameters: NetworkParameters,
    crossbars: list[Crossbar],
    inputs_volts: FloatArray,
    rounds: int,
) -> list[tuple[Tensor, Tensor, Tensor]]:
    grounded = parameters.parasitics.output_siemens
    net = crossbars[0].nets_of_inputs(torch.from_numpy(np.asarray(inputs_volts, float)).T)
    found = []
    for layer, crossbar in zip(parameters.layers, crossbars[1:], strict=False):
        minus, plus = _loaded(inverter, layer, crossbar, grounded, net, rounds)
        found.append((net, minus, plus))
        net = crossbar.nets(torch.cat([plus, minus]))
    size_minus, size_plus = _sizes(parameters.layers[-1])
    ground = torch.zeros_like(net)
    minus = inverter.loaded_output(net, grounded / size_minus, ground)
    plus = inverter.loaded_output(minus, grounded / size_plus, ground)
    return [*found, (net, minus, plus)]


def _loaded(
    inverter: Inverter,
    layer: LayerParameters,
    crossbar: Crossbar,
    grounded: float,
    net: Tensor,
    rounds: int,
) -> tuple[Tensor, Tensor]:
    size_minus, size_plus = _sizes(layer)
    total = crossbar.row_siemens[:, None] + grounded
    g_plus, g_minus = total.chunk(2)
    share = crossbar.row_siemens[:, None] / total

    last: list[Tensor | None] = [None, None]  # outputs of the round before: near to the next

    def outputs(columns: Tensor) -> tuple[Tensor, Tensor]:
        at_plus, at_minus = (share * crossbar.row_shares @ columns).chunk(2)
        minus = inverter.loaded_output(net, g_minus / size_minus, at_minus, last[0])
        plus = inverter.loaded_output(minus, g_plus / size_plus, at_plus, last[1])
        last[:] = minus, plus
        return minus, plus

    def answer(columns: Tensor) -> Tensor:
        minus, plus = outputs(columns)
        return crossbar.nets(torch.cat([plus, minus]))

    start = torch.zeros(crossbar.rows.shape[1], net.shape[1], dtype=torch.float64)
    return outputs(fixed_point(answer, start, rounds, _SETTLED_VOLTS))


def _sizes(layer: LayerParameters) -> tuple[Tensor, Tensor]:
    """Of INV1 and of INV2, (M, 1)."""
    return torch.from_numpy(layer.size_minus)[:, None], torch.from_numpy(layer.size_plus)[:, None]
