"""Samples that are there more than once: as test samples, or with another class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Samples
from imnnc.diagnostics import Diagnostic, Span

IntArray = NDArray[np.intp]

# Of samples; fewer are what coarse figures and large sets of images happen to have.
_FEW = 0.01
_DIGEST_BYTES = 16  # two samples that differ have one digest about never


@dataclass(frozen=True)
class Repeats:
    """Training and test samples whose inputs are equal, in the units of their source.

    Attributes:
        train: the training samples.
        test: the test samples.
        of_train: (S,) the first training sample that each is equal to.
        of_test: (T,) the first training sample that each is equal to; -1 where there is none.
    """

    train: Samples
    test: Samples
    of_train: IntArray
    of_test: IntArray

    @property
    def tested(self) -> int:
        """How many test samples are trained with as well."""
        return int((self.of_test >= 0).sum())

    def check(
        self, *, classes: bool, divided: bool, table: bool, span: Span | None
    ) -> Iterator[Diagnostic]:
        """What is to be said of them: IM231 and, of samples with classes, IM232.

        Args:
            classes: whether targets are classes.
            divided: whether training and test samples are of one set, which was divided.
            table: whether they are lines of a table.
            span: where a warning points.
        """
        if self.tested > _FEW * len(self.test):
            yield self._tested(divided and table, span)
        if classes:
            yield from self._contradicting(span)

    def _tested(self, by_lines: bool, span: Span | None) -> Diagnostic:
        one = int(np.argmax(self.of_test >= 0))
        first = _place(self.train, self.of_test[one])
        command = f"awk '!seen[$0]++' {self.train.source} > mended.csv"
        return Diagnostic(
            "IM231",
            f"{self.tested} of {len(self.test)} test samples of `{self.test.source}` are trained "
            "with as well: what is measured on them flatters",
            span,
            notes=(f"test {_place(self.test, one)} is training {first}",),
            help=f"write `{command}` to keep one line of each"
            if by_lines
            else "keep one of each, or test with others",
            severity="warning",
        )

    def _contradicting(self, span: Span | None) -> Iterator[Diagnostic]:
        """Of samples with the same inputs one class is right, whatever a network answers."""
        labels = self.train.targets[:, 0].astype(np.int64)
        if labels.size == 0:
            return
        width = int(labels.max()) + 1
        pairs, counts = np.unique(self.of_train * width + labels, return_counts=True)
        groups = pairs // width
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        lost = len(labels) - int(np.maximum.reduceat(counts, starts).sum())
        if lost <= _FEW * len(labels):
            return
        one = int(np.argmax(labels != labels[self.of_train]))
        first = int(self.of_train[one])
        yield Diagnostic(
            "IM232",
            f"{lost} of {len(labels)} training samples of `{self.train.source}` cannot be right: "
            "others have the same inputs and another class",
            span,
            notes=(
                f"{_place(self.train, first)} is of class {labels[first]}, "
                f"{_place(self.train, one)} of class {labels[one]}",
            ),
            help="look whether a column is missing that tells them apart, or labels are mixed up",
            severity="warning",
        )


def repeats(train: Samples, test: Samples) -> Repeats:
    """Which samples have the same inputs."""
    kind = np.result_type(train.inputs, test.inputs)
    first: dict[bytes, int] = {}
    of_train = [first.setdefault(x, number) for number, x in enumerate(_digests(train, kind))]
    of_test = [first.get(x, -1) for x in _digests(test, kind)]
    return Repeats(train, test, np.array(of_train, np.intp), np.array(of_test, np.intp))


def _digests(samples: Samples, kind: np.dtype[np.generic]) -> Iterator[bytes]:
    for row in samples.rows:
        # One row at a time: a large set need not be held twice.
        values = np.ascontiguousarray(row, kind)
        yield blake2b(values.data, digest_size=_DIGEST_BYTES).digest()


def _place(samples: Samples, number: int) -> str:
    return f"{samples.counted} {samples.numbers[number]} of `{samples.source}`"
