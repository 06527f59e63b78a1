"""The measures of a verification: one definition each, used everywhere.

Prediction error is predicted minus simulated.  Delay and energy follow the published
definitions: inputs step from sample to sample with 20 ps edges; the delay is the last time that
an output enters +-10 % of its settled swing; the energy of an inference is what the sources give
within one hold time after the step.  Streamed, a sample follows every hold time, and what counts
is where the outputs are when the next one comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.design import LEAST_SWING_VOLTS
from imnnc.simulate.base import FloatArray, Waveform

EDGE_SECONDS = 20e-12
LEAD_SECONDS = 20e-12  # before the edge, at the first sample's operating point
_BAND = 0.1
# An output that settles where it was has no swing of its own: it has settled when it is this near.
LEAST_BAND_VOLTS = _BAND * LEAST_SWING_VOLTS
# An inference lasts for the delay, and never for less than an edge down and up takes.
LEAST_HOLD_SECONDS = 2 * EDGE_SECONDS
# Of errors in volts: what is below a femtovolt is rounding, another one on every machine.
_DECIMALS = 15
_AT_REST_BY = 0.7  # of the time simulated


@dataclass(frozen=True)
class ErrorFigures:
    """Errors in volts over samples and nodes."""

    rms: float
    mean_abs: float
    max: float


def error_figures(predicted: FloatArray, simulated: FloatArray) -> ErrorFigures:
    """The three figures of predicted minus simulated, arrays of one shape."""
    error = predicted - simulated
    absolute = np.abs(error)
    figures = float(np.sqrt(np.mean(error**2))), float(absolute.mean()), float(absolute.max())
    return ErrorFigures(*(round(volts, _DECIMALS) for volts in figures))


@dataclass(frozen=True)
class Accuracy:
    """Fractions of the samples: decided rightly, predicted and simulated, and decided alike."""

    predicted: float
    simulated: float
    agreement: float


def accuracy(predicted: FloatArray, simulated: FloatArray, classes: NDArray[Any]) -> Accuracy:
    """Decisions of read-outs (S, M): the class is the highest output."""
    by_model, by_circuit = predicted.argmax(1), simulated.argmax(1)
    return Accuracy(
        float((by_model == classes).mean()),
        float((by_circuit == classes).mean()),
        float((by_model == by_circuit).mean()),
    )


def target_mse(readout: FloatArray, targets: NDArray[Any]) -> float:
    """Mean square error of read-outs against their targets, in V^2."""
    return float(np.mean((readout - targets) ** 2))


def step_waveform(before: float, after: float) -> Waveform:
    """A source that rests at `before` volts for `LEAD_SECONDS`, then goes to `after`."""
    times = np.array([0.0, LEAD_SECONDS, LEAD_SECONDS + EDGE_SECONDS])
    return times, np.array([before, before, after])


def settled_band(swing_volts: FloatArray) -> FloatArray:
    """How near, in volts, outputs that move by `swing_volts` must be to have settled."""
    return np.maximum(_BAND * swing_volts, LEAST_BAND_VOLTS)


def stream_waveform(levels: FloatArray, hold_seconds: float) -> Waveform:
    """A source that rests at the first of `levels` (k,) in volts, then has each for one hold."""
    edges = LEAD_SECONDS + hold_seconds * np.arange(len(levels) - 1)
    times = np.concatenate([[0.0], np.stack([edges, edges + EDGE_SECONDS], 1).ravel()])
    return times, np.repeat(levels, 2)[:-1]


@dataclass(frozen=True)
class Settling:
    """How outputs came to rest after a step of the inputs."""

    delay_seconds: float
    complete: bool  # whether they were at rest well before the end of what was simulated
    output: int | None = None  # the last to come to rest; None: none left its band


def settling(times: FloatArray, outputs: FloatArray, resting_volts: FloatArray) -> Settling:
    """The delay of outputs (T, M) in volts at `times` (T,) after a `step_waveform`.

    `resting_volts` (M,) are the operating points at which they settle.  The delay runs from
    the middle of the edge to the last time that any output enters its band.
    """
    band = settled_band(np.abs(resting_volts - outputs[0]))
    outside = np.abs(outputs - resting_volts) - band  # positive: how far outside
    late = np.flatnonzero((outside > 0).any(1))
    if len(late) == 0:
        return Settling(0.0, True)
    last = int(late[-1])
    if last == len(times) - 1:
        return Settling(float(times[-1]), False, int(outside[last].argmax()))
    # Between two points of the simulator an output moves in a straight line.
    entering = np.flatnonzero(outside[last] > 0)
    before, after = outside[last, entering], outside[last + 1, entering]
    shares = before / (before - after)
    latest = int(shares.argmax())
    share = float(shares[latest])
    entry = times[last] + share * (times[last + 1] - times[last])
    window = times[-1] - LEAD_SECONDS
    complete = bool(entry - LEAD_SECONDS < _AT_REST_BY * window)
    delay = max(0.0, float(entry - LEAD_SECONDS - EDGE_SECONDS / 2))
    return Settling(delay, complete, int(entering[latest]))


def energy(times: FloatArray, watts: FloatArray, start: float, hold_seconds: float) -> float:
    """The integral of a power (T,) from `start` over one hold time, in joules."""
    end = start + hold_seconds
    inside = (times > start) & (times < end)
    t = np.concatenate([[start], times[inside], [end]])
    p = np.interp(t, times, watts)
    return float(np.trapezoid(p, t))
