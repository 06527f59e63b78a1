"""Test samples that stand in another order than the training samples are not taken for the same."""

from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN, load

ROWS = "0.1,0.9,0\n0.8,0.2,1\n0.3,0.7,0\n0.6,0.4,1\n"


def write(name: str, headings: str) -> Path:
    Path(name).write_text(f"{headings}\n{ROWS}")
    return Path(name)


def refused(**fields) -> str:
    with pytest.raises(CompileError) as caught:
        load(**fields)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is SPAN
    return f"{diagnostic.code}: {diagnostic.message}"


def test_the_same_headings_in_other_columns_are_refused(here):
    files = {"file": write("a.csv", "x,y,label"), "test_file": write("b.csv", "y,x,label")}
    assert refused(inputs=2, outputs=2, **files) == (
        "IM228: test samples must have the columns of training samples, column 1 of `b.csv` is "
        "`y` and that of `a.csv` `x`"
    )


@pytest.mark.parametrize("headings", ["x,y,label", "u,v,label", "0,1,2"])
def test_the_same_headings_and_other_headings_are_taken(here, headings):
    files = {"file": write("a.csv", "x,y,label"), "test_file": write("b.csv", headings)}
    assert load(2, 2, **files).test_inputs.shape == (4, 2)


def arrays(train: tuple[int, ...], test: tuple[int, ...]) -> Path:
    values = np.linspace(0, 1, 4 * 12)
    pairs = {"x_train": values.reshape(4, *train), "x_test": values.reshape(4, *test)}
    np.savez("a.npz", y_train=[0, 1, 0, 1], y_test=[0, 1, 0, 1], **pairs)
    return Path("a.npz")


@pytest.mark.parametrize(
    ("train", "test", "shapes"),
    [
        ((3, 2, 2), (2, 2, 3), ("3 x 2 x 2", "2 x 2 x 3")),
        ((3, 4), (4, 3), ("3 x 4", "4 x 3")),
        ((1, 2, 6), (4, 3, 1), ("1 x 2 x 6", "4 x 3 x 1")),
    ],
)
def test_axes_in_another_order_are_refused(here, train, test, shapes):
    assert refused(inputs=12, outputs=2, file=arrays(train, test)) == (
        f"IM228: test samples must have the shape of training samples, {shapes[0]} values, those "
        f"of `a.npz` have {shapes[1]}"
    )


@pytest.mark.parametrize("test", [(3, 4), (12,), (1, 3, 4), (3, 4, 1), (12, 1)])
def test_rows_and_axes_of_length_one_are_taken(here, test):
    assert load(12, 2, file=arrays((3, 4), test)).test_inputs.shape == (4, 12)
