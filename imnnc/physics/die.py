"""One die: a network whose gates and cells are its own, and what its layers are at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.chips import neurons_of
from imnnc.physics.crossbar import Crossbar, SinhLoad
from imnnc.physics.crossbars import crossbar_of, crossbars_of, lean_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices, MismatchedSettler
from imnnc.physics.network import (
    FloatArray,
    GateVolts,
    LayerParameters,
    NetworkParameters,
    NeuronGates,
)
from imnnc.physics.operating_point import OperatingPoints, OperatingPointSolver
from imnnc.physics.settle import Settled, Settler
from imnnc.physics.sinh import SinhCrossbar


@dataclass(frozen=True)
class Die:
    """Cells as they came out, and the gates of all transistors.

    Its nodes are seen from the middle of its rails, at `rails_volts`.
    """

    parameters: NetworkParameters
    gates: tuple[NeuronGates, ...]
    rails_volts: float = 0.0  # by which V_DD, V_SS and the biases are moved
    # What wires do to the cells of the first crossbar, as they were once; None: as they are
    lean: Tensor | None = None

    def with_cells(self, number: int, siemens: FloatArray) -> Die:
        """With other cells (2 (N + P), M) in one layer, those of the plus rows first."""
        plus, minus = np.split(siemens, 2)
        layers = list(self.parameters.layers)
        layers[number] = replace(layers[number], g_plus_siemens=plus, g_minus_siemens=minus)
        return replace(self, parameters=replace(self.parameters, layers=tuple(layers)))

    def leaning(self) -> Die:
        """The same, whose first crossbar leans as its wires have it, whatever its cells become.

        It is the largest, and inputs do not feel what it draws.
        """
        return replace(self, lean=lean_of(self.parameters.layers[0], self.parameters.parasitics))

    def crossbars(self, supply_volts: float) -> list[Crossbar]:
        """The crossbars of all layers, in float64."""
        return crossbars_of(self.parameters, supply_volts, first_ratio=self.lean)


def nominal_die(parameters: NetworkParameters) -> Die:
    """The die that a compile has in mind: transistors are alike."""
    return Die(parameters, tuple(alike(layer.width) for layer in parameters.layers))


def alike(width: int) -> NeuronGates:
    """Gates that are at the inputs of their inverters."""
    none = np.zeros(width)
    return NeuronGates(GateVolts(none, none), GateVolts(none, none))


class DieSolver:
    """Solves dies of one technology."""

    def __init__(self, inverter: Inverter, devices: Devices) -> None:
        """`devices` reach as far beyond the rails as gates may be."""
        self.devices = devices
        self.supply_volts = inverter.supply_volts
        self._solver = OperatingPointSolver(inverter)

    @property
    def nominal(self) -> Settler:
        """What solves inverters that are alike."""
        return self._solver.settler

    def solve(self, die: Die, inputs_volts: FloatArray) -> OperatingPoints:
        """The operating points of a die for inputs (S, N) in volts."""
        neurons = neurons_of(die.gates, self.devices, self.nominal)
        return self._solver.solve(
            die.parameters,
            inputs_volts,
            neurons,
            rails_volts=die.rails_volts,
            crossbars=die.crossbars(self.supply_volts),
        )


@dataclass(frozen=True)
class DrivenInverters:
    """One inverter of each of M neurons, behind known loads, for B samples."""

    solver: DieSolver
    g: Tensor  # (M,) siemens a unit size
    behind: Tensor  # (M, B) volts behind that

    def at(self, gates: GateVolts, v_in: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs (M, B) for inputs (M, B), in volts; their slopes to the gates of P and of N."""
        devices, settled = self.solver.devices, self._settled(gates, v_in)
        up, down = (torch.from_numpy(volts)[:, None] for volts in gates)
        rise = devices.pull_up.value_and_partials(v_in + up, settled.v_out)[1]
        fall = devices.pull_down.value_and_partials(v_in + down, settled.v_out)[1]
        part = rise / (rise - fall)
        return settled.v_out, settled.to_input * part, settled.to_input * (1 - part)

    def outputs(self, gates: GateVolts, v_in: Tensor) -> Tensor:
        """The outputs alone."""
        return self._settled(gates, v_in).v_out

    def _settled(self, gates: GateVolts, v_in: Tensor) -> Settled:
        settler = MismatchedSettler(self.solver.devices, self.solver.nominal, gates)
        guess = settler.guess(v_in, self.g, self.behind)
        return settler.settle(v_in, self.g, self.behind, guess)

    def every(self, number: int) -> DrivenInverters:
        """The same for every so many samples."""
        return replace(self, behind=self.behind[:, ::number])


