"""Averaging of pixels, for images that are larger than the network's inputs."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Array, image_edge
from imnnc.diagnostics import Span, fail


def pool_images(inputs: Array, edge: int, source: str, span: Span | None) -> NDArray[np.float64]:
    """Average blocks of `edge` by `edge` pixels of square images.

    Args:
        inputs: (S, side, side), also with an axis of length 1 for the one channel; or
            (S, side * side), rows of pixels one after the other.
        edge: of the blocks, in pixels.
        source: what a message calls the images.
        span: where it points.

    Returns:
        (S, (side / edge) ** 2) in the units of `inputs`.

    Raises:
        CompileError: IM214 where the images are not square, have several channels or cannot
            be divided.
    """
    shape = inputs.shape[1:]
    side = image_edge(shape)
    if side is None:
        raise fail(
            "IM214",
            f"`pool` averages square images, `{source}` has {_described(shape)}",
            span,
            help="average the pixels before they are saved, and leave `pool` out",
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


def _described(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"{prod(shape)} features a sample"
    return f"samples of {' x '.join(map(str, shape))} values"
