"""What becomes of a user's own files: reading, division, checks and encoding."""

import os
from pathlib import Path

import numpy as np
import pytest

from imnnc.data import data_files
from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
from tests.support.builders import data_spec, idx_bytes, load

TABLE = "".join(f"{row / 10},{1 - row / 10},{row % 2}\n" for row in range(11))


def write_csv(text: str = TABLE) -> Path:
    path = Path("a.csv")
    path.write_text(text)
    return path


def write_npz(**arrays) -> Path:
    path = Path("a.npz")
    np.savez(path, **arrays)
    return path


@pytest.fixture(autouse=True)
def working_folder(here):
    return here


def test_a_table_is_divided_by_the_seed():
    path = write_csv()
    first, same, other = (load(2, 2, file=path, seed=seed) for seed in (1, 1, 2))
    assert (len(first.train_inputs), len(first.test_inputs)) == (9, 2)
    np.testing.assert_array_equal(first.train_inputs, same.train_inputs)
    assert not np.array_equal(first.train_inputs, other.train_inputs)
    rows = np.concatenate([first.train_inputs, first.test_inputs])
    np.testing.assert_allclose(np.sort(rows[:, 0]), np.arange(11) / 20 - 0.25, atol=1e-7)


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ({"train": 4}, (4, 7)),
        ({"test": 4}, (7, 4)),
        ({"train": 4, "test": 4}, (4, 4)),
    ],
)
def test_train_and_test_say_how_a_table_is_divided(asked, got):
    dataset = load(2, 2, file=write_csv(), **asked)
    assert (len(dataset.train_inputs), len(dataset.test_inputs)) == got


def test_targets_of_a_regression_become_read_out_volts():
    path, target = write_csv("0,0,2\n1,1,0\n"), Encoding(0.0, 2.0, -0.2, 0.2)
    dataset = load(1, 2, "mse", file=path, test_file=path, target=target)
    assert dataset.train_targets.dtype == np.float32
    np.testing.assert_allclose(dataset.train_targets, [[-0.2, 0.2], [0, -0.2]], atol=1e-8)


def test_encode_maps_the_range_of_the_data():
    encode = Encoding(-1.0, 3.0, -0.1, 0.2)
    path = write_csv("-1,0\n3,1\n1,1\n")
    dataset = load(1, 2, file=path, test_file=path, encode=encode)
    np.testing.assert_allclose(dataset.train_inputs, [[-0.1], [0.2], [0.05]], atol=1e-8)


