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
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from imnnc.design import InverterSizes
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.curve import CurvePair, FixedCurve, Tangents
from imnnc.physics.loading import LoadedLayer
from imnnc.physics.network import LayerParameters, NetworkParameters
from imnnc.physics.vtc import VtcModel

_FOLLOW = 0.2  # how fast the mean voltage of a column follows the batches


@dataclass(frozen=True)
class LayerState:
    """The nodes of one layer during training, (M, B) volts."""

    net: Tensor
    minus: Tensor
    plus: Tensor | None  # None in the read-out: see `LatimNetwork.unloaded_plus`


class LatimNetwork(nn.Module):
    """The network being trained: cells and sizes behind bounded maps, float32.

    A cell is g_min (1 + K sigma(theta)), K = g_max / g_min - 1 (as PHAX constrains it); a size
    runs through its range in the logarithm.
    """

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
        super().__init__()
        self._names = tuple(names)
        self._low, self._high = conductance_range
        self._inverters = tuple(inverters)
        self._supply = vtc.minus.scales.supply_volts
        self._curves = CurvePair(vtc, torch.float32)
        free = torch.zeros(2, 1)
        unloaded = self._curves.tangents(free, free)
        self._free_plus, self._free_minus = unloaded.of(0), unloaded.of(1)
        random = torch.Generator().manual_seed(seed)
        self.theta_rows = nn.ParameterList()
        self.theta_bias = nn.ParameterList()
        self.rho = nn.ParameterList()
        for number, (rows, columns) in enumerate(pairwise(widths)):
            # Few cells high, most low: a column's sum bounds what one cell can weigh.
            self.theta_rows.append(torch.randn(2 * rows, columns, generator=random) - 1.0)
            self.theta_bias.append(torch.randn(2, columns, generator=random) - 1.0)
            self.rho.append(torch.zeros(2 * columns))
            self.register_buffer(f"mean_nets_{number}", torch.zeros(columns))

    def crossbar(self, number: int) -> Crossbar:
        """The crossbar of layer `number`; differentiable."""
        span = self._high - self._low
        return Crossbar(
            self._low + span * torch.sigmoid(self.theta_rows[number]),
            self._low + span * torch.sigmoid(self.theta_bias[number]),
            self._supply,
        )

    def sizes(self, number: int) -> Tensor:
        """Sizes of INV2, then INV1, of layer `number`, (2 M,); differentiable."""
        bounds = self._inverters[number]
        ratio = bounds.maximum / bounds.minimum
        return bounds.minimum * ratio ** torch.sigmoid(self.rho[number])

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

    def unloaded_plus(self, readout: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, which nothing hears."""
        return _unloaded(readout, self._free_plus)

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

    def found(self) -> NetworkParameters:
        """The network as it stands, in float64."""
        layers = []
        with torch.no_grad():
            for number, name in enumerate(self._names):
                crossbar = self.crossbar(number)
                plus, minus = (
                    torch.cat([rows, bias[None]]).double().numpy()
                    for rows, bias in zip(
                        crossbar.rows.chunk(2), crossbar.bias.unbind(0), strict=True
                    )
                )
                size_plus, size_minus = self.sizes(number).double().chunk(2)
                layers.append(
                    LayerParameters(name, plus, minus, size_minus.numpy(), size_plus.numpy())
                )
        return NetworkParameters(tuple(layers))


def _unloaded(v_in: Tensor, curve: Tangents) -> Tensor:
    apply: Any = FixedCurve.apply  # torch does not type it
    return cast(Tensor, apply(v_in.flatten(), curve).view(v_in.shape))
