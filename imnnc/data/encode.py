"""Data values to volts, by the affine map of an `Encoding`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Array, Samples
from imnnc.data.scaling import AS_THEY_STAND, Reading, encode_line
from imnnc.diagnostics import Diagnostic, Span, fail
from imnnc.encoding import Encoding

_ROWS_AT_ONCE = 4096  # bounds the double precision copy that the arithmetic needs
_SLACK = 1e-6  # of the range: 0.1 in single precision is a little more than 0.1
_NARROWEST = 0.05  # of the range of `encode`; below, the network would hardly see the data
_NARROW = 0.5  # below, swing is wasted: the figures of the circuit are worse than need be
_FEWEST_VALUES = 20  # of which a spread says something


@dataclass(frozen=True)
class Part:
    """The values of training or of test samples in the units of their source."""

    samples: Samples
    values: Array  # (S, N), of each sample

    @cached_property
    def lowest(self) -> float:
        """The smallest value."""
        return float(self.values.min())

    @cached_property
    def highest(self) -> float:
        """The largest value."""
        return float(self.values.max())


@dataclass(frozen=True)
class Range:
    """The range of values that `encode` or `target` takes, in the units of a source.

    Attributes:
        keyword: `encode` or `target`.
        encoding: its `data_low` and `data_high` are the bounds.
        span: where a message points.
    """

    keyword: str
    encoding: Encoding
    span: Span | None

    def check(
        self, train: Part, test: Part, reading: Reading = AS_THEY_STAND
    ) -> Iterator[Diagnostic]:
        """What is to be said of values that use little of the range (IM221).

        Args:
            train: the training samples.
            test: the test samples.
            reading: what was done to the values in the files, for the messages.

        Raises:
            CompileError: IM212 for values beyond it, IM216 for inputs that use next to
                nothing of it.
        """
        notes = () if reading == AS_THEY_STAND else (f"`{train.samples.source}`: {reading}",)
        self.check_bounds((train, test), notes)
        yield from self._check_spread(train, test, notes)
        yield from self._check_units(train, test)

    def check_bounds(self, parts: Sequence[Part], notes: tuple[str, ...] = ()) -> None:
        """Refuse values beyond it (IM212)."""
        lowest = min(part.lowest for part in parts)
        highest = max(part.highest for part in parts)
        low, high = self.encoding.data_low, self.encoding.data_high
        slack = _SLACK * (high - low)
        below, above = lowest < low - slack, highest > high + slack
        if not below and not above:
            return
        source = parts[0].samples.source
        if below:
            notes += (self._place(parts, lowest, "smallest"),)
        if above:
            notes += (self._place(parts, highest, "largest"),)
        raise fail(
            "IM212",
            f"`{self.keyword}` takes values from {low:g} to {high:g}, `{source}` has values from "
            f"{lowest:.9g} to {highest:.9g}",
            self.span,
            notes=notes,
            help=f"write `{self._line(lowest, highest)}`, or scale the data",
        )

    def _check_spread(
        self, train: Part, test: Part, notes: tuple[str, ...]
    ) -> Iterator[Diagnostic]:
        """A range in other units than the data would train a network that is all but blind."""
        lowest, highest = train.lowest, train.highest
        low, high = self.encoding.data_low, self.encoding.data_high
        filled = (highest - lowest) / (high - low)
        if filled >= _NARROW - _SLACK:
            return
        source = train.samples.source
        if lowest == highest:
            what = "feature" if self.keyword == "encode" else "target"
            raise fail(
                "IM216",
                f"every {what} of every training sample of `{source}` is {lowest:.9g}",
                self.span,
            )
        # A range of the training samples alone would refuse test samples beyond it.
        bounds = min(lowest, test.lowest), max(highest, test.highest)
        remedy = f"write `{self._line(*bounds)}`"
        if self.keyword == "encode" and filled < _NARROWEST:
            raise fail(
                "IM216",
                f"the values of `{source}` lie between {lowest:.9g} and {highest:.9g}, a small "
                f"part of the {low:g} to {high:g} that `encode` spreads over the input voltages",
                self.span,
                notes=notes,
                help=remedy,
            )
        yield Diagnostic(
            "IM221",
            f"the values of `{source}` lie between {lowest:.9g} and {highest:.9g}, "
            f"{filled:.0%} of the {low:g} to {high:g} that `{self.keyword}` spreads over the "
            f"{'input' if self.keyword == 'encode' else 'target'} voltages",
            self.span,
            notes=notes,
            help=remedy,
            severity="warning",
        )

    def _check_units(self, train: Part, test: Part) -> Iterator[Diagnostic]:
        """Test samples in other units than the training samples may still be in the range."""
        spread = test.highest - test.lowest
        if test.values.size < _FEWEST_VALUES:
            return
        if spread < _NARROWEST * (train.highest - train.lowest):
            yield Diagnostic(
                "IM221",
                f"the test samples of `{test.samples.source}` lie between {test.lowest:.9g} and "
                f"{test.highest:.9g}, the training samples between {train.lowest:.9g} and "
                f"{train.highest:.9g}",
                self.span,
                help="save both in the same units",
                severity="warning",
            )

    def _place(self, parts: Sequence[Part], value: float, which: str) -> str:
        part = next(part for part in parts if value in (part.lowest, part.highest))
        row, column = np.argwhere(part.values == value)[0]
        samples, what = part.samples, "feature" if self.keyword == "encode" else "target"
        return (
            f"the {which} is in {samples.counted} {samples.numbers[row]} of `{samples.source}`, "
            f"{what} {column + 1}"
        )

    def _line(self, low: float, high: float) -> str:
        return encode_line(low, high, self.encoding, self.keyword)


def to_volts(values: Array, encoding: Encoding) -> NDArray[np.float32]:
    """The voltages of data values, computed in double precision, of the same shape."""
    volts = np.empty(values.shape, np.float32)
    scale = (encoding.high_volts - encoding.low_volts) / (encoding.data_high - encoding.data_low)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        offset = np.asarray(values[rows], np.float64) - encoding.data_low
        # Rounding, and the slack of the range, may carry the ends a little too far.
        np.clip(
            encoding.low_volts + offset * scale,
            encoding.low_volts,
            encoding.high_volts,
            out=volts[rows],
            casting="same_kind",
        )
    return volts