def test_a_npz_may_hold_its_own_test_samples():
    images = np.arange(48, dtype=np.uint8).reshape(3, 4, 4) * 5
    labels = np.array([0, 1, 1])
    path = write_npz(x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
    dataset = load(4, 2, file=path, pool=2)
    assert dataset.train_targets.tolist() == [0, 1, 1]
    assert dataset.test_inputs.shape == (1, 4)
    blocks = images.reshape(3, 2, 2, 2, 2).mean(axis=(2, 4)).reshape(3, 4)
    np.testing.assert_allclose(dataset.train_inputs, blocks / 255 / 2 - 0.25, atol=1e-7)


def test_single_precision_values_at_the_ends_of_the_range_are_in_it():
    inputs = np.array([[0.1], [0.7]], np.float32)
    path = write_npz(inputs=inputs, targets=np.array([0, 1]))
    dataset = load(1, 2, file=path, test_file=path, encode=Encoding(0.1, 0.7, -0.25, 0.25))
    np.testing.assert_allclose(dataset.train_inputs.ravel(), [-0.25, 0.25], atol=1e-7)


def test_idx_images_come_with_a_labels_file_of_idx_or_csv():
    images, labels = np.array([[0, 255], [255, 0]], "u1"), np.array([0, 1], "u1")
    Path("images").write_bytes(idx_bytes(images))
    Path("labels").write_bytes(idx_bytes(labels))
    Path("labels.csv").write_text("label\n0\n1\n")
    spec = {"file": Path("images"), "labels_file": Path("labels"), "test_file": Path("images")}
    dataset = load(2, 2, **spec, test_labels_file=Path("labels.csv"))
    assert dataset.train_inputs.tolist() == [[-0.25, 0.25], [0.25, -0.25]]
    assert dataset.test_targets.tolist() == [0, 1]
    assert data_files(data_spec(**spec)) == (Path("images"), Path("labels"), Path("images"))


def test_a_set_without_files_has_none_that_count():
    assert data_files(data_spec(set_name="iris")) == ()
    assert data_files(data_spec(set_name="inversek2j")) == ()


@pytest.mark.parametrize("field", ["file", "labels_file", "test_file", "test_labels_file"])
def test_a_file_that_cannot_be_read_is_refused_where_it_is_named(here, refusal, field):
    os.mkfifo("pipe.csv")  # opening it would wait for ever
    for name, reason in [
        ("gone.csv", "cannot read `gone.csv`: no such file or directory"),
        (".", "data must be a file, `.` is none"),
        ("pipe.csv", "data must be a file, `pipe.csv` is none"),
        ("/dev/zero", "data must be a file, `/dev/zero` is none"),
    ]:
        spec = data_spec(**{field: Path(name)})
        assert refusal(data_files, spec) == f"IM201: {reason}"


IMAGES = np.linspace(0, 1, 3 * 784).reshape(3, 784)


@pytest.mark.parametrize(
    ("arrays", "fields", "message"),
    [
        (
            {"inputs": IMAGES},
            {"inputs": 196},
            "IM207: `x` has 196 inputs, `a.npz` has 784 features a sample",
        ),
        (
            {"inputs": IMAGES},
            {"inputs": 196, "pool": 4},
            "IM207: `x` has 196 inputs, `a.npz` has 49 features a sample after `pool 4`",
        ),
        (
            {"inputs": IMAGES},
            {"inputs": 196, "pool": 3},
            "IM214: `pool` must divide the edge of the images, 3 does not divide 28",
        ),
        (
            {"inputs": IMAGES[:, :5]},
            {"inputs": 5, "pool": 2},
            "IM214: `pool` averages square images, `a.npz` has 5 features a sample",
        ),
        (
            {"inputs": np.array([[0.0, 1], [0, np.nan], [1, 1]])},
            {},
            "IM208: data must be finite, sample 2 of `a.npz` has nan in feature 2",
        ),
        (
            {"inputs": np.array([[0.0, 1], [0, 1], [-np.inf, 1]], np.float32)},
            {},
            "IM208: data must be finite, sample 3 of `a.npz` has -inf in feature 1",
        ),
        ({"inputs": np.empty((0, 2)), "targets": []}, {}, "IM209: `a.npz` holds no samples"),
        ({"inputs": np.float64(3.0)}, {}, "IM209: `a.npz` holds no samples"),
        (
            {"targets": [0, 1, 2]},
            {},
            "IM210: a label must be a whole number from 0 to 1, sample 3 of `a.npz` has 2",
        ),
        (
            {"targets": [0, 1, -1]},
            {},
            "IM210: a label must be a whole number from 0 to 1, sample 3 of `a.npz` has -1",
        ),
        (
            {"targets": [0, 0.5, 1]},
            {},
            "IM210: a label must be a whole number from 0 to 1, sample 2 of `a.npz` has 0.5",
        ),
        (
            {"targets": [0, np.nan, 1]},
            {},
            "IM208: data must be finite, sample 2 of `a.npz` has nan in target 1",
        ),
        (
            {"targets": [0, 1]},
            {},
            "IM211: every sample needs one label or target, `a.npz` has 3 samples and 2 labels",
        ),
        (
            {"targets": np.empty((3, 0))},
            {},
            "IM215: `loss cross_entropy` with 2 outputs needs one label a sample, `a.npz` has 0",
        ),
        (
            {},
            {"loss": "mse"},
            "IM215: `loss mse` with 2 outputs needs 2 targets a sample, `a.npz` has 1",
        ),
        (
            {"targets": np.array([[0, 1], [0, 1.5], [0, 0]])},
            {"loss": "mse"},
            "IM212: `target` takes values from 0 to 1, `a.npz` has values from 0 to 1.5",
        ),
        (
            {"inputs": np.array([[0, 7.9], [-1, 1], [1, 1]])},
            {},
            "IM212: `encode` takes values from 0 to 1, `a.npz` has values from -1 to 7.9",
        ),
        (
            {},
            {"encode": Encoding(0, 255, -0.25, 0.25)},
            "IM216: the values of `a.npz` lie between 0 and 1, a small part of the 0 to 255 "
            "that `encode` spreads over the input voltages",
        ),
        (
            {"inputs": np.full((3, 2), 0.5)},
            {},
            "IM216: every feature of every training sample of `a.npz` is 0.5",
        ),
        (
            {},
            {"train": 2, "test": 2},
            "IM213: `a.npz` has 3 samples to divide, too few for 2 to train and 2 to test",
        ),
        (
            {},
            {"train": 3},
            "IM213: `a.npz` has 3 samples to divide, too few for 3 to train and 1 to test",
        ),
        (
            {},
            {"labels_file": Path("labels")},
            "IM217: `a.npz` holds its own targets, it takes no labels file",
        ),
        (
            {},
            {"test_file": Path("a.npz"), "test": 4},
            "IM213: `test` must be from 1 to the 3 samples of `a.npz`, it was 4",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_refused(refusal, arrays, fields, message):
    good = {"inputs": np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]), "targets": [0, 1, 1]}
    path = write_npz(**(good | arrays))
    assert refusal(load, **({"inputs": 2, "outputs": 2, "file": path} | fields)) == message


@pytest.mark.parametrize(
    ("arrays", "held"),
    [({"inputs": [1]}, "`inputs`"), ({}, "none"), ({"a": [1], "b": [2]}, "`a`, `b`")],
)
def test_a_npz_without_the_names_that_are_looked_for(refusal, arrays, held):
    assert refusal(load, 1, 1, file=write_npz(**arrays)) == (
        "IM204: `a.npz` must have arrays `inputs` and `targets` or `x_train` and `y_train`, "
        f"it has {held}"
    )


def test_two_arrays_of_other_names_come_with_the_line_that_names_them():
    with pytest.raises(CompileError) as caught:
        load(2, 2, file=write_npz(X=IMAGES, y=[0, 1, 1]))
    line = caught.value.diagnostics[0].help.removeprefix("write `").removesuffix("`")
    exec(line, {"np": np})
    assert load(784, 2, file=Path("data.npz")).train_inputs.shape == (2, 784)


def test_names_that_differ_in_capitals_alone_come_with_all_four():
    np.savez("data.npz", X_train=np.eye(3), Y_train=[0, 1, 1], X_test=np.eye(3), Y_test=[1, 1, 0])
    with pytest.raises(CompileError) as caught:
        load(3, 2, file=Path("data.npz"))
    line = caught.value.diagnostics[0].help.removeprefix("write `").removesuffix("`")
    exec(line, {"np": np})
    assert load(3, 2, file=Path("data2.npz")).test_targets.tolist() == [1, 1, 0]


def test_names_of_classes_in_an_array_come_with_how_to_number_them():
    with pytest.raises(CompileError) as caught:
        load(784, 2, file=write_npz(inputs=IMAGES, targets=["a", "b", "b"]))
    assert caught.value.diagnostics[0].help == (
        "number the names: `np.unique(names, return_inverse=True)[1]`"
    )


def test_headings_alone_are_said_to_be_headings():
    with pytest.raises(CompileError) as caught:
        load(2, 2, file=write_csv('[{"a": 1, "b": 2}]\n'))
    assert caught.value.diagnostics[0].notes == ("its one line is headings",)


def test_a_table_with_too_few_columns(refusal):
    assert refusal(load, 2, 2, "mse", file=write_csv("1,0\n2,1\n")) == (
        "IM215: `a.csv` must have features and 2 target columns, it has 2 columns in all"
    )


@pytest.mark.parametrize("text", ["", "\n\n", "a,b,c\n"])
def test_an_empty_table(refusal, text):
    assert refusal(load, 2, 2, file=write_csv(text)) == "IM209: `a.csv` holds no samples"


def test_idx_and_npy_without_labels(refusal):
    Path("images").write_bytes(idx_bytes(np.zeros((2, 2), "u1")))
    assert refusal(load, 2, 2, file=Path("images")) == (
        "IM217: IDX keeps labels apart: `images` needs a labels file"
    )
    np.save("images.npy", np.zeros((2, 2)))
    assert refusal(load, 2, 2, file=Path("images.npy")) == (
        "IM217: `.npy` holds one array: `images.npy` needs a labels file"
    )


def test_arrays_of_files_of_their_own():
    np.save("x.npy", np.eye(3))
    np.save("y.npy", np.arange(3))
    spec = {"file": Path("x.npy"), "labels_file": Path("y.npy")}
    dataset = load(3, 3, **spec, test_file=spec["file"], test_labels_file=spec["labels_file"])
    np.testing.assert_array_equal(dataset.train_inputs, np.eye(3) / 2 - 0.25)
    assert dataset.test_targets.tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["a.tsv", "a.txt", "a.TSV"])
def test_tables_of_other_names(name):
    Path(name).write_text(TABLE.replace(",", "\t"))
    assert load(2, 2, file=Path(name)).train_inputs.shape == (9, 2)


@pytest.mark.parametrize(
    ("name", "content", "message", "told"),
    [
        (
            "a.xlsx",
            b"PK\x03\x04workbook",
            "IM203: an IDX file must start with a magic number such as 00000803, `a.xlsx` starts "
            "with 504b0304",
            "it is a zip archive, as `.npz` and `.xlsx` are",
        ),
        (
            "a.mat",
            b"MATLAB 5.0 MAT-file",
            "IM203: an IDX file must start with a magic number such as 00000803, `a.mat` starts "
            "with 4d41544c",
            "it is a MATLAB file",
        ),
        (
            "a.dat",
            b"1 2 3\n",
            "IM203: an IDX file must start with a magic number such as 00000803, `a.dat` starts "
            "with 31203220",
            "it is text",
        ),
        (
            "a.npz",
            b"\x93NUMPY",
            "IM202: `a.npz` must be an `.npz` archive, it is another kind of file",
            "it is an array that numpy saved",
        ),
        (
            "a.npy",
            b"PK\x03\x04",
            "IM202: `a.npy` must be an `.npy` file, it is another kind of file",
            "it is a zip archive, as `.npz` and `.xlsx` are",
        ),
    ],
)
def test_another_kind_of_file_is_told_by_what_it_is(name, content, message, told):
    Path(name).write_bytes(content)
    Path("labels.csv").write_text("0\n1\n")
    labels = None if name == "a.npz" else Path("labels.csv")
    with pytest.raises(CompileError) as caught:
        load(2, 2, file=Path(name), labels_file=labels)
    (diagnostic,) = caught.value.diagnostics
    assert f"{diagnostic.code}: {diagnostic.message}" == message
    assert diagnostic.notes == (told,)
    assert diagnostic.help is not None


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\0\0", "a zip archive, as `.npz` and `.xlsx` are"),
        ("1,2\n".encode("utf-16-le"), "text in UTF-16 without a byte order mark"),
        ("1,2\n".encode("utf-16-be"), "text in UTF-16 without a byte order mark"),
        ("1,2\n".encode("utf-32"), "text in UTF-32"),
        (b"\0\0\xfe\xff" + "1,2\n".encode("utf-32-be"), "text in UTF-32"),
        (b"\x01\x02\x03", "binary"),
    ],
)
def test_a_table_must_be_text(refusal, content, what):
    Path("a.csv").write_bytes(content)
    message = refusal(load, 2, 2, file=Path("a.csv"))
    assert message == f"IM203: `a.csv` must be text, it is {what}"


