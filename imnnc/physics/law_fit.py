"""The law of cells that somebody's simulator has measured, as a sum of hyperbolic sines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from imnnc.parasitics import Sine
from imnnc.physics.network import FloatArray

# Of the largest current: a fit that is as good is as good as the measurement.
CLOSE = 1e-7
# Of several sines, those of multiples of a first one, over the largest voltage.
_FIRST = (0.5, 1.0, 1.5, 2.0)
_MOST_SINES = 8
_BENT = (1e-3, 20.0)  # where the one of a single sine is looked for, over the largest voltage
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

    def worst(self, volts: FloatArray, amperes: FloatArray) -> float:
        """How far measured currents are from these at most, over the largest of them."""
        return float(np.abs(self.amperes(volts) - amperes).max() / np.abs(amperes).max())


def fit_law(volts: FloatArray, amperes: FloatArray) -> LawFit:
    """One sine where that will do, else the fewest that are `CLOSE`, or the best of all.

    `amperes` (P,) are odd in `volts` (P,), which are even spread from -V to V.
    """
    best = _single(volts, amperes)
    for count in range(2, _MOST_SINES + 1):
        if best.worst(volts, amperes) <= CLOSE:
            break
        for first in _FIRST:
            found = _several(volts, amperes, first * np.arange(1, count + 1) / volts.max())
            if found is not None and found.worst(volts, amperes) < best.worst(volts, amperes):
                best = found
    return best


def _single(volts: FloatArray, amperes: FloatArray) -> LawFit:
    def solved(logarithm: float) -> tuple[float, float, float]:
        per_volt = float(np.exp(logarithm))
        sine = np.sinh(per_volt * volts) / per_volt
        siemens = float(sine @ amperes / (sine @ sine))
        return per_volt, siemens, float(np.square(siemens * sine - amperes).sum())

    reach = np.log(np.array(_BENT) / volts.max())
    scale = float(np.square(amperes).sum())
    found = minimize_scalar(
        lambda x: solved(x)[2] / scale, bounds=reach, method="bounded", options={"xatol": 1e-6}
    )
    per_volt, siemens, _ = solved(float(found.x))
    for _ in range(20):  # Gauss and Newton: the least of squares is flat
        sine = np.sinh(per_volt * volts) / per_volt
        bend = siemens * (volts * np.cosh(per_volt * volts) - sine) / per_volt
        slopes = np.stack([sine, bend], 1)
        scales = np.abs(slopes).max(0)
        if not scales.all():
            break
        step, *_ = np.linalg.lstsq(slopes / scales, amperes - siemens * sine, rcond=None)
        more = step / scales
        if not reach[0] < np.log(max(per_volt + more[1], 1e-300)) < reach[1]:
            break
        siemens, per_volt = siemens + float(more[0]), per_volt + float(more[1])
    return LawFit(siemens, (Sine(_rounded(per_volt)),))


def _several(volts: FloatArray, amperes: FloatArray, per_volt: FloatArray) -> LawFit | None:
    """The law of these sines; None where they all but cancel each other."""
    per_volt = np.array([_rounded(float(x)) for x in per_volt])
    sines = np.sinh(volts[:, None] * per_volt) / per_volt
    scales = np.abs(sines).max(0)
    parts, *_ = np.linalg.lstsq(sines / scales, amperes, rcond=1e-13)
    found = parts / scales
    siemens = float(found.sum())
    if siemens <= 0 or np.abs(found / siemens).max() > _HEAVIEST:
        return None
    weights = (found / siemens).tolist()
    return LawFit(
        siemens, tuple(Sine(b, w) for b, w in zip(per_volt.tolist(), weights, strict=True))
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{_ROUNDED}g}")
