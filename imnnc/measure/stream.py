"""A network at its own speed: a sample every hold time, read when the next one comes."""

from __future__ import annotations

import numpy as np

from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.names import layer_nets
from imnnc.emit.ngspice import FlatNames
from imnnc.measure.deck import Deck
from imnnc.measure.figures import LEAD_SECONDS, stream_waveform
from imnnc.physics.network import FloatArray
from imnnc.simulate.pool import SimulatorPool

# Streamed at most: a stream takes as long as all transients of the delay, for a few samples more.
STREAMED_SAMPLES = 50
# A stream is simulated in parts, side by side.  Each begins at rest with the second sample before
# its own, so that the first of its own comes after one that was held no longer than any.
_PART_SAMPLES = 10
# Where wires of large crossbars keep ngspice seconds at every hold: so many at most, and in a part.
_SLOW_SAMPLES, _SLOW_PART_SAMPLES = 10, 5
_LEAD_IN_SAMPLES = 2
_POINTS = 20  # at least so many a hold; ngspice adds more where voltages move


def stream(
    simulator: SimulatorPool,
    deck: Deck,
    plan: TestPlan,
    names: FlatNames,
    hold_seconds: float,
    *,
    slow: bool,
) -> FloatArray:
    """The read-out (K, M) in volts of the first samples, each read at the end of its hold.

    There are as many as the plan has, up to `STREAMED_SAMPLES`, or fewer of a deck that is slow;
    before the first comes the last.
    """
    most, part_samples = STREAMED_SAMPLES, _PART_SAMPLES
    if slow:
        most, part_samples = _SLOW_SAMPLES, _SLOW_PART_SAMPLES
    output = plan.network.output
    probes = [names.probe(net) for net in layer_nets(output.name, "minus", output.width)]
    count = min(len(plan.stimuli.inputs_volts), most)
    levels = deck.stimuli(plan.stimuli.inputs_volts[:count], plan.supply_volts)
    starts = range(0, count, part_samples)
    waveforms = []
    for start in starts:
        end = min(start + part_samples, count)
        part = levels[np.arange(start - _LEAD_IN_SAMPLES, end) % count]
        waveforms.append(
            {
                source: stream_waveform(volts, hold_seconds)
                for source, volts in zip(deck.sources, part.T, strict=True)
            }
        )
    # The first of the lead-in is at rest before the stream begins.
    longest = min(part_samples, count) + _LEAD_IN_SAMPLES - 1
    transients = simulator.transients(
        waveforms, LEAD_SECONDS + longest * hold_seconds, hold_seconds / _POINTS, probes
    )
    found = np.empty((count, output.width))
    for start, (times, values) in zip(starts, transients, strict=True):
        own = found[start : start + part_samples]
        ends = LEAD_SECONDS + hold_seconds * (_LEAD_IN_SAMPLES + np.arange(len(own)))
        for column in range(output.width):
            own[:, column] = np.interp(ends, times, values[:, column])
    return found