@pytest.mark.parametrize(
    ("inputs", "features", "remedy"),
    [
        (196, 784, "write `pool 2` for images of 14 x 14 pixels"),
        (4, 5, "write `x[5]`, or choose data of 4 features"),
        (784, 196, "write `x[196]`, or choose data of 784 features"),
    ],
)
def test_a_wrong_width_comes_with_its_remedy(inputs, features, remedy):
    values = np.linspace(0, 1, 2 * features).reshape(2, features)
    path = write_npz(inputs=values, targets=[0, 1])
    with pytest.raises(CompileError) as caught:
        load(inputs, 2, file=path)
    assert caught.value.diagnostics[0].help == remedy


@pytest.mark.parametrize(
    ("shape", "described"),
    [
        ((4, 16), "samples of 4 x 16 values"),
        ((8, 8, 4), "samples of 8 x 8 x 4 values"),
        ((4, 8, 8), "samples of 4 x 8 x 8 values"),
        ((1, 4, 16), "samples of 1 x 4 x 16 values"),
        ((64, 1), "samples of 64 x 1 values"),
        ((1, 1, 64), "samples of 1 x 1 x 64 values"),
        ((2, 32), "samples of 2 x 32 values"),
    ],
)
def test_only_square_images_of_one_channel_are_pooled(refusal, shape, described):
    images = np.random.default_rng(1).uniform(0, 1, (3, *shape))
    path = write_npz(inputs=images, targets=[0, 1, 1])
    assert refusal(load, 16, 2, file=path, pool=2) == (
        f"IM214: `pool` averages square images, `a.npz` has {described}"
    )