def columns(volts: FloatArray) -> Tensor:
    """Volts (S, M) of samples as a tensor (M, S)."""
    return torch.from_numpy(np.ascontiguousarray(volts.T, dtype=np.float64))


def signal_rows(plus: FloatArray, minus: FloatArray) -> Tensor:
    """The rows (2 N, S) that outputs (S, N) drive."""
    return torch.cat([columns(plus), columns(minus)])


def input_rows(inputs_volts: FloatArray, rails_volts: float) -> Tensor:
    """The rows (2 N, S) that inputs (S, N) drive, seen from the middle of the rails."""
    return signal_rows(inputs_volts - rails_volts, -inputs_volts - rails_volts)


def driven_rows(layer: LayerParameters, rows: Tensor, supply_volts: float) -> Tensor:
    """All rows (2 (N + P), B) of a crossbar whose signals are `rows` (2 N, B), volts."""
    biases = rows.new_full((layer.biases, rows.shape[1]), supply_volts)
    plus, minus = rows.chunk(2)
    return torch.cat([plus, biases, minus, -biases])


def siemens_of(layer: LayerParameters) -> FloatArray:
    """All cells (2 (N + P), M), those of the plus rows first."""
    return np.concatenate([layer.g_plus_siemens, layer.g_minus_siemens])


def cell_weights(layer: LayerParameters, crossbar: Crossbar) -> Tensor:
    """What each cell (2 (N + P), M) weighs in its column; of cells that bend, near 0 V.

    What wires do to the weights of the biases is left out.
    """
    siemens = torch.from_numpy(siemens_of(layer))
    weights = siemens / siemens.sum(0)
    top = layer.inputs + layer.biases
    shares = signal_weights(layer, crossbar)
    weights[: layer.inputs], weights[top : top + layer.inputs] = shares.chunk(2)
    return weights


def signal_weights(layer: LayerParameters, crossbar: Crossbar) -> Tensor:
    """The same of the cells on the rows that are driven, (2 N, M)."""
    if isinstance(crossbar, SinhCrossbar):
        return crossbar.cells.column_shares
    eye = torch.eye(2 * layer.inputs, dtype=torch.float64)
    return (crossbar.nets(eye) - crossbar.nets(torch.zeros_like(eye[:, :1]))).T


def loads_behind(
    following: Crossbar, layer: LayerParameters, plus: Tensor, minus: Tensor
) -> list[tuple[Tensor, Tensor]]:
    """Of V+ and of V- (M, B): siemens a unit size (M,), and the voltages (M, B) behind them."""
    sizes = torch.from_numpy(np.concatenate([layer.size_plus, layer.size_minus]))
    outputs = torch.cat([plus, minus])
    load = following.load_by_columns(sizes)
    linear = load.linear if isinstance(load, SinhLoad) else load
    behind = linear.row_shares @ (linear.column_shares.T @ outputs + linear.bias_share)
    if linear.between is not None and linear.offset is not None:
        behind = behind + linear.between @ outputs + linear.offset
    return list(zip(linear.g.chunk(2), behind.chunk(2), strict=True))


def free_loads(
    parameters: NetworkParameters, layer: LayerParameters, samples: int
) -> list[tuple[Tensor, Tensor]]:
    """The same of the output layer, which drives no crossbar."""
    ground = parameters.parasitics.output_siemens
    behind = torch.zeros(layer.width, samples, dtype=torch.float64)
    return [
        (torch.from_numpy(ground / sizes), behind) for sizes in (layer.size_plus, layer.size_minus)
    ]


def crossbar_after(
    parameters: NetworkParameters, number: int, supply_volts: float
) -> Crossbar | None:
    """What layer `number` drives; None: it is the last."""
    if number + 1 == len(parameters.layers):
        return None
    following = parameters.layers[number + 1]
    return crossbar_of(following, parameters.parasitics, supply_volts, number + 1)
