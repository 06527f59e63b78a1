"""Samples that are there more than once are told, with how many there are and where one is."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.builders import heard

RANDOM = np.random.default_rng(4)
INPUTS = RANDOM.uniform(0, 1, (60, 4))
LABELS = np.arange(60) % 3


def said(path: str, loss: str = "cross_entropy", outputs: int = 3) -> list[tuple[str, ...]]:
    """Code, message, notes and help of what is said of repeated samples."""
    _, remarks = heard(4, outputs, loss, file=Path(path))
    found = [x for x in remarks if x.code in ("IM231", "IM232")]
    return [(x.code, x.message, *x.notes, x.help) for x in found]


def table(path: str, inputs: np.ndarray, labels: np.ndarray) -> None:
    lines = [",".join(map(str, [*x, y])) for x, y in zip(inputs, labels, strict=True)]
    Path(path).write_text("\n".join(["a,b,c,d,kind", *lines]) + "\n")


@pytest.mark.parametrize("kind", ["f8", "f4", "u1"])
def test_test_samples_among_the_training_samples_are_counted(here, kind):
    x = (INPUTS * 255).astype(kind) if kind == "u1" else INPUTS.astype(kind)
    test = np.concatenate([x[7:27], 1 - x[:5]])
    labels = np.arange(25) % 3
    np.savez("a.npz", x_train=x, y_train=LABELS, x_test=test, y_test=labels)
    assert said("a.npz") == [
        (
            "IM231",
            "20 of 25 test samples of `a.npz` are trained with as well: what is measured on them "
            "flatters",
            "test sample 1 of `a.npz` is training sample 8 of `a.npz`",
            "keep one of each, or test with others",
        )
    ]


def test_a_table_with_every_line_twice_comes_with_a_command_that_mends_it(here):
    table("a.csv", np.tile(INPUTS, (2, 1)), np.tile(LABELS, 2))
    ((code, message, note, remedy),) = said("a.csv")
    assert code == "IM231"
    assert message.startswith("20 of 24 test samples of `a.csv` are trained with as well")
    assert note == "test line 70 of `a.csv` is training line 10 of `a.csv`"
    assert remedy == "write `awk '!seen[$0]++' a.csv > mended.csv` to keep one line of each"


def test_how_many_were_trained_with_is_known_of_the_data(here):
    np.savez("a.npz", x_train=INPUTS, y_train=LABELS, x_test=INPUTS[:9], y_test=LABELS[:9])
    assert heard(4, 3, file=Path("a.npz"))[0].scaling.trained_with == 9
    np.savez("a.npz", inputs=INPUTS, targets=LABELS)
    assert heard(4, 3, file=Path("a.npz"))[0].scaling.trained_with == 0


def test_one_in_a_hundred_is_not_told(here):
    test = RANDOM.uniform(0, 1, (200, 4))
    labels = np.arange(200) % 3
    test[:2] = INPUTS[:2]
    np.savez("a.npz", x_train=INPUTS, y_train=LABELS, x_test=test, y_test=labels)
    assert said("a.npz") == []


def test_samples_of_two_classes_cannot_both_be_right(here):
    inputs, labels = np.tile(INPUTS, (2, 1)), np.concatenate([LABELS, (LABELS + 1) % 3])
    test = 1 - INPUTS
    np.savez("a.npz", x_train=inputs, y_train=labels, x_test=test, y_test=LABELS)
    assert said("a.npz") == [
        (
            "IM232",
            "60 of 120 training samples of `a.npz` cannot be right: others have the same inputs "
            "and another class",
            "sample 1 of `a.npz` is of class 0, sample 61 of `a.npz` of class 1",
            "look whether a column is missing that tells them apart, or labels are mixed up",
        )
    ]


def test_targets_that_are_no_classes_may_differ_for_the_same_inputs(here):
    inputs, targets = np.tile(INPUTS, (2, 1)), RANDOM.uniform(0, 1, (120, 2))
    test = 1 - INPUTS
    np.savez("a.npz", x_train=inputs, y_train=targets, x_test=test, y_test=targets[:60])
    assert said("a.npz", "mse", 2) == []
