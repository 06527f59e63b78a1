"""Samples that can be trained on, but may not be what was meant, come with a warning."""

from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
from tests.support.builders import SPAN, heard, load

RANDOM = np.random.default_rng(4)
INPUTS = RANDOM.uniform(0, 1, (60, 4))
LABELS = np.arange(60) % 3


def write(**arrays) -> Path:
    np.savez("a.npz", **{"inputs": INPUTS, "targets": LABELS, **arrays})
    return Path("a.npz")


def mirrored(path: Path) -> Path:
    """Other samples in the same range: each feature is what another was."""
    with np.load(path) as held:
        np.savez("b.npz", inputs=held["inputs"][:, ::-1], targets=held["targets"])
    return Path("b.npz")


def warnings(path: Path, inputs=4, outputs=3, loss="cross_entropy", **fields) -> list[str]:
    _, said = heard(inputs, outputs, loss, file=path, **fields)
    for remark in said:
        assert remark.severity != "warning" or remark.span is SPAN
    return [f"{x.code}: {x.message}" for x in said if x.severity == "warning"]


def notes(path: Path, inputs=4, outputs=3, **fields) -> tuple[str, ...]:
    _, said = heard(inputs, outputs, file=path, **fields)
    (note,) = [x for x in said if x.code == "IM218"]
    return note.notes


def test_good_samples_come_without_a_warning(here):
    assert warnings(write()) == []
    assert notes(write()) == ()


def test_features_that_are_normalized_are_told_as_they_stand_in_the_file(here):
    inputs = np.tile([[0, 0, -1e-3, 2], [1, 500, 1e-3, 3]], (30, 1))
    (note,) = notes(write(inputs=inputs), normalize="minmax")
    assert note == "as they stand in the file: 0 .. 1, 0 .. 500, -0.001 .. 0.001, 2 .. 3"


@pytest.mark.parametrize(
    ("high", "warned"), [(1.0, False), (1.9, False), (2.1, True), (19.0, True)]
)
def test_a_range_that_is_filled_less_than_half_is_told(here, high, warned):
    inputs = INPUTS.copy()
    inputs[0, :2] = 0, 1
    path = write(inputs=inputs)
    said = warnings(path, test_file=mirrored(path), encode=Encoding(0, high, -0.25, 0.25))
    assert said == warned * [
        f"IM221: the values of `a.npz` lie between 0 and 1, {1 / high:.0%} of the 0 to {high:g} "
        "that `encode` spreads over the input voltages"
    ]


def test_the_range_to_write_holds_the_test_samples_as_well(here):
    np.savez("a.npz", x_train=INPUTS / 4, y_train=LABELS, x_test=INPUTS / 2, y_test=LABELS)
    _, said = heard(4, 3, file=Path("a.npz"))
    (remark,) = [x for x in said if x.code == "IM221"]
    low, high = INPUTS.min() / 4, INPUTS.max() / 2
    assert remark.help == f"write `encode {low:.9g} .. {high:.9g} -> -0.25 V .. 0.25 V`"


def test_targets_that_fill_less_than_half_of_their_range_are_told(here):
    targets = RANDOM.uniform(0.25, 0.5, (60, 1))
    targets[:2, 0] = 0.25, 0.5
    path = write(targets=targets)
    said = warnings(path, 4, 1, "mse", test_file=mirrored(path))
    assert said == [
        "IM221: the values of `a.npz` lie between 0.25 and 0.5, 25% of the 0 to 1 that `target` "
        "spreads over the target voltages"
    ]


def test_test_samples_in_other_units_than_the_training_samples_are_told(here):
    np.savez("a.npz", x_train=INPUTS * 255, y_train=LABELS, x_test=INPUTS, y_test=LABELS)
    (said,) = warnings(Path("a.npz"), encode=Encoding(0, 255, -0.25, 0.25))
    assert said.startswith("IM221: the test samples of `a.npz` lie between 0.0")


def test_classes_without_a_sample_are_told(here):
    assert warnings(write(), outputs=5) == [
        "IM222: 2 of 5 classes have no training sample in `a.npz`: 3 and 4"
    ]
    assert warnings(write(targets=LABELS + 1), outputs=4) == [
        "IM222: 1 of 4 classes have no training sample in `a.npz`: 0"
    ]
    assert warnings(write(), outputs=12)[0].endswith(": 3, 4, 5, 6, 7, ...")


