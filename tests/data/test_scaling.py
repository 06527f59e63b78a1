"""How values become voltages: decided once for training and test samples, and said."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.data.samples import make_samples
from imnnc.data.scaling import picture_of
from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
from imnnc.engine.store import key
from imnnc.passes.load_data import LoadData
from tests.support.builders import SPAN, data_spec, heard, idx_bytes, load

RANDOM = np.random.default_rng(2)
LABELS = np.arange(30) % 3


def whole(largest: int, dtype="u1") -> np.ndarray:
    """Whole numbers (30, 4) from 0 to `largest`."""
    values = RANDOM.integers(0, largest + 1, (30, 4)).astype(dtype)
    values[0, :2] = 0, largest
    return values


def to(high: float, low: float = 0.0) -> Encoding:
    return Encoding(low, high, -0.25, 0.25)


def write(train: np.ndarray, test: np.ndarray | None = None) -> Path:
    test = train[:, ::-1] if test is None else test
    np.savez("a.npz", x_train=train, y_train=LABELS, x_test=test, y_test=LABELS[: len(test)])
    return Path("a.npz")


def refused(path: Path, **fields) -> tuple[str, str | None]:
    with pytest.raises(CompileError) as caught:
        load(4, 3, file=path, **fields)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is SPAN
    return f"{diagnostic.code}: {diagnostic.message}", diagnostic.help


def volts_of(values: np.ndarray, high: float) -> np.ndarray:
    return values / high / 2 - 0.25


@pytest.mark.parametrize("largest", [64, 100, 200, 255])
def test_bytes_are_pixels_where_encode_goes_to_one(here, largest):
    values = whole(largest)
    found, said = heard(4, 3, file=write(values))
    np.testing.assert_allclose(found.dataset.train_inputs, volts_of(values, 255), atol=1e-7)
    assert found.scaling.reading == "bytes divided by 255"
    assert (found.scaling.low, found.scaling.high) == (0, largest)
    assert [x.code for x in said if x.severity == "warning"] == ["IM221"] * (largest < 127)


@pytest.mark.parametrize("largest", [2, 9, 16, 63])
def test_small_whole_numbers_in_bytes_are_not_taken_for_pixels(here, largest):
    message, remedy = refused(write(whole(largest)))
    assert message == (
        f"IM219: bytes are divided by 255 where `encode` goes to 1, those of `a.npz` go to "
        f"{largest} and would fill {largest / 255:.0%} of it"
    )
    assert remedy == (
        f"write `encode 0 .. {largest} -> -0.25 V .. 0.25 V` for these numbers, or "
        "`encode 0 .. 255 -> -0.25 V .. 0.25 V` where they are dark pixels"
    )


@pytest.mark.parametrize(("largest", "high"), [(16, 16), (255, 255), (100, 255), (3, 4), (1, 1)])
def test_the_range_that_encode_has_is_the_range_of_the_bytes_in_the_file(here, largest, high):
    values = whole(largest)
    found, _ = heard(4, 3, file=write(values), encode=to(high))
    np.testing.assert_allclose(found.dataset.train_inputs, volts_of(values, high), atol=1e-7)
    assert found.scaling.reading == "as they stand"


@given(
    largest=st.integers(1, 255),
    high=st.integers(1, 300),
    dtypes=st.tuples(*[st.sampled_from(["u1", "i2", "f4", "f8"])] * 2),
)
def test_training_and_test_samples_are_always_scaled_alike(tmp_path_factory, largest, high, dtypes):
    values = whole(largest)
    path = tmp_path_factory.getbasetemp() / "alike.npz"
    train, test = (values.astype(x) for x in dtypes)
    np.savez(path, x_train=train, y_train=LABELS, x_test=test, y_test=LABELS)
    try:
        found, _ = heard(4, 3, file=path, encode=to(high))
    except CompileError:  # there is no scaling then
        return
    dataset = found.dataset
    np.testing.assert_array_equal(dataset.train_inputs, dataset.test_inputs)
    top = 255 if found.scaling.reading == "bytes divided by 255" else high
    np.testing.assert_allclose(dataset.train_inputs, volts_of(values, top), atol=1e-7)
    assert high > 1 or largest == 1 or top == 255


def test_bytes_beside_numbers_of_another_type_are_refused(here):
    values = whole(255)
    message, remedy = refused(write(values, values / 255))
    assert message == (
        "IM220: training and test data must be in the same units, the former are uint8, the "
        "latter float64: of two such types only bytes are divided by 255"
    )
    assert remedy.endswith("as `encode 0 .. 255 -> -0.25 V .. 0.25 V`")
    found, _ = heard(4, 3, file=write(values, values.astype(float)), encode=to(255))
    np.testing.assert_array_equal(found.dataset.train_inputs, found.dataset.test_inputs)


def test_a_table_beside_idx_is_of_another_type(here):
    Path("images").write_bytes(idx_bytes(whole(255)))
    Path("labels").write_bytes(idx_bytes(LABELS.astype("u1")))
    Path("t.csv").write_text("0,1,0,1,0\n1,0,0,0,1\n")
    spec = {"file": Path("images"), "labels_file": Path("labels"), "test_file": Path("t.csv")}
    with pytest.raises(CompileError) as caught:
        load(4, 3, **spec)
    assert caught.value.diagnostics[0].code == "IM220"


def test_the_scaling_does_not_depend_on_how_many_samples_are_taken(here):
    values = whole(255)
    values[:20] //= 16
    path = write(values)
    few = load(4, 3, file=path, train=20, encode=to(1)).train_inputs
    np.testing.assert_allclose(few, volts_of(values[:20], 255), atol=1e-7)


@pytest.mark.parametrize(
    ("values", "reading", "said"),
    [
        (whole(16), "as they stand", "from 0 to 16, become -250 mV to 250 mV"),
        (whole(255), "bytes divided by 255", "from 0 to 255, become -250 mV to 250 mV"),
        (whole(8, "f8") - 4, "as they stand", "from -4 to 4, become -125 mV to 125 mV"),
    ],
)
def test_how_a_file_was_read_is_said_in_one_line(here, values, reading, said):
    high = 1 if reading != "as they stand" else 8 if values.min() < 0 else 16
    found, remarks = heard(4, 3, file=write(values), encode=to(high, -8 if high == 8 else 0))
    (note,) = [x for x in remarks if x.severity == "note"]
    assert note.code == "IM218"
    assert note.message == (
        f"values of `a.npz`, {reading}, {said} in all 30 training and 30 test samples"
    )
    assert len(note.render().splitlines()) == 1
    assert found.scaling.source == "a.npz"


def test_a_renamed_file_is_described_by_its_new_name(here):
    path = write(whole(255))
    shutil.copy(path, "b.npz")
    passes = [LoadData(data_spec(file=Path(x)), "cross_entropy", 1) for x in ("a.npz", "b.npz")]
    first, second = (key(x, ()) for x in passes)
    assert first == key(passes[0], ())
    assert first != second


def test_named_sets_are_described_for_the_report_and_say_nothing():
    found, said = heard(4, 3, set_name="iris")
    assert said == []
    assert found.scaling.reading == "each feature scaled to 0 .. 1"
    assert (found.scaling.low, found.scaling.high) == (0, 1)
    assert (found.scaling.low_volts, found.scaling.high_volts) == (-0.25, 0.25)
    assert (found.scaling.train, found.scaling.test) == (120, 30)


def test_a_range_that_is_beyond_a_named_set_is_told_how_it_was_scaled():
    with pytest.raises(CompileError) as caught:
        load(4, 3, set_name="iris", encode=to(8, 4))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.notes[0] == "`iris`: each feature scaled to 0 .. 1"


def test_a_value_beyond_the_range_is_shown_where_it_is(here):
    values = whole(1, "f8")
    values[17, 2] = -999
    with pytest.raises(CompileError) as caught:
        load(4, 3, file=write(values))
    assert caught.value.diagnostics[0].notes == (
        "the smallest is in sample 18 of `a.npz`, feature 3",
    )
    Path("a.csv").write_text("# a,b,c\n0.5,0.25,0\n\n1,9999,1\n0.5,0.5,1\n" * 1)
    with pytest.raises(CompileError) as caught:
        load(2, 2, file=Path("a.csv"))
    assert caught.value.diagnostics[0].notes == ("the largest is in line 4 of `a.csv`, feature 2",)


@pytest.mark.parametrize(
    ("shape", "pool", "reading", "picture"),
    [
        ((8, 8), 1, "as they stand", (8, 8)),
        ((5, 7, 1), 1, "as they stand", (5, 7)),
        ((64,), 2, "as they stand", (4, 4)),
        ((64,), 1, "bytes divided by 255", (8, 8)),
        ((64,), 1, "as they stand", None),
        ((8, 8, 3), 1, "as they stand", None),
        ((30,), 1, "bytes divided by 255", None),
    ],
)
def test_samples_are_pictures_where_they_have_rows_and_columns(shape, pool, reading, picture):
    samples = make_samples("a", np.zeros((2, *shape)), np.zeros(2), None)
    assert picture_of(samples, pool, reading) == picture
