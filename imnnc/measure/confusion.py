"""Which classes a network takes for which: one definition, for the report and for Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.physics.network import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Confusion:
    """Samples by their class and by what they are decided as.

    Attributes:
        counts: (M, M), `counts[i, j]` samples of class i are decided as class j.
        decisions: (S,) what each sample is decided as.
        classes: (S,) what each sample is.
    """

    counts: IntArray
    decisions: IntArray
    classes: IntArray

    @property
    def accuracy(self) -> float:
        """The fraction of samples that are decided rightly."""
        return float((self.decisions == self.classes).mean())

    @property
    def by_class(self) -> tuple[float | None, ...]:
        """The same of the samples of each class; None where there are none of it."""
        totals = self.counts.sum(1).tolist()
        right = np.diag(self.counts).tolist()
        return tuple(x / total if total else None for x, total in zip(right, totals, strict=True))

    @property
    def wrong(self) -> IntArray:
        """The samples that are decided wrongly, by their number."""
        return np.flatnonzero(self.decisions != self.classes)


def confusion(readout_volts: FloatArray, classes: NDArray[Any]) -> Confusion:
    """The confusion of read-outs (S, M) of samples of `classes` (S,): the highest output decides.

    Of `readout_volts` that are predicted it is the model's, of simulated ones the circuit's.
    """
    outputs = readout_volts.shape[1]
    decided = readout_volts.argmax(1).astype(np.int64)
    wanted = np.asarray(classes).astype(np.int64)
    counts = np.zeros((outputs, outputs), np.int64)
    np.add.at(counts, (wanted, decided), 1)
    return Confusion(counts, decided, wanted)
