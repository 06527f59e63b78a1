"""The law of cells that somebody's simulator has measured, as a sum of hyperbolic sines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from imnnc.parasitics import Sine
from imnnc.physics.network import FloatArray

# Of the largest voltage: a fit that is as good is as good as the measurement.
CLOSE = 2e-8
# Of several sines, those of multiples of a first one, over the largest voltage.
_FIRST = (0.5, 1.0, 1.5, 2.0)
_MOST_SINES = 8
_BENT = (1e-4, 20.0)  # where the one of a single sine is looked for, over the largest voltage
_ROUNDED = 9  # digits: what is fitted is the same on every machine
# Sines whose weights are as large cancel each other: what is left has as many digits less.
_HEAVIEST = 1e5


@dataclass(frozen=True)
class LawFit:
    """What a cell carries, `siemens` times the sum of `sines`."""

    siemens: float
    sines: tuple[Sine, ...]

    def amperes(self, volts: FloatArray) -> FloatArray:
        """The currents at some voltages."""
        parts = [x.weight * np.sinh(x.per_volt * volts) / x.per_volt for x in self.sines]
        return np.asarray(self.siemens * np.sum(parts, axis=0))

    def off_volts(self, volts: FloatArray, amperes: FloatArray) -> float:
        """How far from measured voltages these currents are at most."""
        return float(volts_between(volts, amperes, self.amperes(volts)).max())


def volts_between(volts: FloatArray, some: FloatArray, others: FloatArray) -> FloatArray:
    """How far apart, in volts, two laws are along the last axis: amperes over the slope of one.

    That is what they can differ by in a circuit, where a law is steep as where it is flat.
    """
    return np.asarray(np.abs(some - others) / np.gradient(some, volts, axis=-1))


def fit_law(volts: FloatArray, amperes: FloatArray) -> LawFit:
    """One sine where that will do, else the fewest that are `CLOSE`, or the best of all.

    `amperes` (P,) are odd in `volts` (P,), which are even spread from -V to V, and rise.
    """
    weights = 1 / np.gradient(amperes, volts)
    best = _single(volts, amperes, weights)
    for count in range(2, _MOST_SINES + 1):
        off = best.off_volts(volts, amperes)
        if off <= CLOSE * volts.max():
            break
        for first in _FIRST:
            per_volt = first * np.arange(1, count + 1) / volts.max()
            found = _several(volts, amperes, weights, per_volt)
            if found is not None and found.off_volts(volts, amperes) < off:
                best, off = found, found.off_volts(volts, amperes)
    return best


def _single(volts: FloatArray, amperes: FloatArray, weights: FloatArray) -> LawFit:
    wanted = weights * amperes

    def solved(logarithm: float) -> tuple[float, float, float]:
        per_volt = float(np.exp(logarithm))
        sine = weights * np.sinh(per_volt * volts) / per_volt
        siemens = float(sine @ wanted / (sine @ sine))
        return per_volt, siemens, float(np.square(siemens * sine - wanted).sum())

    reach = np.log(np.array(_BENT) / volts.max())
    scale = float(np.square(wanted).sum())
    found = minimize_scalar(
        lambda x: solved(x)[2] / scale, bounds=reach, method="bounded", options={"xatol": 1e-6}
    )
    per_volt, siemens, _ = solved(float(found.x))
    for _ in range(20):  # Gauss and Newton: the least of squares is flat
        sine = np.sinh(per_volt * volts) / per_volt
        bend = siemens * (volts * np.cosh(per_volt * volts) - sine) / per_volt
        slopes = weights[:, None] * np.stack([sine, bend], 1)
        scales = np.abs(slopes).max(0)
        if not scales.all():
            break
        step, *_ = np.linalg.lstsq(slopes / scales, wanted - weights * siemens * sine, rcond=None)
        more = step / scales
        if not reach[0] < np.log(max(per_volt + more[1], 1e-300)) < reach[1]:
            break
        siemens, per_volt = siemens + float(more[0]), per_volt + float(more[1])
    return LawFit(siemens, (Sine(_rounded(per_volt)),))


def _several(
    volts: FloatArray, amperes: FloatArray, weights: FloatArray, per_volt: FloatArray
) -> LawFit | None:
    """The law of these sines; None where they all but cancel each other."""
    per_volt = np.array([_rounded(float(x)) for x in per_volt])
    sines = weights[:, None] * np.sinh(volts[:, None] * per_volt) / per_volt
    scales = np.abs(sines).max(0)
    parts, *_ = np.linalg.lstsq(sines / scales, weights * amperes, rcond=1e-13)
    found = parts / scales
    siemens = float(found.sum())
    if siemens <= 0 or np.abs(found / siemens).max() > _HEAVIEST:
        return None
    shares = zip(per_volt.tolist(), (found / siemens).tolist(), strict=True)
    return LawFit(siemens, tuple(Sine(b, w) for b, w in shares))


def _rounded(value: float) -> float:
    return float(f"{value:.{_ROUNDED}g}")
