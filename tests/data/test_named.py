import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from imnnc.data import data_files
from imnnc.data.computed import COMPUTED
from imnnc.data.named import FEATURE_SETS, IMAGE_SETS, feature_set, image_files
from imnnc.diagnostics import CompileError
from imnnc.encoding import DATA_SETS
from tests.support.builders import data_spec, idx_bytes, load

needs_fashion = pytest.mark.skipif(
    not IMAGE_SETS["fashion-mnist"].system_folder.is_dir(),
    reason="Debian package dataset-fashion-mnist is not installed",
)


@pytest.fixture
def no_sets(here, monkeypatch):
    """A machine without data sets, and the folder that IMNNC_DATA names on it."""
    monkeypatch.setenv("XDG_DATA_HOME", "share")
    monkeypatch.setenv("IMNNC_DATA", "sets")
    return here / "sets"


def write_mnist(folder: Path) -> np.ndarray:
    """Three training and two test images of 4 x 4 pixels; returns the training images."""
    folder.mkdir(parents=True)
    images = np.arange(48, dtype="u1").reshape(3, 4, 4) * 5
    parts = {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte": np.array([0, 1, 2], "u1"),
        "t10k-images-idx3-ubyte": images[:2],
        "t10k-labels-idx1-ubyte": np.array([2, 1], "u1"),
    }
    for name, values in parts.items():
        (folder / name).write_bytes(idx_bytes(values))
    return images


def test_every_set_that_the_language_knows_is_one_of_these():
    assert sorted(DATA_SETS) == sorted((*IMAGE_SETS, *FEATURE_SETS, *COMPUTED))


@needs_fashion
def test_fashion_mnist_comes_pooled_and_in_volts():
    dataset = load(196, 10, set_name="fashion-mnist", pool=2, train=60000, test=10000)
    assert dataset.train_inputs.shape == (60000, 196)
    assert dataset.test_inputs.shape == (10000, 196)
    assert dataset.train_inputs.dtype == np.float32
    assert (dataset.train_inputs.min(), dataset.train_inputs.max()) == (-0.25, 0.25)
    assert dataset.train_targets.dtype == np.int64
    assert np.bincount(dataset.train_targets).tolist() == [6000] * 10
    assert dataset.test_targets[:5].tolist() == [9, 2, 1, 1, 6]
    with gzip.open(data_files(data_spec(set_name="fashion-mnist"))[0]) as images:
        pixels = np.frombuffer(images.read(16 + 784)[16:], np.uint8).reshape(14, 2, 14, 2)
    expected = pixels.mean(axis=(1, 3)).ravel() / 255 / 2 - 0.25
    np.testing.assert_allclose(dataset.train_inputs[0], expected, atol=1e-7)


def test_a_set_is_found_in_the_folder_that_imnnc_data_names(no_sets):
    images = write_mnist(no_sets / "mnist")
    dataset = load(16, 3, set_name="mnist", train=2)
    np.testing.assert_allclose(
        dataset.train_inputs, images[:2].reshape(2, 16) / 255 / 2 - 0.25, atol=1e-7
    )
    assert dataset.train_targets.tolist() == [0, 1]
    assert dataset.test_targets.tolist() == [2, 1]
    assert [path.name for path in data_files(data_spec(set_name="mnist"))] == [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ]


def test_a_set_is_found_in_the_users_data_folder(no_sets):
    write_mnist(Path("share/imnnc/mnist"))
    assert load(16, 3, set_name="mnist").train_inputs.shape == (3, 16)


@pytest.mark.parametrize("missing", ["all", "one"])
def test_a_set_that_is_not_on_the_machine(no_sets, refusal, missing):
    if missing == "one":
        write_mnist(no_sets / "mnist")
        (no_sets / "mnist" / "t10k-labels-idx1-ubyte").unlink()
    message = "IM200: data set `mnist` is not on this machine"
    assert refusal(load, 16, 3, set_name="mnist") == message
    assert refusal(data_files, data_spec(set_name="mnist")) == message


