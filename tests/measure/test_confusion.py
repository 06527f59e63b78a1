"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imnnc.measure.confusion import confusion
from imnnc.measure.figures import accuracy

VOLTS = np.array([[0.2, -0.1, 0.0], [0.1, 0.3, 0.0], [0.0, 0.1, 0.05], [0.4, 0.1, 0.2]])


def test_samples_are_counted_by_class_and_by_decision() -> None:
    found = confusion(VOLTS, np.array([0, 1, 0, 0]))
    assert found.counts.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert found.wrong.tolist() == [2]
    assert found.accuracy == 0.75


def test_a_class_without_samples_has_no_accuracy() -> None:
    assert confusion(VOLTS, np.array([0, 1, 0, 0])).by_class == (2 / 3, 1.0, None)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.integers(0, 99))
def test_it_counts_every_sample_and_has_the_accuracy_of_the_verification(
    classes: list[int], seed: int
) -> None:
    volts = np.random.default_rng(seed).normal(size=(len(classes), 3))
    found = confusion(volts, np.array(classes))
    assert found.counts.sum() == len(classes)
    assert found.accuracy == accuracy(volts, volts, np.array(classes)).simulated
    assert np.diag(found.counts).sum() == len(classes) - len(found.wrong)
