"""Equilibrium: trained on the circuit itself.  Ours; no published method has it.

Every step solves the operating points of its samples, loads and all, from the inverter's table
(`imnnc.physics.equilibrium`), and takes their gradients by the implicit function theorem.  There
is no curve to fit and none to be wrong: what it predicts is what a simulator finds, to the
accuracy of the table.  Sizes are trained with the cells, and power is priced, as in LATIM.

When to choose which: LATIM trains several times faster and is within a fraction of a millivolt;
equilibrium predicts within a microvolt, also where loads are far from those that LATIM's curve
networks are good at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from imnnc.design import InverterSizes
from imnnc.diagnostics import fail
from imnnc.methods.base import Inputs, LayerVoltages, Method
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.parasitics import NO_PARASITICS, Parasitics
from imnnc.physics.equilibrium import ROUNDS
from imnnc.physics.free_output import free_output
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.readout import ExactReadout
from imnnc.physics.rest import rest
from imnnc.physics.settle import Settler
from imnnc.physics.vtc import TableModel


class EquilibriumNetwork(TrainableNetwork):
    """The network being trained, at rest for every sample."""

    of_resistors = False

    def __init__(
        self,
        names: Sequence[str],
        widths: Sequence[int],
        conductance_range: tuple[float, float],
        inverters: Sequence[InverterSizes],
        model: TableModel,
        seed: int,
        parasitics: Parasitics = NO_PARASITICS,
        rounds: int = ROUNDS,
    ) -> None:
        """`widths` are inputs, hidden widths, outputs; one name and size range a layer.

        A layer has at most so many `rounds` to come to rest.
        """
        supply = model.supply_volts
        super().__init__(names, widths, conductance_range, inverters, supply, seed, parasitics)
        self._rounds = rounds
        self.train_at([model])

    def train_at(self, curves: Sequence[TableModel]) -> None:
        """See `TrainableNetwork.train_at`."""
        self._settlers = [Settler(Inverter(model.table)) for model in curves]

    def forward(self, inputs_volts: Tensor) -> list[LayerState]:
        """Runs inputs (B, N) through the network, loads included.

        Raises:
            CompileError: IM401 where a sample has no operating point that could be found.
        """
        crossbars = [self.crossbar(number) for number in range(len(self._names))]
        net, settler = self.columns_of_inputs(crossbars[0], inputs_volts), self._settler
        states = []
        for number, crossbar in enumerate(crossbars[1:], 1):
            load = crossbar.load_by_columns(self.sizes(number - 1))
            seen, shift = self.seen(number - 1, net), self.shift(number - 1)
            outputs, at_rest = rest(seen, load, settler, self._rounds, shift)
            if not bool(at_rest.all()):
                raise fail(
                    "IM401",
                    f"training met a circuit whose layer `{self._names[number - 1]}` does not"
                    " come to rest",
                    help="lower `learning_rate`, allow larger sizes, or train by `latim`",
                )
            plus, minus = outputs.chunk(2)
            states.append(LayerState(net, minus, plus))
            net = self.read(number, outputs, crossbar.nets(outputs))
        seen = self.seen(len(states), net)
        states.append(LayerState(net, free_output(seen, settler), None))
        return states

    @property
    def _settler(self) -> Settler:
        return self._settlers[self.corner]

    def readout_plus(self, net: Tensor, minus: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, from their V-: INV2 has no load there."""
        return free_output(minus, self._settler)


class EquilibriumPredictor:
    """The operating points of a network, from the inverter's table, in float64."""

    def __init__(
        self, parameters: NetworkParameters, model: TableModel, rounds: int = ROUNDS
    ) -> None:
        """A layer has at most so many `rounds` to come to rest."""
        self.parameters = parameters
        self.supply_volts = model.supply_volts
        self._inverter, self._rounds = Inverter(model.table), rounds
        self._solver = OperatingPointSolver(self._inverter, most_rounds=rounds)

    def predict(self, inputs_volts: Inputs) -> FloatArray:
        """The read-out, V- of the output layer, (S, M) volts, for inputs (S, N) in volts."""
        return self.layers(inputs_volts)[-1].minus

    def readout(self, inputs_volts: Tensor) -> Tensor:
        """The same of tensors in float64, with gradients to the inputs."""
        return self._readout(inputs_volts)

    @cached_property
    def _readout(self) -> ExactReadout:
        return ExactReadout(self._inverter, self.parameters, self._rounds)

    def layers(self, inputs_volts: Inputs) -> list[LayerVoltages]:
        """Every node voltage for inputs (S, N) in volts.

        Raises:
            CompileError: IM332 where an operating point was not found.
        """
        inputs = np.asarray(inputs_volts, float)
        found = self._solver.solve(self.parameters, inputs).require()
        return [LayerVoltages(*nodes) for nodes in found.layers]


def _transfer(model: TableModel, v_in: FloatArray, loads: FloatArray) -> FloatArray:
    volts, g = torch.from_numpy(v_in), torch.from_numpy(loads)[:, None]
    found: FloatArray = Inverter(model.table).loaded_output(volts, g, torch.zeros(1)).numpy()
    return found


EQUILIBRIUM = Method(TableModel, EquilibriumNetwork, EquilibriumPredictor, _transfer)
