"""What values mean before they are encoded, decided once for training and test samples.

Unsigned bytes are what files of images hold, from 0 to 255, and what numpy users save small
whole numbers in.  The type alone does not tell them apart; the values and `encode` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from imnnc.data.named import CLASS_NAMES, FEATURE_SETS, IMAGE_SETS
from imnnc.data.samples import Array, Samples, image_edge
from imnnc.diagnostics import fail
from imnnc.encoding import DataSpec, Encoding, Normalization
from imnnc.limits import OPTIONAL

Reading = Literal[
    "as they stand",
    "bytes divided by 255",
    "each feature scaled to 0 .. 1",
    "each feature less its mean over its standard deviation",
]
AS_THEY_STAND: Reading = "as they stand"
DIVIDED: Reading = "bytes divided by 255"
SCALED_FEATURES: Reading = "each feature scaled to 0 .. 1"
STANDARDISED: Reading = "each feature less its mean over its standard deviation"
NORMALIZED: dict[Normalization, Reading] = {"minmax": SCALED_FEATURES, "zscore": STANDARDISED}

_BYTE = 255
# Pixels of a whole set that stay below a quarter of their range are rarer than bytes that hold
# small numbers; either can be said by `encode`.
_DARKEST_PIXELS = 0.25


@dataclass(frozen=True)
class Scaling:
    """How the values of a source became input voltages, in training and test samples alike.

    Attributes:
        source: the name of the set or of the file, without its folder.
        reading: what was done to the values before `encode`.
        low: the smallest value of any sample, in the units of the source (of the scaled
            features where features are scaled), after pooling.
        high: the largest.
        low_volts: the lowest input voltage that was made.
        high_volts: the highest.
        train: number of samples for training.
        test: and for testing.
        inputs: of the network.
        constant_inputs: how many of them have one voltage in every sample.
        classes: their names, where the source names them.
        picture: rows and columns of pixels of a sample, where samples are pictures.
        trained_with: how many test samples are training samples as well; None: nobody looked.
    """

    source: str
    reading: Reading
    low: float
    high: float
    low_volts: float
    high_volts: float
    train: int
    test: int
    inputs: int
    constant_inputs: int
    classes: tuple[str, ...] | None = field(default=None, metadata=OPTIONAL)
    picture: tuple[int, int] | None = field(default=None, metadata=OPTIONAL)
    trained_with: int | None = field(default=None, metadata=OPTIONAL)

    def class_names(self, count: int) -> tuple[str, ...]:
        """What so many classes are called: by their names, or else by their numbers."""
        known = self.classes or CLASS_NAMES.get(self.source, ())
        return tuple(known[:count]) + tuple(map(str, range(len(known), count)))


def picture_of(samples: Samples, pool: int, reading: Reading) -> tuple[int, int] | None:
    """Rows and columns of pixels of a sample, after pooling; None: samples are no pictures.

    Values in a row are taken for one where they are bytes that have been divided by 255 and make a
    square.
    """
    axes = tuple(n for n in samples.inputs.shape[1:] if n > 1)
    edge = image_edge(axes)
    if edge is not None and (len(axes) == 2 or pool > 1 or reading == DIVIDED):
        return edge // pool, edge // pool
    return (axes[0], axes[1]) if len(axes) == 2 else None


def reading_of(parts: Sequence[Samples], spec: DataSpec) -> Reading:
    """How all values of a source are read.

    Bytes are pixels, divided by 255, where `encode` stays within 0 to 1 and they do not: then
    a value from 0 to 1 is meant.  Where `encode` goes beyond, it is in the units of the file.

    Args:
        parts: everything that the source holds, before `train` and `test` choose.
        spec: names the source, and has `encode`.

    Raises:
        CompileError: IM219 where bytes are small enough to be no pixels, IM220 where they are
            in one of training and test data alone.
    """
    if spec.normalize is not None:
        return NORMALIZED[spec.normalize]
    if spec.set_name in FEATURE_SETS:
        return SCALED_FEATURES
    largest = max((int(x.inputs.max()) for x in parts if _is_bytes(x)), default=0)
    if spec.encode.data_high > 1 or largest <= 1:
        return AS_THEY_STAND
    span = spec.encode.span or spec.span
    pixels = encode_line(0, _BYTE, spec.encode)
    if not all(map(_is_bytes, parts)):
        train, test = (part.inputs.dtype for part in parts)
        raise fail(
            "IM220",
            f"training and test data must be in the same units, the former are {train}, the "
            f"latter {test}: of two such types only bytes are divided by 255",
            span,
            help=f"save both as one type, or write `encode` in the units of both, as `{pixels}`",
        )
    filled = largest / (_BYTE * spec.encode.data_high)
    if filled < _DARKEST_PIXELS and spec.set_name not in IMAGE_SETS:
        raise fail(
            "IM219",
            f"bytes are divided by 255 where `encode` goes to {spec.encode.data_high:g}, those of "
            f"`{parts[0].source}` go to {largest} and would fill {filled:.0%} of it",
            span,
            help=f"write `{encode_line(0, largest, spec.encode)}` for these numbers, or "
            f"`{pixels}` where they are dark pixels",
        )
    return DIVIDED


def _is_bytes(samples: Samples) -> bool:
    return samples.inputs.dtype == np.uint8


def source_units(encoding: Encoding, reading: Reading) -> Encoding:
    """`encode` as it would be written for the values of the source."""
    if reading != DIVIDED:
        return encoding
    return replace(
        encoding, data_low=_BYTE * encoding.data_low, data_high=_BYTE * encoding.data_high
    )


def scaled(values: Array, reading: Reading) -> Array:
    """The values that `encode` takes, of values in the units of the source."""
    if reading != DIVIDED:
        return values
    # Single precision is plenty for 8 bits, and halves the memory of a large set.
    divided: NDArray[np.float32] = np.divide(
        values, np.float32(_BYTE), dtype=np.float32, casting="same_kind"
    )
    return divided


def encode_line(low: float, high: float, encoding: Encoding, keyword: str = "encode") -> str:
    """The setting that spreads values from `low` to `high` over the voltages of `encoding`."""
    return (
        f"{keyword} {low:.9g} .. {high:.9g} -> {encoding.low_volts:g} V .. "
        f"{encoding.high_volts:g} V"
    )
