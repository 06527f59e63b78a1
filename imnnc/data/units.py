"""How a sample in the units of its source becomes volts, as numbers that other programs can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imnnc.data.dataset import prepare
from imnnc.data.normalize import Normalizer
from imnnc.data.samples import image_edge
from imnnc.design import Loss, Network
from imnnc.encoding import DataSpec


@dataclass(frozen=True)
class InputUnits:
    """What happens to the values of a sample, in this order.

    Attributes:
        values: F, how many a sample has.
        normalize: what each is normalized by, `offset` and `reach` of shape (F,); None: nothing.
        pool: the edge of the blocks of pixels that are averaged into one; 1: none.
        side: the edge of the image in pixels; 0 where nothing is averaged.
        volts_a_unit: what each of the N values is multiplied by.
        offset_volts: and what is added.
        low_volts: the result is held at this at least.
        high_volts: and at this at most, as what drives the circuit would hold it.
    """

    values: int
    normalize: Normalizer | None
    pool: int
    side: int
    volts_a_unit: float
    offset_volts: float
    low_volts: float
    high_volts: float


def input_units(spec: DataSpec, network: Network, loss: Loss, seed: int) -> InputUnits:
    """What `load_dataset` does to inputs; arguments and errors are its own."""
    ready = prepare(spec, network, loss, seed)
    shape, encode = ready.train.inputs.shape[1:], ready.encode.encoding
    scale = (encode.high_volts - encode.low_volts) / (encode.data_high - encode.data_low)
    normalize = ready.normalize
    if normalize is not None:
        normalize = Normalizer(
            np.ravel(normalize.offset), np.ravel(normalize.reach), normalize.low, normalize.high
        )
    return InputUnits(
        values=ready.train.rows.shape[1],
        normalize=normalize,
        pool=spec.pool,
        side=(image_edge(shape) or 0) if spec.pool > 1 else 0,
        volts_a_unit=scale,
        offset_volts=encode.low_volts - scale * encode.data_low,
        low_volts=min(encode.low_volts, encode.high_volts),
        high_volts=max(encode.low_volts, encode.high_volts),
    )
