"""A network that is worth nothing is said to be so, with what can be known of why."""

from dataclasses import replace

import numpy as np
import pytest

from imnnc.artifacts.training import Quantisation, TrainingHistory
from imnnc.measure.confusion import confusion
from imnnc.measure.guessing import Guess
from imnnc.report.decisions import Decisions
from imnnc.report.verdict import verdict
from tests.support.builders import SPAN, network

NETWORK = replace(network(2, 3), span=SPAN)
HISTORY = TrainingHistory((1.1, 1.09), (0.3, 0.4))
CLASSES = np.repeat([0, 1, 2], [10, 14, 16])


def decided(answers: np.ndarray) -> Decisions:
    found = confusion(np.eye(3)[answers], CLASSES)
    return Decisions(("setosa", "versicolor", "virginica"), found, None, (), 0)


def said(before: float, after: float, history=HISTORY, answers=None, guess=0.4):
    of = np.full(40, 2) if answers is None else answers
    reached = Quantisation(40, before, after)
    return list(
        verdict(NETWORK, "cross_entropy", Guess(40, guess, 2), reached, history, decided(of))
    )


def test_a_network_that_answers_one_class_is_told():
    (warning,) = said(0.4, 0.4)
    assert (warning.code, warning.severity, warning.span) == ("IM411", "warning", SPAN)
    assert warning.message == (
        "`net` is right for 40.0% of 40 test samples, always answering class virginica would be "
        "for 40.0%"
    )
    assert warning.notes == (
        "every one of them is taken for class virginica",
        "the loss of training went from 1.1 to 1.09, epochs: 2",
    )
    assert warning.help.startswith("try another `learning_rate`")


def test_a_network_that_knows_something_is_not():
    assert said(0.9, 0.9) == []


def test_answers_that_differ_are_not_said_to_be_one():
    (warning,) = said(0.4, 0.4, answers=np.arange(40) % 3)
    assert warning.notes == ("the loss of training went from 1.1 to 1.09, epochs: 2",)


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"before": 0.975}, "the levels of the cells cost it, with cells as trained it has 97.5%"),
        (
            {"history": TrainingHistory((1.1, 0.1), (0.3, 0.95))},
            "validation samples, which are of the training samples, had 95.0%",
        ),
        ({"guess": 0.9, "after": 0.9, "before": 0.9}, "90.0% of the test samples are of one class"),
    ],
)
def test_the_remedy_is_that_of_the_cause(fields, remedy):
    (warning,) = said(**{"before": 0.4, "after": 0.4, **fields})
    assert warning.help.startswith(remedy)


def test_a_regression_is_held_to_the_mean_of_its_targets():
    history = TrainingHistory((0.3, 0.2), (-0.02, -0.01))
    guess, reached = Guess(40, -0.01, None), Quantisation(40, -0.01, -0.0099)
    (warning,) = verdict(NETWORK, "mse", guess, reached, history, None)
    assert warning.message == (
        "the mean square error of `net` on 40 test samples is 0.0099 V², that of always "
        "answering the mean of the training targets is 0.01 V²"
    )
