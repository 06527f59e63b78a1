"""The waveforms of the slowest step, at few enough times to be kept and drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS, settled_band
from imnnc.physics.network import FloatArray

_MOST_TIMES = 200
_MOST_OUTPUTS = 10
_HOLDS = 1.5  # what is kept after the edge


@dataclass(frozen=True)
class Recorded:
    """Outputs over time, while the inputs step from one sample to the next.

    Attributes:
        seconds: (T,), from the middle of the inputs' edge.
        outputs: the last to come to rest, then those that move most.
        volts: (T, K) of these outputs.
        band_volts: (2,) between which the first of them has settled.
    """

    seconds: FloatArray
    outputs: tuple[int, ...]
    volts: FloatArray
    band_volts: FloatArray


def recorded(
    times: FloatArray, volts: FloatArray, resting_volts: FloatArray, last: int, hold_seconds: float
) -> Recorded:
    """What is kept of outputs (T, M) at `times` (T,) after a `step_waveform`.

    They settle at `resting_volts` (M,), the output `last` after all others.  The times that stay
    are those of the simulator, closer where outputs move.
    """
    swing = np.ptp(volts, axis=0)
    others = [j for j in np.argsort(-swing, kind="stable").tolist() if j != last]
    outputs = (last, *others[: _MOST_OUTPUTS - 1])
    seconds = times - LEAD_SECONDS - EDGE_SECONDS / 2
    end = int(np.searchsorted(seconds, _HOLDS * hold_seconds, side="right"))
    chosen = _spread(seconds[:end], volts[:end, list(outputs)])
    rest = resting_volts[last]
    band = float(settled_band(np.abs(rest - volts[0, last])))
    return Recorded(
        seconds[chosen],
        outputs,
        volts[np.ix_(chosen, outputs)],
        np.array([rest - band, rest + band]),
    )


def _spread(seconds: FloatArray, volts: FloatArray) -> list[int]:
    """Which points to keep: as far apart in time and in volts together as so many can be."""
    if len(seconds) <= _MOST_TIMES:
        return list(range(len(seconds)))
    moved = np.abs(np.diff(volts, axis=0)).max(axis=1)
    steps = np.diff(seconds) / np.ptp(seconds) + moved / max(float(moved.sum()), 1e-12)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.searchsorted(along, np.linspace(0.0, along[-1], _MOST_TIMES))
    return sorted({0, len(seconds) - 1, *np.minimum(places, len(seconds) - 1).tolist()})
