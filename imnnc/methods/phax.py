"""PHAX (doi 10.1109/TCAD.2017.2764070): one fitted curve for every neuron, no load.

Published: V- and V+ are hyperbolic tangents of the column's voltage, fitted to INV1 and to the
cascade at one nominal operating point (size 5 and 0.9 MOhm); the cells of a column are
1 + K / (1 + e^-theta), K = 7.33, divided by their sum, biases included, with the gradient
through the division; every inverter has one size.

Ours: curves have an offset and an amplitude of their own (as the published table of
coefficients has, not the formula with +-V_S); K is what the memristor's range makes it, 7.33
for the published one; size and load can be swept, and so can be better than the published;
training is the loop of all methods (Adam, one cycle, the best epoch on validation samples),
where the published one trains with gradient descent in MATLAB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from imnnc.design import InverterSizes, TrainSpec
from imnnc.methods.base import Inputs, LayerVoltages, Method
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.parasitics import NO_PARASITICS, Parasitics
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import NominalPoint, TanhCurve, TanhPair


def nominal_points(spec: TrainSpec, table: InverterTable) -> tuple[NominalPoint, ...]:
    """Every size with every load that is to be tried; the first begins the sweeps."""
    return tuple(
        NominalPoint(size, load)
        for size in spec.values("size")
        for load in spec.values("load_ohms")
    )


def tanh_curve(curve: TanhCurve, v_in: Tensor) -> Tensor:
    """V_out = c1 + c2 tanh(c4 (V_in - c3)), volts; differentiable."""
    # As 2 sigmoid(2 z) - 1, which torch computes several times as fast.
    bent = torch.sigmoid(2 * curve.c4 * (v_in - curve.c3))
    return 2 * curve.c2 * bent + (curve.c1 - curve.c2)


class PhaxNetwork(TrainableNetwork):
    """The network being trained; no neuron knows what it drives."""

    def __init__(
        self,
        names: Sequence[str],
        widths: Sequence[int],
        conductance_range: tuple[float, float],
        _inverters: Sequence[InverterSizes],
        curves: TanhPair,
        seed: int,
        parasitics: Parasitics = NO_PARASITICS,
    ) -> None:
        """`widths` are inputs, hidden widths, outputs; all sizes are that of the curves."""
        size = curves.point.size
        super().__init__(
            names,
            widths,
            conductance_range,
            [InverterSizes(size, size)] * len(names),
            curves.supply_volts,
            seed,
            replace(parasitics, resistor_ohms=curves.point.resistor_ohms),
        )
        self.train_at([curves])

    def train_at(self, curves: Sequence[TanhPair]) -> None:
        """See `TrainableNetwork.train_at`."""
        self._curves = tuple(curves)

    def forward(self, inputs_volts: Tensor) -> list[LayerState]:
        """Runs inputs (B, N) through the network."""
        curves = self._curves[self.corner]
        net = self.columns_of_inputs(self.crossbar(0), inputs_volts)
        states = []
        for number in range(1, len(self._names)):
            seen = self.seen(number - 1, net)
            minus = tanh_curve(curves.minus, seen)
            plus = tanh_curve(curves.plus, self._through(number - 1, seen))
            states.append(LayerState(net, minus, plus))
            outputs = torch.cat([plus, minus])
            net = self.read(number, outputs, self.crossbar(number).nets(outputs))
        minus = tanh_curve(curves.minus, self.seen(len(states), net))
        states.append(LayerState(net, minus, None))
        return states

    def _through(self, number: int, seen: Tensor) -> Tensor:
        """What the curve of V+ is taken at: INV2's threshold, over the gain of INV1 before it."""
        shift = self.shift(number)
        if shift is None:
            return seen
        curve = self._curves[self.corner].minus
        return seen + shift / (curve.c2 * curve.c4)

    def readout_plus(self, net: Tensor, minus: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, from their columns."""
        return tanh_curve(self._curves[self.corner].plus, net)


class PhaxPredictor:
    """Predicts every node of a network with the two fitted curves, in float64."""

    def __init__(self, parameters: NetworkParameters, curves: TanhPair) -> None:
        self.parameters = parameters
        self.supply_volts = curves.supply_volts
        self._curves = curves
        self._crossbars = crossbars_of(parameters, self.supply_volts)

    def predict(self, inputs_volts: Inputs) -> FloatArray:
        """The read-out, V- of the output layer, (S, M) volts, for inputs (S, N) in volts."""
        return self.layers(inputs_volts)[-1].minus

    def readout(self, inputs_volts: Tensor) -> Tensor:
        """The same of tensors in float64, with gradients to the inputs."""
        return self._layers(inputs_volts.T)[-1][1].T

    def layers(self, inputs_volts: Inputs) -> list[LayerVoltages]:
        """Every node voltage for inputs (S, N) in volts."""
        with torch.no_grad():
            found = self._layers(torch.from_numpy(np.asarray(inputs_volts, float)).T)
        return [LayerVoltages(*(x.T.contiguous().numpy() for x in nodes)) for nodes in found]

    def _layers(self, inputs: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        net = self._crossbars[0].nets_of_inputs(inputs)
        found = []
        for number in range(len(self._crossbars)):
            minus = tanh_curve(self._curves.minus, net)
            plus = tanh_curve(self._curves.plus, net)
            found.append((net, minus, plus))
            if number + 1 < len(self._crossbars):
                net = self._crossbars[number + 1].nets(torch.cat([plus, minus]))
        return found


def transfer(curves: TanhPair, v_in: FloatArray, loads: FloatArray) -> FloatArray:
    """V- (loads, n) at V_in (n,), volts: the same whatever the load."""
    fixed: FloatArray = tanh_curve(curves.minus, torch.from_numpy(v_in)).numpy()
    return np.tile(fixed, (len(loads), 1))


PHAX = Method(TanhPair, PhaxNetwork, PhaxPredictor, transfer, nominal_points)
