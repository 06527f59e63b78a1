"""How read-outs answer to small changes of a die's cells.

At operating points that are known, each layer is linear.  With the slopes of its inverters, the
voltages behind their loads e = R n, and the unknowns n = C^T V + bias (see
`imnnc.physics.crossbar.Load`):

    dV- = s- dV_column + t- R dn     (s, t: slopes to V_in and to e)
    dV+ = s+ dV-       + t+ R dn

The slopes of a sum of read-outs to everything before it follow from one pass against the current:
the same implicit function theorem as in `imnnc.physics.equilibrium`, with each sample's own matrix,
for inverters whose transistors all differ.  What wires couple between rows, beside the columns, is
left out of the slopes, as training leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from imnnc.physics.crossbar import Crossbar, Load, SinhLoad
from imnnc.physics.die import (
    Die,
    cell_weights,
    columns,
    driven_rows,
    free_loads,
    input_rows,
    siemens_of,
    signal_rows,
    signal_weights,
)
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import FloatArray, GateVolts, LayerParameters, NeuronGates
from imnnc.physics.operating_point import Nodes


class _Slopes(NamedTuple):
    """Of outputs (M, B) of one inverter of each neuron."""

    to_input: Tensor  # volts a volt
    per_ampere: Tensor  # ohms, of a unit size: of a current into the output


class _Asked(NamedTuple):
    """Slopes of a sum of read-outs to one crossbar, for B samples."""

    column: Tensor  # (M, B) to a column, also by way of what loads the layer before
    drawn: Tensor | None  # (2 N, B) volts an ampere more out of each row; None: rows are sources


class _Layer:
    """One layer at its operating points."""

    def __init__(
        self,
        layer: LayerParameters,
        gates: NeuronGates,
        nodes: Nodes,
        following: Crossbar,
        weights: Tensor,
        devices: Devices,
    ) -> None:
        """`weights` (2 M, C) are those of the outputs in the columns that follow."""
        sizes = torch.cat([torch.from_numpy(x) for x in (layer.size_plus, layer.size_minus)])
        load = following.load_by_columns(sizes)
        self.load: Load = load.linear if isinstance(load, SinhLoad) else load
        self.weights = weights
        net, minus, plus = (columns(x) for x in nodes)
        g_plus, g_minus = self.load.g[:, None].chunk(2)
        of_minus = _slopes(devices, gates.minus, net, minus, g_minus)
        of_plus = _slopes(devices, gates.plus, minus, plus, g_plus)
        held = torch.cat([of_plus.per_ampere, of_minus.per_ampere])
        self.to_emf, self.per_ampere = self.load.g[:, None] * held, held / sizes[:, None]
        self.to_minus, self.to_plus = of_minus.to_input, of_plus.to_input

    def asked(self, column: Tensor) -> tuple[_Asked, Tensor]:
        """Of the crossbar that follows, `column` (C, B) being to its columns; and to the nets."""
        load, above = self.load, self.weights @ column
        wanted = load.row_shares.T @ (self.to_emf * self._through(above))
        # (1 - A)^T of every sample, with A = C^T S R, S the slopes of outputs to their loads.
        half = len(self.to_plus)
        outputs = self.to_emf.T[:, :, None] * load.row_shares  # (B, 2 M, C)
        outputs[:, :half] += self.to_plus.T[:, :, None] * outputs[:, half:]
        eye = torch.eye(len(load.bias_share), dtype=torch.float64)
        matrices = eye - load.column_shares.T @ outputs
        unknowns = torch.linalg.solve(matrices.mT, wanted.T[..., None])[..., 0].T
        total = self._through(above + load.column_shares @ unknowns)
        # Where the unknowns are the columns, a cell moves those by way of the loads as well.
        if len(unknowns) == len(column):
            column = column + unknowns
        return _Asked(column, total * self.per_ampere), total[half:] * self.to_minus

    def _through(self, to_outputs: Tensor) -> Tensor:
        """Slopes (2 M, B) to all outputs, to V- also those by way of V+."""
        plus, minus = to_outputs.chunk(2)
        return torch.cat([plus, minus + self.to_plus * plus])


def _slopes(devices: Devices, gates: GateVolts, v_in: Tensor, v_out: Tensor, g: Tensor) -> _Slopes:
    up, down = (torch.from_numpy(volts)[:, None] for volts in gates)
    _, rise, slope = devices.value_and_partials(v_in + up, v_in + down, v_out)
    held = g - slope
    return _Slopes(rise / held, 1 / held)


def cell_gradients(
    die: Die,
    devices: Devices,
    inputs_volts: FloatArray,
    points: Sequence[Nodes],
    readout: Tensor,
) -> list[Tensor]:
    """Of a loss to the cells (2 (N + P), M) of each crossbar, a siemens, plus rows first.

    `points` are the operating points of the die at inputs (S, N), `readout` (M, S) the gradients of
    the loss to V- of its output layer.
    """
    parameters, crossbars = die.parameters, die.crossbars(devices.supply_volts)
    last = len(points) - 1
    (g, _) = free_loads(parameters, parameters.layers[last], readout.shape[1])[1]
    net, minus = columns(points[last].net), columns(points[last].minus)
    column = readout * _slopes(devices, die.gates[last].minus, net, minus, g[:, None]).to_input
    found: list[Tensor] = []
    for number in range(last, -1, -1):
        if number:
            before, following = parameters.layers[number - 1], crossbars[number]
            nodes = points[number - 1]
            weights = signal_weights(parameters.layers[number], following)
            at = _Layer(before, die.gates[number - 1], nodes, following, weights, devices)
            asked, following_column = at.asked(column)
            rows = signal_rows(nodes.plus, nodes.minus)
        else:
            asked, following_column = _Asked(column, None), column
            rows = input_rows(inputs_volts, die.rails_volts)
        layer, net = parameters.layers[number], columns(points[number].net)
        found.append(_of_cells(layer, crossbars[number], asked, rows, net))
        column = following_column
    return found[::-1]


def _of_cells(
    layer: LayerParameters, crossbar: Crossbar, asked: _Asked, rows: Tensor, net: Tensor
) -> Tensor:
    weights = cell_weights(layer, crossbar) / torch.from_numpy(siemens_of(layer))
    driven = driven_rows(layer, rows, crossbar.supply_volts)
    gradient = weights * (driven @ asked.column.T - (asked.column * net).sum(1))
    if asked.drawn is not None:
        of_rows = (asked.drawn * rows).sum(1, keepdim=True) - asked.drawn @ net.T
        top = layer.inputs + layer.biases
        for start, part in zip((0, top), of_rows.chunk(2), strict=True):
            gradient[start : start + layer.inputs] -= part
    return gradient
