"""Samples that a network of a few neurons learns in a few epochs."""

from __future__ import annotations

import numpy as np

from imnnc.methods.training import Samples


def blobs(count: int = 90, seed: int = 1) -> Samples:
    """Three classes of points in a square, in volts."""
    random = np.random.default_rng(seed)
    classes = np.arange(count) % 3
    centres = np.array([[-0.15, -0.1], [0.15, -0.1], [0.0, 0.15]])
    points = centres[classes] + random.normal(0, 0.03, (count, 2))
    return Samples(points.astype(np.float32), classes)
