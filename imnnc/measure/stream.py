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
_LEAD_IN_SAMPLES = 2
_POINTS = 20  # at least so many a hold; ngspice adds more where voltages move


def stream(
    simulator: SimulatorPool, deck: Deck, plan: TestPlan, names: FlatNames, hold_seconds: float
) -> FloatArray:
    """The read-out (K, M) in volts of the first samples, each read at the end of its hold.

    There are as many as the plan has, up to `STREAMED_SAMPLES`; before the first comes the last.
    """
    output = plan.network.output
    probes = [names.probe(net) for net in layer_nets(output.name, "minus", output.width)]
    count = min(len(plan.stimuli.inputs_volts), STREAMED_SAMPLES)
    levels = deck.stimuli(plan.stimuli.inputs_volts[:count], plan.supply_volts)
    starts = range(0, count, _PART_SAMPLES)
    waveforms = []
    for start in starts:
        end = min(start + _PART_SAMPLES, count)
        part = levels[np.arange(start - _LEAD_IN_SAMPLES, end) % count]
        waveforms.append(
            {
                source: stream_waveform(volts, hold_seconds)
                for source, volts in zip(deck.sources, part.T, strict=True)
            }
        )
    # The first of the lead-in is at rest before the stream begins.
    longest = min(_PART_SAMPLES, count) + _LEAD_IN_SAMPLES - 1
    transients = simulator.transients(
        waveforms, LEAD_SECONDS + longest * hold_seconds, hold_seconds / _POINTS, probes
    )
    found = np.empty((count, output.width))
    for start, (times, values) in zip(starts, transients, strict=True):
        own = found[start : start + _PART_SAMPLES]
        ends = LEAD_SECONDS + hold_seconds * (_LEAD_IN_SAMPLES + np.arange(len(own)))
        for column in range(output.width):
            own[:, column] = np.interp(ends, times, values[:, column])
    return found
