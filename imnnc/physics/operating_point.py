"""Operating points of whole networks: every node, every source, and whether they were found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from imnnc.diagnostics import ExitCode, fail
from imnnc.engine.device import PROCESSOR
from imnnc.physics.crossbar import Crossbar, Load, SinhLoad
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.devices import exact_dtype
from imnnc.physics.equilibrium import ROUNDS
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.rest import solve
from imnnc.physics.settle import Neurons, Settler

Noise = Callable[[int, Tensor, Tensor], Tensor]

# Voltages at once: what the cache of a processor holds; what keeps a GPU busy, in a few gigabytes.
_CHUNK_NUMBERS, _CHUNK_NUMBERS_OF_GPU = 400_000, 8_000_000


class Nodes(NamedTuple):
    """The nodes of one layer, (S, M) each, in volts: columns, V- and V+."""

    net: FloatArray
    minus: FloatArray
    plus: FloatArray


@dataclass(frozen=True)
class OperatingPoints:
    """The operating points of S samples.

    Where `converged` is false, the voltages of that sample are NaN: a number that was not found
    is never returned as one.
    """

    layers: tuple[Nodes, ...]
    converged: np.ndarray[tuple[int], np.dtype[np.bool_]]  # (S,)
    rounds: np.ndarray[tuple[int], np.dtype[np.int64]]  # (S,)
    residual_volts: FloatArray  # (S,): how far columns are from what the outputs make of them
    most_rounds: int  # that a sample was given to come to rest

    def require(self) -> OperatingPoints:
        """The same, all of them found.

        Raises:
            CompileError: IM332, with what can be done about it.
        """
        lost = np.flatnonzero(~self.converged)
        if len(lost):
            worst = float(self.residual_volts[lost].max())
            raise fail(
                "IM332",
                f"no operating point was found for {len(lost)} of {len(self.converged)} samples"
                f" in {self.most_rounds} rounds, the first is sample {lost[0]}",
                notes=[f"the worst column is {worst:.3g} V from rest"],
                help="loads may be extreme for these inverters: allow larger sizes, or a smaller"
                " range of conductances",
                exit_code=ExitCode.VERIFICATION,
            )
        return self


class OperatingPointSolver:
    """Solves networks of one inverter table; what it prepares once serves all of them."""

    def __init__(
        self,
        inverter: Inverter,
        dtype: torch.dtype | None = None,
        device: str = PROCESSOR.name,
        *,
        most_rounds: int = ROUNDS,
        chunk_numbers: int | None = None,
    ) -> None:
        """float32 is within 40 uV of float64, and for devices that have nothing better; None: so.

        A sample that is not at rest after `most_rounds` has not converged.  So many samples are
        solved at once that the outputs of the widest layer are at most `chunk_numbers`; None: as
        many as suit the device.
        """
        self.inverter = inverter
        self._dtype = dtype or exact_dtype(device)
        self._device = device
        self._most_rounds = most_rounds
        on_processor = device == PROCESSOR.name
        self._chunk_numbers = chunk_numbers or (
            _CHUNK_NUMBERS if on_processor else _CHUNK_NUMBERS_OF_GPU
        )
        self._settler = Settler(inverter)

    @property
    def settler(self) -> Settler:
        """What solves each of its inverters."""
        return self._settler

    def solve(
        self,
        parameters: NetworkParameters,
        inputs_volts: FloatArray,
        neurons: Sequence[Neurons] | None = None,
        noise: Noise | None = None,
        rails_volts: float = 0.0,
        crossbars: Sequence[Crossbar] | None = None,
    ) -> OperatingPoints:
        """The operating points for inputs (S, N) in volts.

        `neurons` are what solves the inverters of each layer; None: all of them are alike.
        `noise` is what is added to the columns of a layer, of which it is told the number, the
        rows (2 N, B) and the columns (M, B) in volts, sample after sample.

        `rails_volts` is where the middle of the rails is, those of the biases included.  All nodes
        are seen from there, whence it is the inputs that have moved, the other way.

        `crossbars` are those of its cells; None: exactly those.
        """
        if rails_volts and parameters.parasitics.output_siemens:
            raise ValueError("resistors to ground do not move with the rails")
        unlike = neurons is not None
        if neurons is None:
            neurons = [Neurons(self._settler, self._settler)] * len(parameters.layers)
        if crossbars is None:
            crossbars = crossbars_of(parameters, self.inverter.supply_volts)
        crossbars = [crossbar.to(self._device, self._dtype) for crossbar in crossbars]
        loads = [
            self._load(layer, crossbar)
            for layer, crossbar in zip(parameters.layers, crossbars[1:], strict=False)
        ]
        # A sample that is no voltage has no operating point, and shall not touch the others'.
        usable = np.asarray(np.isfinite(inputs_volts).all(1))
        inputs_volts = np.where(usable[:, None], inputs_volts, 0.0)
        widest = max(2 * layer.width for layer in parameters.layers)
        chunk = max(1, self._chunk_numbers // widest)
        with torch.no_grad():
            parts = [
                self._chunk(
                    parameters,
                    neurons,
                    noise,
                    crossbars,
                    loads,
                    inputs_volts[start : start + chunk],
                    unlike,
                    rails_volts,
                )
                for start in range(0, max(1, len(inputs_volts)), chunk)
            ]
        layers = [
            Nodes(*(_where(usable, np.concatenate(nodes)) for nodes in zip(*layer, strict=True)))
            for layer in zip(*(part.layers for part in parts), strict=True)
        ]
        return OperatingPoints(
            tuple(layers),
            np.concatenate([part.converged for part in parts]) & usable,
            np.concatenate([part.rounds for part in parts]),
            np.concatenate([part.residual_volts for part in parts]),
            self._most_rounds,
        )

    def _chunk(
        self,
        parameters: NetworkParameters,
        neurons: Sequence[Neurons],
        noise: Noise | None,
        crossbars: list[Crossbar],
        loads: list[Load | SinhLoad],
        inputs_volts: FloatArray,
        unlike: bool,
        rails_volts: float,
    ) -> OperatingPoints:
        inputs = torch.from_numpy(np.ascontiguousarray(inputs_volts.T)).to(
            self._device, self._dtype
        )
        rows = torch.cat([inputs, -inputs])
        if rails_volts:
            rows = rows - rails_volts
            net = crossbars[0].nets(rows)
        else:
            net = crossbars[0].nets_of_inputs(inputs)
        if noise is not None:
            net = net + noise(0, rows, net)
        count = net.shape[1]
        converged = torch.ones(count, dtype=torch.bool, device=self._device)
        rounds = torch.zeros(count, dtype=torch.long, device=self._device)
        residual = torch.zeros(count, dtype=self._dtype, device=self._device)
        nodes: list[tuple[Tensor, Tensor, Tensor]] = []
        for number, (load, crossbar, pair) in enumerate(
            zip(loads, crossbars[1:], neurons[:-1], strict=True), 1
        ):
            at_rest = solve(pair, net, load, self._most_rounds, unlike=unlike)
            plus, minus = at_rest.at.outputs.chunk(2)
            nodes.append((net, minus, plus))
            net = crossbar.nets_at_rest(at_rest.at.outputs, at_rest.columns)
            if noise is not None:
                net = net + noise(number, at_rest.at.outputs, net)
            converged &= at_rest.converged
            rounds = torch.maximum(rounds, at_rest.rounds)
            residual = torch.maximum(residual, at_rest.residual_volts)
        minus, plus = self._readout(parameters, neurons[-1], net)
        nodes.append((net, minus, plus))
        return OperatingPoints(
            tuple(Nodes(*(self._found(x, converged) for x in layer)) for layer in nodes),
            converged.cpu().numpy(),
            rounds.cpu().numpy(),
            residual.double().cpu().numpy(),
            self._most_rounds,
        )

    def _readout(
        self, parameters: NetworkParameters, neurons: Neurons, net: Tensor
    ) -> Iterator[Tensor]:
        """V- and V+ of the output layer, which drive gates and their resistors alone."""
        layer = parameters.layers[-1]
        ground = torch.zeros_like(net)
        v_in = net
        sizes = (layer.size_minus, layer.size_plus)
        for settler, size in zip(neurons, sizes, strict=True):
            g = parameters.parasitics.output_siemens / torch.from_numpy(size).to(net)
            start = settler.guess(v_in, g, ground)
            v_in = settler.settle(v_in, g, ground, start).v_out
            yield v_in

    def _load(self, layer: LayerParameters, crossbar: Crossbar) -> Load | SinhLoad:
        sizes = np.concatenate([layer.size_plus, layer.size_minus])
        return crossbar.load_by_columns(torch.from_numpy(sizes).to(self._device, self._dtype))

    def _found(self, nodes: Tensor, converged: Tensor) -> FloatArray:
        if not bool(converged.all()):
            nodes = torch.where(converged, nodes, torch.nan)
        found: FloatArray = nodes.T.double().contiguous().cpu().numpy()
        return found


def _where(usable: np.ndarray[Any, Any], volts: FloatArray) -> FloatArray:
    return volts if usable.all() else np.where(usable[:, None], volts, np.nan)
