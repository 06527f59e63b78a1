"""The test bench of a verification: decks for each corner, samples through them, measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property

import numpy as np

from imnnc.artifacts.reading import in_netlist, read_folder
from imnnc.circuit.names import Node, layer_nets
from imnnc.diagnostics import CompileError
from imnnc.emit.ngspice import read_flat_names
from imnnc.measure.charges import deck_charges
from imnnc.measure.copied import Copied
from imnnc.measure.deck import Condition, Deck, deck_at
from imnnc.measure.figures import (
    EDGE_SECONDS,
    accuracy,
    error_figures,
    settled_band,
    target_mse,
)
from imnnc.measure.noise import readout_noise
from imnnc.measure.reduction import PROOF_SAMPLES, PROOF_VOLTS, Reduction, within_proof
from imnnc.measure.simulation import Simulation
from imnnc.measure.stream import stream
from imnnc.measure.transient import measure_dynamics, measure_energies
from imnnc.measure.verification import (
    AtHold,
    CornerVerification,
    Dynamics,
    LayerError,
    ReadoutNoise,
    Verification,
)
from imnnc.methods.choice import METHODS
from imnnc.physics.charges import Charges
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray
from imnnc.physics.noise import ThermalNoise
from imnnc.physics.operating_point import Nodes
from imnnc.physics.response import StepResponse
from imnnc.physics.threads import one_thread
from imnnc.physics.transitions import Transition, slowest
from imnnc.simulate.pool import SimulatorPool

_NODES: tuple[Node, ...] = ("net", "minus", "plus")
# From so many cells on, transients of the reduced deck are worth a second simulator.
_LARGE_CROSSBAR_CELLS = 5000


Simulated = Sequence[Mapping[Node, FloatArray]]  # layer by layer, (S, M) a node


class Bench:
    """One verification; see `imnnc.measure.folder.verify_folder`."""

    def __init__(self, copy: Copied, simulation: Simulation) -> None:
        self.copy = copy
        self.simulation = simulation
        self.stored, self.plan = read_folder(copy.folder)
        self.network = self.plan.network
        self.inputs = self.plan.stimuli.inputs_volts
        self.names = read_flat_names(copy.folder, self.network.name)
        self.reduction = Reduction(copy, self.network, self.stored.program, self.plan)
        self.parameters = in_netlist(self.stored, self.plan)
        self._chosen: tuple[tuple[Transition, ...], float] | None = None

    def verify(self) -> Verification:
        """Every corner, one after the other."""
        found = []
        version = ""
        for number, corner in enumerate(self.plan.corners):
            share = 1 / len(self.plan.corners)
            begin = number * share

            def tell(part: float, text: str, begin: float = begin, share: float = share) -> None:
                self.simulation.progress.update(begin + share * part, text)

            deck = self._deck(corner)
            with self.simulation.open(deck.testbench) as simulator:
                version = simulator.version
                found.append(self._corner(corner, deck, simulator, tell))
        return Verification(
            self.network.name,
            self.stored.method,
            self.plan.spec.tolerance_volts,
            version,
            self.plan.stimuli.targets,
            tuple(found),
        )

    def simulate(self, inputs_volts: FloatArray) -> list[dict[Node, FloatArray]]:
        """The nodes of every layer at the operating points of inputs (S, N), (S, M) each.

        Where the first crossbar is reduced since it is too large, that is proven on a tile of it.
        """
        corner = self.plan.corners[0]
        deck = self._deck(corner)
        if deck.thevenin is not None and self.reduction.is_needed:
            self.reduction.prove_on_tile(deck.thevenin.cells, self.simulation)
        with self.simulation.open(deck.testbench) as simulator:
            volts = simulator.operating_points(
                deck.sources, deck.stimuli(inputs_volts, self.plan.supply_volts), self._probes()
            )
        return self._by_layer(volts)

    def energies(self, hold_seconds: float) -> tuple[float, float]:
        """Joules of an inference that lasts `hold_seconds`, of the rails and of all sources."""
        deck = self._full_deck(self.plan.corners[0])
        reduced = self.reduces or self._is_large()
        if self.reduction.is_needed or (reduced and self.reduction.is_exact_in_time):
            deck = self.reduction.reduced(deck)
        with self.simulation.open(deck.testbench) as simulator:
            return measure_energies(simulator, deck, self.plan, self.names, hold_seconds)

    def _corner(
        self,
        corner: str,
        deck: Deck,
        simulator: SimulatorPool,
        tell: Callable[[float, str], None],
    ) -> CornerVerification:
        vtc = next(model for model in self.stored.vtc.models if model.corner == corner)
        with one_thread():
            method = METHODS[self.stored.method]
            predicted = method.predictor(self.parameters, vtc).layers(self.inputs)
            moved = None
            if self.plan.without_leaks:
                whole = method.predictor(self.stored.program.parameters(), vtc)
                moved = error_figures(predicted[-1].minus, whole.predict(self.inputs))
        probes = self._probes()

        def count(done: int, total: int) -> None:
            tell(0.8 * done / total, f"{corner}: operating point {done} of {total}")

        volts = simulator.operating_points(
            deck.sources,
            deck.stimuli(self.inputs, self.plan.supply_volts),
            probes,
            on_progress=count,
        )
        simulated = self._by_layer(volts)
        errors = []
        for layer, model, circuit in zip(self.network.layers, predicted, simulated, strict=True):
            for node in _NODES:
                figures = error_figures(getattr(model, node), circuit[node])
                errors.append(LayerError(layer.name, node, figures.rms, figures.max))
        proof = tile = lumped = None
        if deck.thevenin is not None and self.reduction.is_needed:
            tile, proof = self.reduction.prove_on_tile(deck.thevenin.cells, self.simulation)
            if not self.reduction.is_exact_in_time:
                lumped = self.reduction.lumped_on_tile(deck.thevenin.cells, self.simulation)
        elif deck.thevenin is not None:
            proof = self._prove(self._full_deck(corner), volts, probes)
        tell(0.85, f"{corner}: transient")
        readout, wanted = simulated[-1]["minus"], self.plan.stimuli.targets
        classes = self.plan.loss == "cross_entropy"
        at_hold = None
        with self._for_transients(corner, deck, simulator, volts, probes) as (
            moving,
            simulated_by,
            same,
        ):
            proof = same if proof is None else proof
            chosen, seconds = self._slowest(simulated)
            dynamics = measure_dynamics(
                simulated_by, moving, self.plan, self.names, readout, chosen, seconds
            )
            if dynamics.hold_s is not None:
                tell(0.9, f"{corner}: a sample every hold time")
                slow = self.reduction.is_needed  # as then others are wired, too
                hold = dynamics.hold_s
                volts = stream(simulated_by, moving, self.plan, self.names, hold, slow=slow)
                at_hold = self._judge(volts, readout, predicted[-1].minus)
        return CornerVerification(
            corner=corner,
            predicted_volts=predicted[-1].minus,
            simulated_volts=readout,
            error=error_figures(predicted[-1].minus, readout),
            layers=tuple(errors),
            accuracy=accuracy(predicted[-1].minus, readout, wanted) if classes else None,
            mse_predicted_v2=None if classes else target_mse(predicted[-1].minus, wanted),
            mse_simulated_v2=None if classes else target_mse(readout, wanted),
            dynamics=dynamics,
            reduction_error_v=proof,
            proven_on=tile,
            lumped=lumped,
            delay_estimated_s=self._estimated(corner, dynamics, simulated),
            at_hold=at_hold,
            leaks_move=moved,
            noise=self._noise(corner, simulated),
        )

    @cached_property
    def _charges(self) -> Charges | None:
        """Of the inverter at the design's corner; None where they cannot be measured."""
        return deck_charges(
            self.copy.folder,
            self.network.name,
            self.plan.supply_volts,
            self.copy.scratch / "charges",
            self.simulation.timeout_seconds,
        )

    @cached_property
    def _response(self) -> StepResponse:
        """Of the network at the design's corner, of which the table is."""
        table = self.stored.table
        charges = self._charges or Charges.constant(table.input_farads, table.output_farads)
        return StepResponse(Inverter(table), charges, self.parameters, EDGE_SECONDS)

    def _slowest(self, simulated: Simulated) -> tuple[tuple[Transition, ...], float]:
        """The transitions to simulate for the delay: at every corner those of the design's.

        And for how many seconds the longest is expected to last.
        """
        if self._chosen is None:
            count, nodes = self.plan.spec.transient_samples, _nodes(simulated)
            with one_thread():
                chosen = slowest(self._response, nodes, count, settled_band)
                pairs = np.array([(x.before, x.after) for x in chosen]).reshape(-1, 2)
                seconds = self._response.seconds(nodes, pairs, settled_band)
            self._chosen = chosen, float(seconds[np.isfinite(seconds)].max(initial=0.0))
        return self._chosen

    def _estimated(self, corner: str, dynamics: Dynamics, simulated: Simulated) -> float | None:
        """The estimate of the delay, of the very transition that it is of; None: there is none."""
        worst = dynamics.worst
        if worst is None or self._charges is None or corner != self.plan.corners[0]:
            return None
        pair = np.array([[worst.from_sample, worst.to_sample]])
        with one_thread():
            (found,) = self._response.seconds(_nodes(simulated), pair, settled_band).tolist()
        return found if np.isfinite(found) else None

    def _noise(self, corner: str, simulated: Simulated) -> ReadoutNoise | None:
        """Thermal noise at the operating points; None: its capacitances are not known there."""
        if self._charges is None or corner != self.plan.corners[0]:
            return None
        table = self.stored.table
        noise = ThermalNoise(
            Inverter(table), self._charges, self.parameters, table.temperature_celsius
        )
        with one_thread():
            return readout_noise(
                noise, _nodes(simulated), classes=self.plan.loss == "cross_entropy"
            )

    def _judge(self, volts: FloatArray, settled: FloatArray, predicted: FloatArray) -> AtHold:
        """Read-outs (K, M) at the hold, beside those of the same samples (S, M)."""
        count = len(volts)
        settled, predicted = settled[:count], predicted[:count]
        wanted = self.plan.stimuli.targets[:count]
        classes = self.plan.loss == "cross_entropy"
        return AtHold(
            volts,
            error_figures(settled, volts),
            error_figures(predicted, volts),
            accuracy(predicted, volts, wanted) if classes else None,
            accuracy(settled, volts, wanted).agreement if classes else None,
            None if classes else target_mse(volts, wanted),
        )

    def _probes(self) -> list[str]:
        """Every node of every layer, in the order in which `_by_layer` takes them."""
        return [
            self.names.probe(net)
            for layer in self.network.layers
            for node in _NODES
            for net in layer_nets(layer.name, node, layer.width)
        ]

    def _by_layer(self, volts: FloatArray) -> list[dict[Node, FloatArray]]:
        """The probed voltages (S, probes) by layer and node, (S, M) each."""
        found = []
        start = 0
        for layer in self.network.layers:
            nodes: dict[Node, FloatArray] = {}
            for node in _NODES:
                nodes[node] = volts[:, start : start + layer.width]
                start += layer.width
            found.append(nodes)
        return found

    def _full_deck(self, corner: str) -> Deck:
        """The deck at a corner; the netlist is written for the first one."""
        other = corner != self.plan.corners[0]
        return deck_at(self.copy, self.network, Condition(corner) if other else None)

    def _deck(self, corner: str) -> Deck:
        deck = self._full_deck(corner)
        return self.reduction.reduced(deck) if self.reduces else deck

    def _is_large(self) -> bool:
        """Whether a second simulator, for the reduced deck, is started in less than it saves."""
        return self.reduction.cells >= _LARGE_CROSSBAR_CELLS

    @property
    def reduces(self) -> bool:
        """Whether all is simulated with the first crossbar reduced."""
        return self.simulation.reduce or self.reduction.is_needed

    @contextmanager
    def _for_transients(
        self,
        corner: str,
        deck: Deck,
        simulator: SimulatorPool,
        found: FloatArray,
        probes: Sequence[str],
    ) -> Iterator[tuple[Deck, SimulatorPool, float | None]]:
        """The deck and the simulator of the transients, and what a reduced one differs by.

        A crossbar of resistors between ideal rows has no memory: what it is the equivalent of at
        rest, it is at any time, and so it is with capacitances where wires have no resistance.  So
        a large one is reduced for the transients in any case, provided that the operating points
        `found` (S, probes) are those of the deck as it lies there; they are not where somebody has
        edited it so that its rows are no ideal ones.  One with both is not reduced, unless it is
        beyond the simulator, nor is one of cells that bend: it has an equivalent at rest alone.
        """
        chosen: tuple[Deck, SimulatorPool, float | None] = deck, simulator, None
        with ExitStack() as stack:
            less = None
            if not self.reduction.is_exact_in_time and not self.reduction.is_needed:
                if deck.thevenin is not None:
                    full = self._full_deck(corner)
                    chosen = full, stack.enter_context(self.simulation.open(full.testbench)), None
            elif deck.thevenin is None and self._is_large():
                with suppress(CompileError):  # the cells are no longer one from each row
                    less = self.reduction.reduced(deck)
            if less is not None:
                small = stack.enter_context(self.simulation.open(less.testbench))
                difference = self._difference(less, small, found, probes)
                if difference <= PROOF_VOLTS:
                    chosen = less, small, difference
            yield chosen

    def _difference(
        self, deck: Deck, simulator: SimulatorPool, found: FloatArray, probes: Sequence[str]
    ) -> float:
        """The largest difference in volts from operating points (S, probes) of another deck.

        On a few samples.
        """
        inputs = self.inputs[:PROOF_SAMPLES]
        volts = simulator.operating_points(
            deck.sources, deck.stimuli(inputs, self.plan.supply_volts), probes
        )
        return float(np.abs(volts - found[: len(inputs)]).max())

    def _prove(self, full: Deck, found: FloatArray, probes: Sequence[str]) -> float:
        """The largest difference of reduced and full deck, in volts, on a few samples."""
        with self.simulation.open(full.testbench) as simulator:
            worst = self._difference(full, simulator, found, probes)
        return within_proof(worst)


def _nodes(simulated: Simulated) -> list[Nodes]:
    return [Nodes(*(layer[node] for node in _NODES)) for layer in simulated]
