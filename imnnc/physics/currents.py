"""What supplies and sources give, from the operating points of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import FloatArray, NetworkParameters, NeuronGates
from imnnc.physics.operating_point import Nodes


@dataclass(frozen=True)
class SourceCurrents:
    """Currents out of every source into the circuit, in amperes, for S samples."""

    supply_volts: float
    rails_volts: float  # the middle of the rails
    rail_plus: FloatArray  # (S,), of the supply at +V_S
    rail_minus: FloatArray  # (S,), at -V_S
    bias_plus: FloatArray  # (S,), of the bias source at +V_S, all layers together
    bias_minus: FloatArray  # (S,)
    inputs_plus: FloatArray  # (S, N), of the sources of the plus rows
    inputs_minus: FloatArray  # (S, N)

    def rails_watts(self) -> FloatArray:
        """What the two supplies give, (S,)."""
        return self._watts(self.rail_plus, self.rail_minus)

    def all_sources_watts(self, inputs_volts: FloatArray) -> FloatArray:
        """What supplies, biases and inputs give, (S,), for inputs (S, N) in volts."""
        biases = self._watts(self.bias_plus, self.bias_minus)
        inputs = (inputs_volts * (self.inputs_plus - self.inputs_minus)).sum(1)
        return np.asarray(self.rails_watts() + biases + inputs)

    def _watts(self, plus: FloatArray, minus: FloatArray) -> FloatArray:
        return self.supply_volts * (plus - minus) + self.rails_volts * (plus + minus)


def source_currents(
    inverter: Inverter,
    parameters: NetworkParameters,
    inputs_volts: FloatArray,
    layers: Sequence[Nodes],
    mismatch: tuple[Devices, Sequence[NeuronGates]] | None = None,
    rails_volts: float = 0.0,
) -> SourceCurrents:
    """The currents at operating points `layers` of inputs (S, N) in volts.  Source: Kirchhoff.

    `mismatch` has the two transistors, and where the gates of each layer are; None: they are alike.
    `rails_volts` is the middle of the rails, from which the nodes of `layers` are seen.

    An inverter takes I_dd from +V_S, gives I_out to its load and the rest to -V_S; a row of a
    crossbar takes what flows from it into the columns.
    """
    supply = inverter.supply_volts
    samples = len(inputs_volts)
    rail_plus, rail_minus, bias_plus, bias_minus = np.zeros((4, samples))
    crossbars = crossbars_of(parameters, supply)
    inputs = torch.from_numpy(inputs_volts.T)
    rows = torch.cat([inputs, -inputs]) - rails_volts
    first_rows = rows
    for number, (layer, crossbar, nodes) in enumerate(
        zip(parameters.layers, crossbars, layers, strict=True)
    ):
        for which, (sizes, v_in, v_out) in enumerate(
            (
                (layer.size_minus, nodes.net, nodes.minus),
                (layer.size_plus, nodes.minus, nodes.plus),
            )
        ):
            at = torch.from_numpy(v_in), torch.from_numpy(v_out)
            if mismatch is None:
                from_plus = inverter.supply_current(*at).numpy() @ sizes
                to_minus = from_plus - inverter.output_current(*at).numpy() @ sizes
            else:
                devices, gates = mismatch
                up, down = (torch.from_numpy(x) for x in gates[number][which])
                gates_up, gates_down = (at[0] + x for x in (up, down))
                currents = devices.currents(gates_up, gates_down, at[1])
                from_plus, to_minus = (x.numpy() @ sizes for x in currents)
            rail_plus += from_plus
            rail_minus -= to_minus
        biases = crossbar.bias_currents(rows, torch.from_numpy(nodes.net.T)).numpy()
        bias_plus += biases[0]
        bias_minus += biases[1]
        rows = torch.from_numpy(np.concatenate([nodes.plus, nodes.minus], 1).T)
    net = torch.from_numpy(layers[0].net.T)
    plus, minus = crossbars[0].row_currents(first_rows, net).chunk(2)
    return SourceCurrents(
        supply,
        rails_volts,
        rail_plus,
        rail_minus,
        bias_plus,
        bias_minus,
        plus.T.numpy(),
        minus.T.numpy(),
    )
