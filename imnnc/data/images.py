"""Averaging of pixels, for images that are larger than the network's inputs."""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Array
from imnnc.diagnostics import Span, fail


def pool_images(inputs: Array, edge: int, source: str, span: Span | None) -> NDArray[np.float64]:
    """Average blocks of `edge` by `edge` pixels of square images.

    Args:
        inputs: (S, side * side), rows of pixels one after the other.
        edge: of the blocks, in pixels.
        source: what a message calls the images.
        span: where it points.

    Returns:
        (S, (side / edge) ** 2) in the units of `inputs`.

    Raises:
        CompileError: IM214 where the images are not square or cannot be divided.
    """
    features = inputs.shape[1]
    side = isqrt(features)
    if side * side != features:
        raise fail(
            "IM214",
            f"`pool` averages square images, `{source}` has {features} features a sample",
            span,
        )
    if side % edge:
        raise fail(
            "IM214",
            f"`pool` must divide the edge of the images, {edge} does not divide {side}",
            span,
        )
    images = inputs.reshape(-1, side, side)
    total = np.zeros((len(images), side // edge, side // edge))
    for row in range(edge):
        for column in range(edge):
            total += images[:, row::edge, column::edge]
    total /= edge * edge
    return total.reshape(len(images), -1)
