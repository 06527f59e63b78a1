"""Where samples come from, and how their values become volts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from imnnc.diagnostics import Span
from imnnc.limits import OPTIONAL, PORT, plain, setting, whole

_DATA_SAMPLES = whole(1, 10**9)
_ENCODED = plain("-1e12", "1e12")

# Each feature from its smallest to its largest training value to 0 to 1, or less its mean over its
# standard deviation; both of training samples.
Normalization = Literal["minmax", "zscore"]
DATA_SETS = (
    "fashion-mnist",
    "mnist",
    "iris",
    "cancer",
    "cancer10",
    "inversek2j",
    "fft",
    "kmeans",
    "sobel",
    "blackscholes",
)
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
# What names of files of labels end in; a heading of a table may be called like no such file.
LABELS_SUFFIXES = (*TABLE_SUFFIXES, ".npy", ".npz", "ubyte")


def format_of(name: str) -> str:
    """What the name of a data file ends in, `.gz` apart, as it tells the format."""
    return PurePath(name.removesuffix(".gz")).suffix.lower()


@dataclass(frozen=True)
class Encoding:
    """An affine map of data values to volts."""

    data_low: float = field(metadata=_ENCODED)
    data_high: float = field(metadata=_ENCODED)
    low_volts: float = field(metadata=PORT)
    high_volts: float = field(metadata=PORT)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class DataSpec:
    """Where the samples come from and how they become voltages.

    Exactly one of `set_name` (a named or a computed set) and `file` is given.
    `train` and `test` are numbers of samples, None for all that there are.
    """

    set_name: str | None
    file: Path | None
    labels_file: Path | None  # IDX keeps labels in a file of their own
    test_file: Path | None
    test_labels_file: Path | None
    # The edge of the square of pixels that is averaged into one; 1: none
    pool: int = field(metadata=setting("pool", whole(1, 64)))
    train: int | None = field(metadata=setting("train", _DATA_SAMPLES))
    test: int | None = field(metadata=setting("test", _DATA_SAMPLES))
    encode: Encoding
    target: Encoding  # regression only: target values to read-out volts
    # The heading of the column of a table that holds labels or targets; None: the last ones do
    label_column: str | None = field(default=None, metadata=OPTIONAL)
    # What becomes of each feature before `encode`; None: what its source asks for
    normalize: Normalization | None = field(default=None, metadata=OPTIONAL)
    # Of the block (`data`), and of each setting that it has
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def at(self, *settings: str) -> Span | None:
        """Where the first of these settings stands that was written.

        Of none of them: what says which the samples are, or else the block.
        """
        asked = (*settings, "file", "set", "data")
        return next((self.spans[x] for x in asked if x in self.spans), None)

    @property
    def span(self) -> Span | None:
        """Where it says which the samples are."""
        return self.at()
