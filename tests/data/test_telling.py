"""Features that say too much, too little, or are in other units, are told by their numbers."""

from pathlib import Path

import numpy as np

from imnnc.encoding import Encoding
from tests.support.builders import heard

RANDOM = np.random.default_rng(4)
INPUTS = RANDOM.uniform(0, 1, (60, 4))
OTHERS = RANDOM.uniform(0, 1, (30, 4))
LABELS = np.arange(60) % 3


def said(loss: str = "cross_entropy", outputs: int = 3, **fields: object) -> list[str]:
    """Code and message of what is said of the features of `a.npz`."""
    _, remarks = heard(4, outputs, loss, file=Path("a.npz"), **fields)
    return [f"{x.code}: {x.message}" for x in remarks if x.code in ("IM233", "IM234", "IM235")]


def write(inputs, targets=LABELS) -> None:
    np.savez("a.npz", inputs=inputs, targets=targets)


def divided(train, test) -> None:
    labels = np.arange(len(test)) % 3
    np.savez("a.npz", x_train=train, y_train=LABELS, x_test=test, y_test=labels)


def test_a_feature_that_is_the_label_is_told(here):
    inputs = INPUTS.copy()
    inputs[:, 2] = LABELS / 2
    write(inputs)
    assert said() == ["IM233: feature 3 of `a.npz` alone tells the class of every training sample"]


def test_so_are_features_that_are_high_for_a_class_each(here):
    inputs = INPUTS.copy()
    inputs[:, 1:] = LABELS[:, None] == np.arange(3)
    write(inputs)
    assert said() == [
        "IM233: features 2, 3 and 4 of `a.npz` alone tell the class of every training sample"
    ]


def test_a_feature_that_tells_one_class_of_three_is_a_good_feature(here):
    inputs = INPUTS.copy()
    inputs[:, 1] = LABELS == 1
    write(inputs)
    assert said() == []


def test_a_feature_that_is_a_target_in_another_unit_is_told(here):
    targets = RANDOM.uniform(0, 1, (60, 2))
    inputs = INPUTS.copy()
    inputs[:, 3] = 0.9 - 0.8 * targets[:, 1]
    write(inputs, targets)
    assert said("mse", 2) == [
        "IM233: feature 4 of `a.npz` alone tells the target of every training sample"
    ]


def test_a_feature_that_is_flat_but_for_one_sample_is_told(here):
    inputs = INPUTS.copy()
    inputs[4, 1] = -999
    divided(inputs, OTHERS)
    _, remarks = heard(4, 3, file=Path("a.npz"), normalize="minmax")
    (remark,) = [x for x in remarks if x.code == "IM234"]
    assert remark.message == (
        "four in five values of feature 2 of `a.npz` lie within 1% of the range that `encode` "
        "spreads over the input voltages"
    )
    assert remark.notes[1] == "the furthest is -999, in sample 5"
    assert remark.help == (
        "look whether the values that are far off are right, and leave those samples out"
    )


def test_features_in_smaller_units_than_others_are_told(here):
    write(INPUTS * [1, 0.005, 1, 0.005])
    _, remarks = heard(4, 3, file=Path("a.npz"))
    (remark,) = [x for x in remarks if x.code == "IM234"]
    assert remark.message.startswith("four in five values of each of features 2 and 4 of `a.npz`")
    assert remark.help == "write `normalize minmax` to give each feature the whole range"
    assert said(normalize="minmax") == []


def test_features_that_are_rarely_anything_but_zero_are_not_told(here):
    inputs = INPUTS.copy()
    inputs[:, 1] = np.arange(60) % 20 == 0
    write(inputs)
    assert said(normalize="minmax") == []


def test_test_samples_in_larger_units_are_told(here):
    divided(INPUTS, OTHERS * [1, 1000, 1, 1])
    assert said(normalize="minmax") == [
        "IM235: more than a third of the test samples are held at an end of the range that "
        "training samples of `a.npz` have in feature 2"
    ]


def test_test_samples_in_smaller_units_are_told(here):
    divided(INPUTS, OTHERS / [1, 1000, 1, 1000])
    assert said(normalize="minmax") == [
        "IM235: the test samples take less than 5% of the range that training samples of `a.npz` "
        "have in features 2 and 4"
    ]


def test_standard_deviations_need_an_encoding_on_both_sides_of_zero(here):
    write(INPUTS)
    _, remarks = heard(
        4, 3, file=Path("a.npz"), normalize="zscore", encode=Encoding(0, 1, -0.25, 0.25)
    )
    (remark,) = [x for x in remarks if x.code == "IM235"]
    assert remark.message == (
        "more than a third of the training samples of `a.npz` are beyond 0 .. 1 in features 1, 2, "
        "3 and 4, once normalized, and are held at the ends"
    )
    assert remark.help == (
        "write `encode -3 .. 3 -> -0.25 V .. 0.25 V`: `zscore` makes standard deviations from the "
        "mean"
    )
