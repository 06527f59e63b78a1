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

import numpy as np
import torch
from torch import Tensor

from imnnc.design import InverterSizes
from imnnc.diagnostics import fail
from imnnc.methods.base import Inputs, LayerVoltages, Method
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.parasitics import NO_PARASITICS, Parasitics
from imnnc.physics.columns import LoadedColumns
from imnnc.physics.crossbar import Crossbar, IdealCrossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.curve import CurvePair, FixedCurve, Tangents, tanh
from imnnc.physics.fixed_point import fixed_point, implicit
from imnnc.physics.loading import LoadedLayer
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.vtc import VtcModel

_SETTLED_VOLTS = 1e-6
_MAX_ROUNDS = 40
_LOAD_TOLERANCE = 1e-6  # programmed resistances are rounded to nine digits
_CHUNK_NUMBERS = 200_000  # float64 in one tensor: what a core's cache holds
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
        parasitics: Parasitics = NO_PARASITICS,
    ) -> None:
        """`widths` are inputs, hidden widths, outputs; one name and size range a layer."""
        supply = vtc.supply_volts
        super().__init__(names, widths, conductance_range, inverters, supply, seed, parasitics)
        self._widths = tuple(widths)
        self.train_at([vtc])

    def train_at(self, curves: Sequence[VtcModel]) -> None:
        """See `TrainableNetwork.train_at`; columns have means of their own at each corner."""
        self._curves = [CurvePair(vtc, torch.float32) for vtc in curves]
        free = torch.zeros(2, 1)
        unloaded = [pair.tangents(free, free) for pair in self._curves]
        self._unloaded = [(curve.of(0), curve.of(1)) for curve in unloaded]
        for corner in range(len(curves)):
            for number, columns in enumerate(self._widths[1:]):
                self.register_buffer(self._mean_nets(number, corner), torch.zeros(columns))

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move the curves along with parameters and buffers, as `torch.nn.Module.to` does those."""
        found = super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        device = self.theta_rows[0].device
        self._curves = [pair.to(device) for pair in self._curves]
        self._unloaded = [(plus.to(device), minus.to(device)) for plus, minus in self._unloaded]
        return found

    @staticmethod
    def _mean_nets(number: int, corner: int) -> str:
        return f"mean_nets_{number}" if corner == 0 else f"mean_nets_{number}_{corner}"

    def forward(self, inputs_volts: Tensor) -> list[LayerState]:
        """Runs inputs (B, N) through the network, loads included."""
        crossbars = [self.crossbar(number) for number in range(len(self._names))]
        net = self.columns_of_inputs(crossbars[0], inputs_volts)
        states = []
        for number, crossbar in enumerate(crossbars[1:], 1):
            outputs, columns = self._loaded(number, net, crossbar)
            plus, minus = outputs.chunk(2)
            states.append(LayerState(net, minus, plus))
            net = self.read(number, outputs, columns)
        # The read-out drives gates only: every neuron of it has the same unloaded curve.
        seen = self.seen(len(states), net)
        states.append(LayerState(net, _unloaded(seen, self._unloaded[self.corner][1]), None))
        return states

    def readout_plus(self, net: Tensor, minus: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, from their V-: INV2 has no load there."""
        return _unloaded(minus, self._unloaded[self.corner][0])

    def _loaded(self, number: int, net: Tensor, crossbar: Crossbar) -> tuple[Tensor, Tensor]:
        """V+, then V- (2 M, B) of the neurons that drive crossbar `number`, and its columns."""
        name = self._mean_nets(number, self.corner)
        mean_nets = self.get_buffer(name)
        # In this order: the gradients of sizes are added up in the opposite one.
        sizes, seen = self.sizes(number - 1), self.seen(number - 1, net)
        curves, shift = self._curves[self.corner], self.shift(number - 1)
        apply: Any  # torch does not type it
        if isinstance(crossbar, IdealCrossbar) and not crossbar.ground_siemens:
            apply, of = LoadedColumns.apply, crossbar
            outputs, columns, drift = apply(
                seen, sizes, of.rows, of.bias, of.supply_volts, mean_nets, curves, shift
            )
        else:
            apply, load = LoadedLayer.apply, crossbar.load(sizes)
            outputs, drift = apply(
                seen,
                load.g.view(2, len(net)),
                load.row_shares,
                load.column_shares,
                load.bias_share,
                mean_nets,
                curves,
                shift,
            )
            columns = crossbar.nets(outputs)
        if self.training:
            # A new tensor: the old one is needed when gradients are computed.
            self.register_buffer(name, mean_nets + _FOLLOW * drift)
        return outputs, columns


def _unloaded(v_in: Tensor, curve: Tangents) -> Tensor:
    apply: Any = FixedCurve.apply  # torch does not type it
    return cast(Tensor, apply(v_in.flatten(), curve).view(v_in.shape))