@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1), (1, 8, 8)])
def test_pooled_pixels_are_neighbours(shape):
    images = np.random.default_rng(1).uniform(0, 1, (3, 8, 8))
    images[0, :2, :2], images[1, :2, :2] = 0, 1
    path = write_npz(inputs=images.reshape(3, *shape), targets=[0, 1, 1])
    found = load(16, 2, file=path, test_file=path, pool=2).train_inputs
    expected = images.reshape(3, 4, 2, 4, 2).mean((2, 4)).reshape(3, 16)
    np.testing.assert_allclose(found, expected / 2 - 0.25, atol=1e-7)


def test_pool_is_not_the_remedy_for_images_that_cannot_be_pooled():
    path = write_npz(inputs=np.linspace(0, 1, 3 * 256).reshape(3, 8, 8, 4), targets=[0, 1, 1])
    with pytest.raises(CompileError) as caught:
        load(64, 2, file=path)
    assert caught.value.diagnostics[0].help == "write `x[256]`, or choose data of 64 features"


@pytest.mark.parametrize(
    ("targets", "remedy"),
    [
        ([1, 2, 2], "labels count from 0: subtract one from each"),
        ([0, 1, 2], "write `y[3]` if there are 3 classes"),
        ([-1, 1, -1], "number the classes from 0: 0 for -1, 1 for 1"),
        ([3.5, 1, 1], None),
        (
            np.eye(3)[[0, 1, 1]],
            "write the class in place of its outputs: `targets=targets.argmax(axis=1)`",
        ),
    ],
)
def test_labels_that_are_no_classes_come_with_a_remedy(targets, remedy):
    path = write_npz(inputs=np.eye(3), targets=targets)
    with pytest.raises(CompileError) as caught:
        load(3, 2, file=path)
    assert caught.value.diagnostics[0].help == remedy


def test_a_value_out_of_range_comes_with_the_line_to_write():
    path = write_npz(inputs=np.array([[4.3], [7.9]]), targets=[0, 1])
    with pytest.raises(CompileError) as caught:
        load(1, 2, file=path)
    assert caught.value.diagnostics[0].help == (
        "write `encode 4.3 .. 7.9 -> -0.25 V .. 0.25 V`, or scale the data"
    )