def test_the_error_says_what_to_install(no_sets):
    absent = replace(IMAGE_SETS["fashion-mnist"], system_folder=Path("absent"))
    with pytest.raises(CompileError) as caught:
        image_files(absent, None)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help == (
        "run `apt-get install dataset-fashion-mnist`, or set `IMNNC_DATA` to a folder that has "
        "them in `fashion-mnist`"
    )
    assert [note.rsplit(" ", 1)[1] for note in diagnostic.notes] == [
        "`sets/fashion-mnist`",
        "`share/imnnc/fashion-mnist`",
        "`absent`",
    ]


@pytest.mark.parametrize(
    ("name", "features", "classes", "samples"),
    [("iris", 4, 3, 150), ("cancer", 30, 2, 569), ("cancer10", 10, 2, 569)],
)
def test_feature_sets_are_scaled_by_their_training_samples(name, features, classes, samples):
    dataset = load(features, classes, set_name=name, seed=5)
    train, test = dataset.train_inputs, dataset.test_inputs
    assert len(train) + len(test) == samples
    assert len(test) == round(0.2 * samples)
    np.testing.assert_array_equal(train.min(axis=0), np.full(features, -0.25, np.float32))
    np.testing.assert_array_equal(train.max(axis=0), np.full(features, 0.25, np.float32))
    assert (abs(test) <= 0.25).all()


@pytest.mark.parametrize(
    ("name", "widths", "fields", "digest"),
    [
        ("iris", (4, 3), {"train": 120, "test": 30}, "780f45ee00613dd6 7216623870b22591"),
        ("cancer10", (10, 2), {"train": 455, "test": 114}, "27cc38f445c8ebed 38db1c93a4b2a900"),
        pytest.param(
            "fashion-mnist",
            (196, 10),
            {"pool": 2},
            "5f1e2fa10dba97fb 8f4cc0879186c142",
            marks=needs_fashion,
        ),
    ],
)
def test_named_sets_keep_their_voltages_to_the_last_bit(name, widths, fields, digest):
    dataset = load(*widths, set_name=name, **fields)
    assert " ".join(map(fingerprint, (dataset.train_inputs, dataset.test_inputs))) == digest


def fingerprint(volts: np.ndarray) -> str:
    content = f"{volts.dtype}{volts.shape}".encode() + volts.tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.mark.parametrize(("name", "loader"), [("iris", load_iris), ("cancer", load_breast_cancer)])
def test_feature_sets_are_those_of_scikit_learn(name, loader):
    inputs, classes = feature_set(name)
    expected_inputs, expected_classes = loader(return_X_y=True)
    np.testing.assert_array_equal(inputs, expected_inputs)
    np.testing.assert_array_equal(classes, expected_classes)


def test_cancer10_is_the_first_ten_features_of_cancer():
    whole = load(30, 2, set_name="cancer", seed=5)
    means = load(10, 2, set_name="cancer10", seed=5)
    np.testing.assert_array_equal(means.train_inputs, whole.train_inputs[:, :10])
    np.testing.assert_array_equal(means.test_inputs, whole.test_inputs[:, :10])
    np.testing.assert_array_equal(means.train_targets, whole.train_targets)


def test_iris_keeps_the_share_of_each_class():
    dataset = load(4, 3, set_name="iris", train=90, test=30)
    assert np.bincount(dataset.train_targets).tolist() == [30, 30, 30]
    assert np.bincount(dataset.test_targets).tolist() == [10, 10, 10]


def test_a_set_of_classes_has_no_targets_for_a_regression(refusal):
    assert refusal(load, 4, 3, "mse", set_name="iris") == (
        "IM215: `loss mse` with 3 outputs needs 3 targets a sample, `iris` has 1"
    )


def test_a_computed_set_has_no_labels(refusal):
    assert refusal(load, 2, 2, set_name="inversek2j") == (
        "IM215: `loss cross_entropy` with 2 outputs needs one label a sample, `inversek2j` has 2"
    )
