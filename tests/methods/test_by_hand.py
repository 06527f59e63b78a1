"""What is differentiated by hand trains to the bits of what automatic differentiation records."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from imnnc.design import InverterSizes
from imnnc.methods.conditions import Conditions
from imnnc.methods.latim import LatimNetwork
from imnnc.physics.chips import Spread
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.loading import LoadedLayer
from tests.support.exact import CONDUCTANCES
from tests.support.measured import curves, table

WIDTHS = (4, 60, 40, 3)
SAMPLES = 20
CHIPS = Conditions.of([table()], Spread(0.03, 0.03, 0.05, False, 0.02, 0.02, 0.02, *CONDUCTANCES))


class Recorded(LatimNetwork):
    """The same network, all of it but `LoadedLayer` left to torch."""

    def columns_of_inputs(self, first: Crossbar, inputs_volts: Tensor) -> Tensor:
        volts = inputs_volts.T
        return self.read(0, torch.cat([volts, -volts]), first.nets_of_inputs(volts))

    def _cells(self, number: int) -> tuple[Tensor, Tensor]:
        rows, bias = (
            self._low + (self._high - self._low) * torch.sigmoid(theta[number])
            for theta in (self.theta_rows, self.theta_bias)
        )
        return rows, bias

    def _loaded(self, number: int, net: Tensor, crossbar: Crossbar) -> tuple[Tensor, Tensor]:
        load = crossbar.load(self.sizes(number - 1))
        mean_nets = self.get_buffer(self._mean_nets(number, self.corner))
        apply: Any = LoadedLayer.apply
        outputs, _ = apply(
            self.seen(number - 1, net),
            load.g.view(2, len(net)),
            load.row_shares,
            load.column_shares,
            load.bias_share,
            mean_nets,
            self._curves[self.corner],
            self.shift(number - 1),
        )
        return outputs, crossbar.nets(outputs)


@pytest.mark.parametrize("conditions", [None, CHIPS])
def test_latim_has_the_voltages_and_the_gradients_of_its_formulas(conditions):
    names = [f"layer{number}" for number in range(len(WIDTHS) - 1)]
    x = torch.rand(SAMPLES, WIDTHS[0], generator=torch.Generator().manual_seed(2)) * 0.4 - 0.2
    found = []
    for kind in (LatimNetwork, Recorded):
        network = kind(names, WIDTHS, CONDUCTANCES, [InverterSizes(1, 40)] * 3, curves(), 1)
        if conditions is not None:
            network.make(conditions, 0, SAMPLES, torch.Generator().manual_seed(3))
        states = network(x)
        readout = states[-1].minus
        # Sizes are asked for once more, as by the price of power: orders of sums show.
        loss = readout.square().sum() + network.sizes(0).log().sum() / 30
        (loss + states[0].plus.sum() + states[1].net.sum()).backward()
        found.append([readout, *(parameter.grad for parameter in network.parameters())])
    for ours, recorded in zip(*found, strict=True):
        assert ours is recorded is None or torch.equal(ours, recorded)