class LatimPredictor:
    """Predicts every node of a network with the two curve networks, in float64."""

    def __init__(
        self,
        parameters: NetworkParameters,
        vtc: VtcModel,
        rounds: int = _MAX_ROUNDS,
        *,
        settled_volts: float = _SETTLED_VOLTS,
        chunk_numbers: int = _CHUNK_NUMBERS,
    ) -> None:
        """`rounds` of load correction at most; fewer where the columns rest earlier.

        Columns rest where a round moves none by `settled_volts`.  So many samples are predicted at
        once that the largest tensor has at most `chunk_numbers` numbers.

        Raises:
            CompileError: IM331 where a load is beyond those that the curves are known for.
        """
        self.parameters = parameters
        self._rounds = rounds
        self._settled_volts = settled_volts
        self._chunk_numbers = chunk_numbers
        self._curves = CurvePair(vtc, torch.float64)
        self._hidden = len(vtc.minus.hidden_bias)
        self.supply_volts = vtc.minus.scales.supply_volts
        self._crossbars = crossbars_of(parameters, self.supply_volts)
        for layer, crossbar in zip(parameters.layers, self._crossbars[1:], strict=False):
            _check_loads(layer, crossbar, vtc.minus.scales.g_max_siemens)

    def predict(self, inputs_volts: Inputs) -> FloatArray:
        """The read-out, V- of the output layer, (S, M) volts, for inputs (S, N) in volts."""
        return self.layers(inputs_volts)[-1].minus

    def readout(self, inputs_volts: Tensor) -> Tensor:
        """The same of tensors in float64, with gradients to the inputs."""
        return self._layers(inputs_volts.T)[-1][1].T

    def layers(self, inputs_volts: Inputs) -> list[LayerVoltages]:
        """Every node voltage for inputs (S, N) in volts."""
        widest = max(layer.width for layer in self.parameters.layers)
        chunk = max(1, self._chunk_numbers // (widest * self._hidden))
        starts = range(0, max(1, len(inputs_volts)), chunk)
        with torch.no_grad():
            parts = [
                self._layers(torch.from_numpy(np.asarray(inputs_volts[i : i + chunk], float)).T)
                for i in starts
            ]
        return [
            LayerVoltages(
                *(torch.cat(nodes, 1).T.contiguous().numpy() for nodes in zip(*layer, strict=True))
            )
            for layer in zip(*parts, strict=True)
        ]

    def _layers(self, inputs: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        net = self._crossbars[0].nets_of_inputs(inputs)
        found = []
        for layer, crossbar in zip(self.parameters.layers, self._crossbars[1:], strict=False):
            sizes = torch.from_numpy(_sizes(layer))
            minus, plus, next_net = self._loaded(net, sizes, crossbar)
            found.append((net, minus, plus))
            net = next_net
        free = torch.zeros(2, *net.shape, dtype=torch.float64)
        minus, plus = self._outputs(net, free, free)
        found.append((net, minus, plus))
        return found

    def _outputs(self, net: Tensor, g: Tensor, emf: Tensor) -> tuple[Tensor, Tensor]:
        """V-, V+ (M, B) of neurons on columns `net` (M, B), loads (2, M, B)."""
        curves = self._curves.coefficients(g.flatten(1), emf.flatten(1))

        def output(which: int, v_in: Tensor) -> Tensor:
            bent = tanh((curves.b[which] * v_in.view(-1, 1)).add_(curves.o[which]))
            parts = curves.a[which] * bent if bent.requires_grad else bent.mul_(curves.a[which])
            return parts.sum(1).add_(curves.c[which]).view(v_in.shape)

        minus = output(1, net.contiguous())
        return minus, output(0, minus)

    def _loaded(
        self, net: Tensor, sizes: Tensor, crossbar: Crossbar
    ) -> tuple[Tensor, Tensor, Tensor]:
        """V-, V+ (M, B) of neurons on columns `net`, and the columns of the next crossbar."""
        load = crossbar.load(sizes)
        g = load.g.view(2, len(net), 1).expand(-1, -1, net.shape[1])

        def outputs(columns: Tensor) -> tuple[Tensor, Tensor]:
            return self._outputs(net, g, (load.row_shares @ columns).view(g.shape))

        def answer(columns: Tensor) -> Tensor:
            minus, plus = outputs(columns)
            v = torch.cat([plus, minus])
            return torch.addmm(load.bias_share, load.column_shares.T, v)

        start = torch.zeros(len(load.bias_share), net.shape[1], dtype=torch.float64)
        with torch.no_grad():
            columns = fixed_point(answer, start, self._rounds, self._settled_volts)
        if net.requires_grad:
            columns = implicit(answer, columns, self._rounds, self._settled_volts)
        minus, plus = outputs(columns)
        return minus, plus, crossbar.nets(torch.cat([plus, minus]))


def _check_loads(layer: LayerParameters, crossbar: Crossbar, limit_siemens: float) -> None:
    loads = crossbar.row_siemens / torch.from_numpy(_sizes(layer))
    worst = int(loads.argmax())
    if float(loads[worst]) > limit_siemens * (1 + _LOAD_TOLERANCE):
        output = "V+" if worst < layer.width else "V-"
        raise fail(
            "IM331",
            f"the load of an inverter must be at most {limit_siemens:.4g} S a unit size,"
            f" {output} of neuron {worst % layer.width} of layer `{layer.name}` has"
            f" {float(loads[worst]):.4g} S",
            help="compile without `--params`, so that curves are fitted for these loads",
        )


def _sizes(layer: LayerParameters) -> FloatArray:
    """Sizes (2 M,) in the order of the rows that they drive: INV2, then INV1."""
    return np.concatenate([layer.size_plus, layer.size_minus])


def _transfer(curves: VtcModel, v_in: FloatArray, loads: FloatArray) -> FloatArray:
    g = torch.from_numpy(np.stack([loads, loads]))
    with torch.no_grad():
        curve = CurvePair(curves, torch.float64).coefficients(g, torch.zeros_like(g))
        bent = torch.tanh(curve.b[1][:, :, None] * torch.from_numpy(v_in) + curve.o[1][:, :, None])
        volts: FloatArray = ((curve.a[1][:, :, None] * bent).sum(1) + curve.c[1][:, None]).numpy()
    return volts


LATIM = Method(VtcModel, LatimNetwork, LatimPredictor, _transfer)