@pytest.mark.parametrize(
    ("label", "remedy"),
    [
        (3, "write `y[3]` if there are 3 classes"),
        (1, "labels count from 0: subtract one from each if they count from 1"),
    ],
)
def test_a_missing_class_comes_with_its_likely_cause(here, label, remedy):
    path = write(targets=LABELS + (label == 1))
    _, said = heard(4, 4, file=path)
    assert [x.help for x in said if x.code == "IM222"] == [remedy]


@pytest.mark.parametrize("outputs", [1, 2, 10])
def test_samples_of_one_class_are_refused(here, outputs):
    with pytest.raises(CompileError) as caught:
        load(4, outputs, file=write(targets=np.zeros(60)))
    (diagnostic,) = caught.value.diagnostics
    assert f"{diagnostic.code}: {diagnostic.message}" == (
        "IM222: all 48 training samples of `a.npz` are of class 0, so that a constant is always "
        "right"
    )


def test_the_first_samples_of_a_sorted_file_are_of_one_class(here):
    labels = np.sort(LABELS)
    np.savez("a.npz", x_train=INPUTS, y_train=labels, x_test=1 - INPUTS, y_test=labels)
    with pytest.raises(CompileError) as caught:
        load(4, 3, file=Path("a.npz"), train=15)
    assert caught.value.diagnostics[0].help == (
        "the first samples are taken in their order: save them in a random one"
    )
    assert warnings(Path("a.npz"), test=15) == [
        "IM222: all 15 test samples of `a.npz` are of class 0"
    ]


def test_classes_that_others_than_the_training_samples_have_are_not_said_to_be_missing(here):
    of_two = LABELS < 2
    np.savez(
        "a.npz", x_train=INPUTS[of_two], y_train=LABELS[of_two], x_test=1 - INPUTS, y_test=LABELS
    )
    _, said = heard(4, 3, file=Path("a.npz"))
    assert [(x.message, x.help) for x in said if x.code == "IM222"] == [
        (
            "1 of 3 classes have no training sample in `a.npz`: 2",
            "other samples are of them: raise `train`, or save samples in a random order",
        )
    ]


def test_classes_without_a_test_sample_are_told_unless_by_chance(here):
    of_two = LABELS < 2
    test, labels = 1 - INPUTS[of_two], LABELS[of_two]
    np.savez("a.npz", x_train=INPUTS, y_train=LABELS, x_test=test, y_test=labels)
    assert warnings(Path("a.npz")) == ["IM222: 1 of 3 classes have no test sample in `a.npz`: 2"]
    assert warnings(Path("a.npz"), test=8) == []


def test_constant_features_are_told_by_their_columns(here):
    inputs = INPUTS.copy()
    inputs[:, 1] = 0.5
    assert warnings(write(inputs=inputs)) == ["IM223: feature 2 of `a.npz` is 0.5 in every sample"]
    inputs[:, 3] = 0
    assert warnings(write(inputs=inputs)) == [
        "IM223: 2 features of `a.npz` are constant in every sample: 2 and 4"
    ]


def test_constant_pixels_are_counted_in_the_note(here):
    images = RANDOM.integers(0, 256, (60, 8, 8)).astype("u1")
    images[:, 0] = 0
    said = ("8 of 64 inputs have one value in every sample, as the borders of images do",)
    for inputs in (images, images.reshape(60, 64), images[..., None]):
        path = write(inputs=inputs)
        assert warnings(path, 64) == []
        assert notes(path, 64) == said


def test_constant_targets_are_told(here):
    targets = np.column_stack([RANDOM.uniform(0, 1, 60), np.full(60, 0.5)])
    assert warnings(write(targets=targets), 4, 2, "mse") == [
        "IM223: target 2 of `a.npz` is 0.5 in every sample"
    ]


def test_arrays_that_are_not_used_may_be_anything_and_are_named(here):
    path = write(names=np.array(["a", "b"]), history=np.array([{}], dtype=object), x_test=[[1j]])
    assert notes(path) == ("not used: `names`, `history`, `x_test`",)
