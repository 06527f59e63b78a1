"""Delay and energy of a network's files, from transients in ngspice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.names import BIAS_MINUS, BIAS_PLUS, VDD, VSS, layer_nets
from imnnc.circuit.reduce import row_volts
from imnnc.design import LEAST_SWING_VOLTS
from imnnc.diagnostics import ExitCode, fail
from imnnc.emit.ngspice import FlatNames
from imnnc.measure.deck import Deck
from imnnc.measure.figures import (
    EDGE_SECONDS,
    LEAD_SECONDS,
    LEAST_HOLD_SECONDS,
    energy,
    settling,
    step_waveform,
)
from imnnc.measure.recorded import recorded
from imnnc.measure.verification import Dynamics, WorstTransition
from imnnc.physics.network import FloatArray
from imnnc.physics.transitions import Transition
from imnnc.simulate.pool import SimulatorPool

_FIRST_WINDOW_SECONDS = 2e-9
_LONGEST_WINDOW_SECONDS = 1e-5
_GROWTH = 4
_POINTS = 100  # at least so many a window; ngspice adds more where voltages move


def measure_dynamics(
    simulator: SimulatorPool,
    deck: Deck,
    plan: TestPlan,
    names: FlatNames,
    resting_volts: FloatArray,
    chosen: Sequence[Transition],
    expected_seconds: float,
) -> Dynamics:
    """Delay and energy of the samples of a plan, one transient a transition.

    `resting_volts` (S, M) are the read-out's operating points.  The delay is the worst of the
    `chosen` transitions, which are to be slow ones, and of the consecutive ones, from the first
    sample to the second and so on.  Energy is the mean of the consecutive ones alone: samples
    come in any order, and those with the slowest transitions are not what most inferences take.
    The time simulated grows until every output has settled in every transition; what is shorter
    than the delay expected is not tried.

    Where no output moves, there is no delay, and no time to hold for: then there is power alone.

    Raises:
        CompileError: IM621 where outputs do not settle within 10 us.
    """
    steps = _Steps(simulator, deck, plan, names)
    if float(np.ptp(resting_volts, axis=0).max()) < LEAST_SWING_VOLTS:
        return steps.at_rest()
    return steps.measure(resting_volts, chosen, expected_seconds)


def measure_energies(
    simulator: SimulatorPool, deck: Deck, plan: TestPlan, names: FlatNames, hold_seconds: float
) -> tuple[float, float]:
    """Joules within `hold_seconds` of a consecutive transition, averaged over those.

    Of the rails, and of all sources: with one hold time for several networks, what each of
    them takes when all run at one speed.
    """
    return _Steps(simulator, deck, plan, names).energies(hold_seconds)


class _Steps:
    def __init__(
        self, simulator: SimulatorPool, deck: Deck, plan: TestPlan, names: FlatNames
    ) -> None:
        self.simulator = simulator
        self.deck = deck
        self.supply = plan.supply_volts
        self.inputs = plan.stimuli.inputs_volts
        count = len(self.inputs)
        # A single sample steps to itself: there is no delay then, but there is a power.
        self.consecutive = tuple(
            Transition(before, (before + 1) % count)
            for before in range(min(plan.spec.transient_samples, max(1, count - 1)))
        )
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

    def measure(
        self,
        resting_volts: FloatArray,
        chosen: Sequence[Transition],
        expected_seconds: float,
    ) -> Dynamics:
        """See `measure_dynamics`."""
        every = tuple(dict.fromkeys([*chosen, *self.consecutive]))
        window = _FIRST_WINDOW_SECONDS
        while window < expected_seconds and window * _GROWTH <= _LONGEST_WINDOW_SECONDS:
            window *= _GROWTH
        while True:
            transients = self._simulate(every, window)
            settled = [
                settling(times, values[:, : self.output_count], resting_volts[step.after])
                for (times, values), step in zip(transients, every, strict=True)
            ]
            if all(step.complete for step in settled):
                break
            window *= _GROWTH
            if window > _LONGEST_WINDOW_SECONDS:
                raise fail(
                    "IM621",
                    "the outputs must settle within 10 us of an input step, one does not",
                    help="an inverter may be far too small for its load: allow larger sizes",
                    exit_code=ExitCode.VERIFICATION,
                )
        number = max(range(len(every)), key=lambda i: settled[i].delay_seconds)
        slowest, delay = every[number], settled[number].delay_seconds
        hold = max(delay, LEAST_HOLD_SECONDS)
        count = len(resting_volts)
        whole = [transients[every.index(step)] for step in self.consecutive]
        last = settled[number].output or 0
        times, values = transients[number]
        return Dynamics(
            len(self.consecutive),
            delay,
            hold,
            *self._mean_energies(whole, hold),
            worst=WorstTransition(
                slowest.before,
                slowest.after,
                last,
                len(every),
                count * (count - 1),
            ),
            recorded=recorded(
                times,
                values[:, : self.output_count],
                resting_volts[slowest.after],
                last,
                hold,
            ),
        )

    def at_rest(self) -> Dynamics:
        """Of a network whose outputs do not move: the power that it draws in any case."""
        window = _FIRST_WINDOW_SECONDS
        rails, everything = self._mean_energies(self._simulate(self.consecutive, window), window)
        return Dynamics(
            len(self.consecutive), None, None, None, None, None, rails / window, everything / window
        )

    def energies(self, hold: float) -> tuple[float, float]:
        """Joules of a step within one hold time, averaged: of the rails, and of all sources."""
        window = hold + 2 * EDGE_SECONDS
        return self._mean_energies(self._simulate(self.consecutive, window), hold)

    def _mean_energies(
        self, transients: Sequence[tuple[FloatArray, FloatArray]], hold: float
    ) -> tuple[float, float]:
        """Of the transients of the consecutive transitions."""
        rails, everything = np.mean(
            [
                self._energies(times, values, self.inputs[x.before], self.inputs[x.after], hold)
                for (times, values), x in zip(transients, self.consecutive, strict=True)
            ],
            axis=0,
        )
        return float(rails), float(everything)

    def _simulate(
        self, transitions: Sequence[Transition], window: float
    ) -> list[tuple[FloatArray, FloatArray]]:
        levels = self.deck.stimuli(self.inputs, self.supply)
        waveforms = [
            {
                source: step_waveform(before, after)
                for source, before, after in zip(
                    self.deck.sources,
                    levels[step.before].tolist(),
                    levels[step.after].tolist(),
                    strict=True,
                )
            }
            for step in transitions
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
        charging = 0.0
        if self.deck.thevenin is None:
            from_inputs = -(np.concatenate([inputs, -inputs], axis=1) * rest).sum(1)
        else:
            count = len(self.deck.thevenin.cells.rows)
            rows = row_volts(inputs, self.supply, count)
            from_inputs = (rows * self.deck.thevenin.row_amperes(rows, rest)).sum(1)
            charge = self.deck.thevenin.row_coulombs(rows, rest)
            work = ((rows[1:] + rows[:-1]) / 2 * np.diff(charge, axis=0)).sum(1).cumsum()
            begin, end = np.interp(
                [LEAD_SECONDS, LEAD_SECONDS + hold], times, np.concatenate([[0.0], work])
            )
            charging = float(end - begin)
        everything = given.sum(1) + from_inputs
        return (
            energy(times, rails, LEAD_SECONDS, hold),
            energy(times, everything, LEAD_SECONDS, hold) + charging,
        )
