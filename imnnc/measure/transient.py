"""Delay and energy of a network's files, from transients in ngspice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.names import BIAS_MINUS, BIAS_PLUS, VDD, VSS, layer_nets
from imnnc.circuit.reduce import Thevenin, row_volts
from imnnc.diagnostics import ExitCode, fail
from imnnc.emit.ngspice import FlatNames
from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS, energy, settling, step_waveform
from imnnc.measure.verification import Dynamics
from imnnc.physics.network import FloatArray
from imnnc.simulate.pool import SimulatorPool

_FIRST_WINDOW_SECONDS = 2e-9
_LONGEST_WINDOW_SECONDS = 1e-5
_POINTS = 100  # at least so many a window; ngspice adds more where voltages move


@dataclass(frozen=True)
class Deck:
    """A testbench on disk, and how a sample is put to it."""

    testbench: Path
    sources: tuple[str, ...]
    thevenin: Thevenin | None  # of the first crossbar, where it was replaced

    def stimuli(self, inputs_volts: FloatArray, supply_volts: float) -> FloatArray:
        """Voltages (S, sources) of the deck's sources for samples (S, N)."""
        if self.thevenin is None:
            return np.concatenate([inputs_volts, -inputs_volts], axis=1)
        return self.thevenin.volts(row_volts(inputs_volts, supply_volts))


def measure_dynamics(
    simulator: SimulatorPool,
    deck: Deck,
    plan: TestPlan,
    names: FlatNames,
    inputs_volts: FloatArray,
    resting_volts: FloatArray,
) -> Dynamics:
    """Step through samples (k + 1, N), one transient a step.

    `resting_volts` (k + 1 or more, M) are the read-out's operating points.  The time simulated
    grows until every output has settled in every step.

    Raises:
        CompileError: IM621 where outputs do not settle within 10 us.
    """
    return _Steps(simulator, deck, plan, names, inputs_volts, resting_volts).measure()


def measure_energies(
    simulator: SimulatorPool,
    deck: Deck,
    plan: TestPlan,
    names: FlatNames,
    inputs_volts: FloatArray,
    hold_seconds: float,
) -> tuple[float, float]:
    """Joules within `hold_seconds` of a step between samples (k + 1, N), averaged over steps.

    Of the rails, and of all sources: with one hold time for several networks, what each of
    them takes when all run at one speed.
    """
    nothing = np.zeros((len(inputs_volts), plan.network.output.width))
    return _Steps(simulator, deck, plan, names, inputs_volts, nothing).energies(hold_seconds)


class _Steps:
    def __init__(
        self,
        simulator: SimulatorPool,
        deck: Deck,
        plan: TestPlan,
        names: FlatNames,
        inputs_volts: FloatArray,
        resting_volts: FloatArray,
    ) -> None:
        self.simulator = simulator
        self.deck = deck
        self.supply = plan.supply_volts
        # A single sample steps to itself: there is no delay then, but there is a power.
        steps = np.arange(max(2, len(inputs_volts))) % len(inputs_volts)
        self.inputs, self.resting = inputs_volts[steps], resting_volts[steps]
        network = plan.network
        output, first = network.output, network.layers[0]
        self.rails = {VDD: self.supply, VSS: -self.supply}
        self.biases = {BIAS_PLUS: self.supply, BIAS_MINUS: -self.supply}
        outputs = [names.probe(net) for net in layer_nets(output.name, "minus", output.width)]
        self.output_count = len(outputs)
        supplies = [f"i(v{net.removeprefix('v')})" for net in (*self.rails, *self.biases)]
        if deck.thevenin is None:
            inputs = [f"i({source})" for source in deck.sources]
        else:
            inputs = [names.probe(net) for net in layer_nets(first.name, "net", first.width)]
        self.probes = [*outputs, *supplies, *inputs]

    def measure(self) -> Dynamics:
        window = _FIRST_WINDOW_SECONDS
        while True:
            transients = self._simulate(window)
            settled = [
                settling(times, values[:, : self.output_count], rest)
                for (times, values), rest in zip(transients, self.resting[1:], strict=True)
            ]
            if all(step.complete for step in settled):
                break
            window *= 4
            if window > _LONGEST_WINDOW_SECONDS:
                raise fail(
                    "IM621",
                    "the outputs must settle within 10 us of an input step, one does not",
                    help="an inverter may be far too small for its load: allow larger sizes",
                    exit_code=ExitCode.VERIFICATION,
                )
        delay = max(step.delay_seconds for step in settled)
        hold = max(delay, EDGE_SECONDS)
        return Dynamics(len(settled), delay, hold, *self._mean_energies(transients, hold))

    def energies(self, hold: float) -> tuple[float, float]:
        """Joules of a step within one hold time, averaged: of the rails, and of all sources."""
        return self._mean_energies(self._simulate(hold + 2 * EDGE_SECONDS), hold)

    def _mean_energies(
        self, transients: list[tuple[FloatArray, FloatArray]], hold: float
    ) -> tuple[float, float]:
        rails, everything = np.mean(
            [
                self._energies(times, values, before, after, hold)
                for (times, values), (before, after) in zip(
                    transients, pairwise(self.inputs), strict=True
                )
            ],
            axis=0,
        )
        return float(rails), float(everything)

    def _simulate(self, window: float) -> list[tuple[FloatArray, FloatArray]]:
        levels = self.deck.stimuli(self.inputs, self.supply)
        waveforms = [
            {
                source: step_waveform(float(a), float(b))
                for source, a, b in zip(self.deck.sources, before, after, strict=True)
            }
            for before, after in pairwise(levels)
        ]
        return self.simulator.transients(
            waveforms, LEAD_SECONDS + window, window / _POINTS, self.probes
        )

    def _energies(
        self,
        times: FloatArray,
        values: FloatArray,
        before: FloatArray,
        after: FloatArray,
        hold: float,
    ) -> tuple[float, float]:
        """Joules of one step: of the rails, and of rails, biases and inputs."""
        start = self.output_count
        # A source's current is positive where it absorbs; what it gives is -v i.
        supply_volts = np.array([*self.rails.values(), *self.biases.values()])
        given = -values[:, start : start + len(supply_volts)] * supply_volts
        rails = given[:, : len(self.rails)].sum(1)
        rising = np.clip((times - LEAD_SECONDS) / EDGE_SECONDS, 0.0, 1.0)[:, None]
        inputs = before + rising * (after - before)
        rest = values[:, start + len(supply_volts) :]
        if self.deck.thevenin is None:
            from_inputs = -(np.concatenate([inputs, -inputs], axis=1) * rest).sum(1)
        else:
            from_inputs = self._row_power(self.deck.thevenin, inputs, rest)
        everything = given.sum(1) + from_inputs
        return (
            energy(times, rails, LEAD_SECONDS, hold),
            energy(times, everything, LEAD_SECONDS, hold),
        )

    def _row_power(self, thevenin: Thevenin, inputs: FloatArray, columns: FloatArray) -> FloatArray:
        """Power (T,) that the rows of the replaced crossbar take, from its columns (T, C)."""
        siemens = 1.0 / thevenin.cells.ohms
        rows = row_volts(inputs, self.supply)
        current = rows * siemens.sum(1) - columns @ siemens.T
        return np.asarray((rows * current).sum(1))
