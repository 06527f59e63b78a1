"""Thermal noise at the read-out, and the decisions that it leaves open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imnnc.measure.verification import ReadoutNoise
from imnnc.physics.network import FloatArray
from imnnc.physics.noise import ThermalNoise
from imnnc.physics.operating_point import Nodes

# A decision is open where its lead is within so many standard deviations: one in 44 reads, and
# more, finds another class.
OPEN_SIGMAS = 2.0
# A sample takes a hundredth of a second and, with n nodes, so many for each n^3 besides.
_SECONDS, _SECONDS_A_CUBE = 0.01, 2.6e-9
_BUDGET_SECONDS = 2.0
_MOST_NODES = 1000


def readout_noise(
    noise: ThermalNoise, layers: Sequence[Nodes], *, classes: bool
) -> ReadoutNoise | None:
    """That at the first of the operating points (S, M), as many as a second or two allow.

    None where there are so many nodes that one takes longer, or where a circuit does not come back
    to its operating point by itself.
    """
    count = noise.nodes
    if count > _MOST_NODES:
        return None
    samples = max(1, int(_BUDGET_SECONDS / (_SECONDS + _SECONDS_A_CUBE * count**3)))
    some = [Nodes(*(x[:samples] for x in nodes)) for nodes in layers]
    covariance = noise.readout(some)
    variances = np.einsum("sii->si", covariance)
    if not (variances > 0).all():
        return None
    open_decisions = open_to_noise(some[-1].minus, covariance) if classes else None
    return ReadoutNoise(
        len(covariance),
        float(np.sqrt(variances.mean())),
        float(np.sqrt(variances.max())),
        None if open_decisions is None else int(open_decisions.sum()),
    )


def open_to_noise(
    readout: FloatArray, covariance: FloatArray
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which decisions (S,) of read-outs (S, M) some other output may take from the highest.

    `covariance` (S, M, M) is in V^2.
    """
    each = np.arange(len(readout))
    first = readout.argmax(1)
    variances = np.einsum("sii->si", covariance)
    between = variances + variances[each, first][:, None] - 2 * covariance[each, first]
    lead = readout[each, first][:, None] - readout
    within = lead < OPEN_SIGMAS * np.sqrt(between.clip(min=0.0))
    within[each, first] = False
    return np.asarray(within.any(1))
