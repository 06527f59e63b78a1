"""A network has to know more than the best constant answer."""

import numpy as np
import pytest

from imnnc.data import Dataset
from imnnc.measure.guessing import Guess, guess


def dataset(train: np.ndarray, test: np.ndarray) -> Dataset:
    inputs = [np.zeros((len(x), 2), np.float32) for x in (train, test)]
    return Dataset(inputs[0], train, inputs[1], test)


def test_the_guess_is_the_most_frequent_class_of_the_training_samples():
    found = guess(
        dataset(np.array([0, 2, 2, 1]), np.repeat([0, 1, 2], [10, 20, 10])), "cross_entropy"
    )
    assert found == Guess(samples=40, score=0.25, answer=2)


def test_of_targets_it_is_their_mean():
    train = np.array([[0.1], [0.3]], np.float32)
    found = guess(dataset(train, np.full((40, 1), 0.4, np.float32)), "mse")
    assert found.answer is None
    assert found.score == pytest.approx(-0.04)
    assert found.is_as_good(-0.039)
    assert not found.is_as_good(-0.03)


@pytest.mark.parametrize(
    ("samples", "score", "reached", "as_good"),
    [
        (40, 0.4, 0.4, True),
        (40, 0.4, 0.3, True),
        (40, 0.4, 0.475, True),  # one deviation of chance is 0.077
        (40, 0.4, 0.5, False),
        (10_000, 0.1, 0.11, False),
        (40, 0.98, 0.98, True),
        (40, 0.98, 1.0, False),
        (19, 0.4, 0.4, False),  # too few to tell
    ],
)
def test_chance_does_better_by_a_deviation(samples, score, reached, as_good):
    assert Guess(samples, score, 0).is_as_good(reached) == as_good
