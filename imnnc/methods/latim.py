"""LATIM (doi 10.1109/TCSII.2021.3072289): training that knows the load of every inverter.

Published: the effective load of the crossbar is estimated during training, two neural networks
predict the transfer curves of the two inverters, the inverters are sized.  The internals are
not public; these are ours:

* The effective load of a row is its Norton pair: G, the sum of its cells, and J, its cells
  times the voltages of the columns that they reach.
* J needs the next layer's columns, which need this layer's outputs: a fixed point.  Training
  (`LatimNetwork`) evaluates each curve once, at the mean load voltage of its row, and solves
  for the deviation of each sample to first order.  Prediction (`LatimPredictor`) evaluates
  the curves at each sample's own load until the columns rest.
* Gradients flow through G and through J into the conductances, and through G/s and J/s into
  the sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from imnnc.design import InverterSizes
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.curve import CurvePair, FixedCurve, Tangents
from imnnc.physics.loading import LoadedLayer
from imnnc.physics.vtc import VtcModel

_FOLLOW = 0.2  # how fast the mean voltage of a column follows the batches


class LatimNetwork(TrainableNetwork):
    """The network being trained, with the load of every inverter."""

    def __init__(
        self,
        names: Sequence[str],
        widths: Sequence[int],
        conductance_range: tuple[float, float],
        inverters: Sequence[InverterSizes],
        vtc: VtcModel,
        seed: int,
    ) -> None:
        """`widths` are inputs, hidden widths, outputs; one name and size range a layer."""
        super().__init__(names, widths, conductance_range, inverters, vtc.supply_volts, seed)
        self._curves = CurvePair(vtc, torch.float32)
        free = torch.zeros(2, 1)
        unloaded = self._curves.tangents(free, free)
        self._free_plus, self._free_minus = unloaded.of(0), unloaded.of(1)
        for number, columns in enumerate(widths[1:]):
            self.register_buffer(f"mean_nets_{number}", torch.zeros(columns))

    def forward(self, inputs_volts: Tensor) -> list[LayerState]:
        """Runs inputs (B, N) through the network, loads included."""
        crossbars = [self.crossbar(number) for number in range(len(self._names))]
        net = crossbars[0].nets_of_inputs(inputs_volts.T)
        states = []
        for number, crossbar in enumerate(crossbars[1:], 1):
            outputs = self._loaded(number, net, crossbar)
            plus, minus = outputs.chunk(2)
            states.append(LayerState(net, minus, plus))
            net = crossbar.nets(outputs)
        # The read-out drives gates only: every neuron of it has the same unloaded curve.
        states.append(LayerState(net, _unloaded(net, self._free_minus), None))
        return states

    def readout_plus(self, net: Tensor, minus: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, from their V-: INV2 has no load there."""
        return _unloaded(minus, self._free_plus)

    def _loaded(self, number: int, net: Tensor, crossbar: Crossbar) -> Tensor:
        """V+, then V- (2 M, B) of the neurons that drive crossbar `number`."""
        mean_nets = self.get_buffer(f"mean_nets_{number}")
        apply: Any = LoadedLayer.apply  # torch does not type it
        outputs, drift = apply(
            net,
            (crossbar.row_siemens / self.sizes(number - 1)).view(2, len(net)),
            crossbar.row_shares,
            crossbar.column_shares,
            crossbar.bias_share,
            mean_nets,
            self._curves,
        )
        if self.training:
            # A new tensor: the old one is needed when gradients are computed.
            self.register_buffer(f"mean_nets_{number}", mean_nets + _FOLLOW * drift)
        return cast(Tensor, outputs)


def _unloaded(v_in: Tensor, curve: Tangents) -> Tensor:
    apply: Any = FixedCurve.apply  # torch does not type it
    return cast(Tensor, apply(v_in.flatten(), curve).view(v_in.shape))
