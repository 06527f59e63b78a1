"""The read-out of a network at its exact operating point, differentiable to its inputs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from imnnc.diagnostics import ExitCode, fail
from imnnc.physics.crossbar import Crossbar, Load, SinhLoad
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.equilibrium import ROUNDS
from imnnc.physics.free_output import free_output
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import LayerParameters, NetworkParameters
from imnnc.physics.rest import rest
from imnnc.physics.settle import Settler


class ExactReadout:
    """V- of the output layer, by the equations of `imnnc.physics.equilibrium`.

    Gradients are those of the solution, by the implicit function theorem.
    """

    def __init__(
        self, inverter: Inverter, parameters: NetworkParameters, rounds: int = ROUNDS
    ) -> None:
        """A layer has at most so many `rounds` to come to rest."""
        self.supply_volts = inverter.supply_volts
        self._settler = Settler(inverter)
        self._rounds = rounds
        self._crossbars = crossbars_of(parameters, inverter.supply_volts)
        self._loads = [
            differentiable_load(layer, crossbar)
            for layer, crossbar in zip(parameters.layers, self._crossbars[1:], strict=False)
        ]
        last = parameters.layers[-1]
        self._siemens = parameters.parasitics.output_siemens / torch.from_numpy(last.size_minus)

    def __call__(self, inputs_volts: Tensor) -> Tensor:
        """The read-out (S, M) for inputs (S, N), volts in float64.

        Raises:
            CompileError: IM332 where an operating point was not found.
        """
        net = self._crossbars[0].nets_of_inputs(inputs_volts.T)
        found = torch.ones(net.shape[1], dtype=torch.bool)
        for load, crossbar in zip(self._loads, self._crossbars[1:], strict=True):
            outputs, at_rest = rest(net, load, self._settler, self._rounds)
            found &= at_rest
            net = crossbar.nets(outputs)
        if not bool(found.all()):
            lost = np.flatnonzero(~found.numpy())
            raise fail(
                "IM332",
                f"no operating point was found for {len(lost)} of {len(found)} samples"
                f" in {self._rounds} rounds, the first is sample {lost[0]}",
                exit_code=ExitCode.VERIFICATION,
            )
        return free_output(net, self._settler, self._siemens).T


def differentiable_load(layer: LayerParameters, crossbar: Crossbar) -> Load | SinhLoad:
    """What the outputs of a layer drive, with unknowns that say all of it.

    With wires the columns do not: there, the unknowns are voltages behind the rows.
    """
    sizes = torch.from_numpy(np.concatenate([layer.size_plus, layer.size_minus]))
    load = crossbar.load_by_columns(sizes)
    if isinstance(load, Load) and load.between is not None:
        return crossbar.load(sizes)
    return load
