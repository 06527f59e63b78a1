"""Columns of cells that carry a sum of hyperbolic sines: where they float."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imnnc.parasitics import Sine
from imnnc.physics.network import FloatArray

_MOST_STEPS = 100
_SETTLED_VOLTS = 1e-15


def floating_volts(up: FloatArray, across: FloatArray, sines: Sequence[Sine]) -> FloatArray:
    """Volts (...) at which columns carry no current.

    `up` and `across` (K, ...) are the sums of g sinh(b V) and of g cosh(b V) over the cells of
    each, for each of the K sines.  One has a formula; more of them take Newton's steps, bisecting
    where one would leave the bracket, which ends where a column would be by one sine alone.
    """
    per_volt, weights = (
        np.reshape(x, (-1, *[1] * (up.ndim - 1)))
        for x in zip(*((s.per_volt, s.weight) for s in sines), strict=True)
    )
    alone = np.arctanh(up / across) / per_volt
    if len(sines) == 1:
        return np.asarray(alone[0])
    reach = float(np.abs(alone).max(initial=0.0)) + 1e-3
    volts = alone[0].clip(-reach, reach)
    below, above = np.full_like(volts, -reach), np.full_like(volts, reach)
    for _ in range(_MOST_STEPS):
        sine, cosine = np.sinh(per_volt * volts), np.cosh(per_volt * volts)
        into = (weights / per_volt * (up * cosine - across * sine)).sum(0)
        slope = (weights * (across * cosine - up * sine)).sum(0)
        below, above = np.where(into > 0, volts, below), np.where(into > 0, above, volts)
        following = volts + into / slope
        inside = (following >= below) & (following <= above)
        following = np.where(inside, following, (below + above) / 2)
        moved = np.abs(following - volts).max(initial=0.0)
        volts = following
        if moved < _SETTLED_VOLTS:
            break
    return np.asarray(volts)
