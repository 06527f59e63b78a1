"""Data values to volts, by the affine map of an `Encoding`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Array
from imnnc.design import Encoding
from imnnc.diagnostics import Span, fail

_ROWS_AT_ONCE = 4096  # bounds the double precision copy that the arithmetic needs
_SLACK = 1e-6  # of the range: 0.1 in single precision is a little more than 0.1
_NARROWEST = 0.05  # of the range of `encode`; below, the network would hardly see the data


def check_range(
    parts: Sequence[Array], encoding: Encoding, keyword: str, source: str, span: Span | None
) -> None:
    """Refuse values beyond the data range of an encoding (IM212).

    Args:
        parts: the values for training and for testing, finite, of any shape.
        encoding: its `data_low` and `data_high` are the bounds.
        keyword: `encode` or `target`, for the message.
        source: what the message calls the values.
        span: where it points unless the encoding has a place of its own.
    """
    lowest = min(float(part.min()) for part in parts)
    highest = max(float(part.max()) for part in parts)
    low, high = encoding.data_low, encoding.data_high
    slack = _SLACK * (high - low)
    if low - slack <= lowest and highest <= high + slack:
        return
    raise fail(
        "IM212",
        f"`{keyword}` takes values from {low:g} to {high:g}, `{source}` has values from "
        f"{lowest:.9g} to {highest:.9g}",
        encoding.span or span,
        help=f"write `{keyword} {lowest:.9g} .. {highest:.9g} -> {encoding.low_volts:g} V .. "
        f"{encoding.high_volts:g} V`, or scale the data",
    )


def check_spread(values: Array, encoding: Encoding, source: str, span: Span | None) -> None:
    """Refuse inputs that use next to nothing of the data range of `encode` (IM216).

    A range in other units than the data (0 to 255 for pixels in 0 to 1, say) would pass
    `check_range` and train a network that is all but blind.
    """
    lowest, highest = float(values.min()), float(values.max())
    low, high = encoding.data_low, encoding.data_high
    if highest - lowest >= _NARROWEST * (high - low):
        return
    raise fail(
        "IM216",
        f"the values of `{source}` lie between {lowest:.9g} and {highest:.9g}, a small part of "
        f"the {low:g} to {high:g} that `encode` spreads over the input voltages",
        encoding.span or span,
        help=f"write `encode {lowest:.9g} .. {highest:.9g} -> {encoding.low_volts:g} V .. "
        f"{encoding.high_volts:g} V`",
    )


def to_volts(values: Array, encoding: Encoding) -> NDArray[np.float32]:
    """The voltages of data values, computed in double precision, of the same shape."""
    volts = np.empty(values.shape, np.float32)
    scale = (encoding.high_volts - encoding.low_volts) / (encoding.data_high - encoding.data_low)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        offset = np.asarray(values[rows], np.float64) - encoding.data_low
        # Rounding, and the slack of `check_range`, may carry the ends a little too far.
        np.clip(
            encoding.low_volts + offset * scale,
            encoding.low_volts,
            encoding.high_volts,
            out=volts[rows],
            casting="same_kind",
        )
    return volts
