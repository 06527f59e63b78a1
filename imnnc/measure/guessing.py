"""What is right without looking at the inputs, which a network has to do better than."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from imnnc.data import Dataset
from imnnc.design import Loss

_FEWEST_SAMPLES = 20  # of fewer, nobody knows
_EXPLAINED = 0.05  # of the variance of targets: less is nothing


@dataclass(frozen=True)
class Guess:
    """The constant answer that is best for the training samples, on the test samples.

    Attributes:
        samples: how many test samples there are.
        score: its accuracy, or minus its mean square error in V^2.
        answer: the class; None where targets are no classes, and it is their mean.
    """

    samples: int
    score: float
    answer: int | None

    def is_as_good(self, score: float) -> bool:
        """Whether a network with this score knows about as little: within what chance does."""
        if self.samples < _FEWEST_SAMPLES:
            return False
        if self.answer is None:
            return score <= (1 - _EXPLAINED) * self.score
        deviation = sqrt(self.score * (1 - self.score) / self.samples)
        return score < 1 and score <= self.score + deviation


def guess(data: Dataset, loss: Loss) -> Guess:
    """The guess that a network of these samples is held to."""
    train, test = data.train_targets, data.test_targets
    if loss == "cross_entropy":
        answer = int(np.bincount(train).argmax())
        return Guess(len(test), float((test == answer).mean()), answer)
    error = test.astype(np.float64) - train.mean(axis=0, dtype=np.float64)
    return Guess(len(test), -float(np.square(error).mean()), None)
