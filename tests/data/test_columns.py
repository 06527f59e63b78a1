"""Which columns of a table look like its labels, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from imnnc.data import load_dataset
from imnnc.diagnostics import CompileError, Diagnostic
from imnnc.encoding import Encoding
from tests.support.builders import SPAN, data_spec, heard, network

RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.uniform(0, 1, (40, 2)).round(3)
CLASSES = np.arange(40) % 3


def write(columns, names=None) -> Path:
    lines = [] if names is None else [names]
    lines += [",".join(f"{x:g}" for x in row) for row in np.column_stack(columns)]
    Path("a.csv").write_text("\n".join(lines))
    return Path("a.csv")


def refused(path: Path, inputs=2, outputs=3, **fields) -> str:
    with pytest.raises(CompileError) as caught:
        heard(inputs, outputs, file=path, **fields)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is SPAN
    return f"{diagnostic.code}: {diagnostic.message}"


def warned(path: Path, inputs=2, outputs=3, loss="cross_entropy", **fields) -> list[str]:
    _, said = heard(inputs, outputs, loss, file=path, **fields)
    return [f"{x.code}: {x.message}" for x in said if x.severity == "warning"]


@pytest.mark.parametrize("names", [None, "width,height,label", "width,height,outcome"])
def test_the_last_column_is_the_label_without_a_word(here, names):
    assert warned(write([FEATURES, CLASSES], names)) == []


def test_a_heading_tells_where_the_label_is(here):
    path = write([CLASSES, FEATURES], "Label,width,height")
    assert refused(path) == (
        "IM224: in `a.csv` the label is read from the last column, whose values are not classes; "
        "column 1 is called `Label`"
    )


def test_the_values_tell_where_the_label_is(here):
    assert refused(write([FEATURES[:, 0], CLASSES, FEATURES[:, 1]])) == (
        "IM224: in `a.csv` the label is read from the last column, whose values are not classes; "
        "column 2 has a whole number for every class"
    )


def test_a_blank_pixel_is_no_label(here):
    pixels = RANDOM.integers(0, 256, (40, 2))
    path = write([CLASSES, pixels, np.zeros(40)])
    assert refused(path, 3, encode=Encoding(0, 255, -0.25, 0.25)) == (
        "IM224: in `a.csv` the label is read from the last column, which has 1 of 3 classes; "
        "column 1 has a whole number for every class"
    )


def test_a_pixel_of_few_values_is_no_label_beside_one_with_that_heading(here):
    path = write([CLASSES, FEATURES, CLASSES % 2], "class,p0,p1,p2")
    assert refused(path, 3, encode=Encoding(0, 2, -0.25, 0.25)) == (
        "IM224: in `a.csv` the label is read from the last column, which has 2 of 3 classes; "
        "column 1 is called `class`"
    )


def test_what_may_be_either_is_a_warning(here):
    encode = Encoding(0, 2, -0.25, 0.25)
    feature = write([CLASSES, FEATURES, np.roll(CLASSES, 1)], "class,width,height,outcome")
    assert warned(feature, 3, encode=encode) == [
        "IM224: in `a.csv` the label is read from the last column, which has 3 of 3 classes; "
        "column 1 is called `class`"
    ]
    unnamed = write([CLASSES, FEATURES, CLASSES % 2])
    assert warned(unnamed, 3, encode=encode)[0] == (
        "IM224: in `a.csv` the label is read from the last column, which has 2 of 3 classes; "
        "column 1 has a whole number for every class"
    )


def test_a_label_that_is_nowhere_is_refused_as_before(here):
    assert refused(write([FEATURES, FEATURES[:, 0] + 0.5]), 2).startswith("IM210: a label must be")


def test_targets_of_a_regression_are_the_last_columns(here):
    table = [FEATURES[:, 0], FEATURES]
    assert warned(write(table, "y,x1,x2"), 1, 2, "mse") == [
        "IM224: in `a.csv` targets are read from the last 2 columns; column 1 is called `y`"
    ]
    assert warned(write(table, "x1,x2,y"), 2, 1, "mse") == []


def test_a_column_that_pandas_has_numbered_is_told_before_the_width_is_wrong(here):
    path = write([np.arange(40), FEATURES, CLASSES], ",width,height,label")
    said: list[Diagnostic] = []
    with pytest.raises(CompileError) as caught:
        load_dataset(data_spec(file=path), network(2, 3), "cross_entropy", 1, said.append)
    assert caught.value.diagnostics[0].code == "IM207"
    assert [x.code for x in said] == ["IM226"]


def test_a_column_that_counts_is_told_of_a_table_with_a_labels_file_too(here):
    path = write([np.arange(40) / 1, FEATURES])
    Path("labels.csv").write_text("\n".join(map(str, CLASSES)))
    fields = {"labels_file": Path("labels.csv"), "encode": Encoding(0, 39, -0.25, 0.25)}
    assert warned(path, 3, **fields) == [
        "IM226: column 1 of `a.csv` counts the rows, and is a feature"
    ]
