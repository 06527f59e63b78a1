"""Sets whose samples are computed by a formula: no files, any number of samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LARGEST_COUNT = 10_000_000  # samples; a slip of the pen in `train` shall not fill the memory


@dataclass(frozen=True)
class ComputedSet:
    """A formula, and how many of its samples make a set where the source does not say."""

    generate: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]]
    train: int = 10_000
    test: int = 1_000


def inversek2j(generator: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """Inverse kinematics of an arm with two joints, as AxBench's benchmark `inversek2j`.

    Both links are 0.5 long.  A tip at (x, y) is reached with the elbow and shoulder angles

        theta2 = acos((x^2 + y^2 - l1^2 - l2^2) / (2 l1 l2))
        theta1 = atan2(y, x) - atan2(l2 sin(theta2), l1 + l2 cos(theta2))

    The workspace is sampled as in the benchmark: both angles uniform on [0, pi/2], the tip
    from forward kinematics, so that x lies in [-0.5, 1] and y in [0, 1].

    Args:
        generator: decides the samples.
        count: S, how many.

    Returns:
        The tip ((x + 0.5) / 1.5, y), float64 (S, 2), and the angles (theta1, theta2) divided
        by pi/2, float64 (S, 2); all in [0, 1].
    """
    link1 = link2 = 0.5
    shoulder, elbow = generator.uniform(0.0, np.pi / 2, (2, count))
    x = link1 * np.cos(shoulder) + link2 * np.cos(shoulder + elbow)
    y = link1 * np.sin(shoulder) + link2 * np.sin(shoulder + elbow)
    # Rounding may leave the cosine and the angles beyond their ends by one unit.
    cosine = np.clip((x * x + y * y - link1**2 - link2**2) / (2 * link1 * link2), -1.0, 1.0)
    theta2 = np.arccos(cosine)
    theta1 = np.arctan2(y, x) - np.arctan2(link2 * np.sin(theta2), link1 + link2 * cosine)
    inputs = np.stack([(x + 0.5) / 1.5, y], axis=1)
    angles = np.stack([theta1, theta2], axis=1) / (np.pi / 2)
    return np.clip(inputs, 0.0, 1.0), np.clip(angles, 0.0, 1.0)


COMPUTED = {"inversek2j": ComputedSet(inversek2j)}
