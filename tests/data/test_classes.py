"""Labels by the heading of their column, and classes by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imnnc.data.table import Labels, read_table
from imnnc.diagnostics import CompileError
from tests.support.builders import heard, load

NAMES = ("versicolor", "setosa", "iris virginica")
ROWS = np.random.default_rng(1).uniform(0, 1, (30, 2))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name: str, separator: str = ",", place: int = 2, quote: str = "", names=NAMES) -> Path:
    fields = [[f"{x:.6g}" for x in row] for row in ROWS]
    for index, row in enumerate(fields):
        row.insert(place, f"{quote}{names[index % len(names)]}{quote}")
    heading = ["width", "height"]
    heading.insert(place, "species")
    Path(name).write_text("\n".join(map(separator.join, [heading, *fields])) + "\n")
    return Path(name)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_names_are_numbered_in_the_order_of_the_alphabet(separator, quote, place):
    file = write("a.csv", separator, place, quote)
    table = read_table(file, None, Labels("species"))
    assert table.classes == ("iris virginica", "setosa", "versicolor")
    assert table.values[:3, -1].tolist() == [2, 1, 0]
    np.testing.assert_allclose(table.values[:, :2], ROWS, rtol=1e-5)
    assert table.headings == ("width", "height", "species")


def test_a_note_says_which_class_is_which_output():
    loaded, said = heard(2, 3, file=write("a.csv"))
    note = next(x for x in said if x.code == "IM230")
    assert note.message == (
        "classes of `a.csv` are numbered by their names: 0 is iris virginica, 1 is setosa,"
        " 2 is versicolor"
    )
    assert note.severity == "note"
    assert loaded.scaling.classes == ("iris virginica", "setosa", "versicolor")


def test_names_without_headings_are_classes_too():
    Path("a.csv").write_text("".join(f"{x},{y},{'ab'[i % 2]}\n" for i, (x, y) in enumerate(ROWS)))
    data = load(2, 2, file=Path("a.csv"))
    assert sorted(np.concatenate([data.train_targets, data.test_targets])) == [0] * 15 + [1] * 15


def test_test_data_have_the_numbers_of_the_training_data():
    write("train.csv")
    few = write("test.csv", names=NAMES[:2])
    data = load(2, 3, file=Path("train.csv"), test_file=few)
    assert data.test_targets[:4].tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("setosa", "rosa"),
            "a class of test data must be one of the training data, line 3 of `test.csv` has"
            " `rosa`",
        ),
        (("0", "1"), "classes must be named alike, `a.csv` has names and `test.csv` numbers"),
    ],
)
def test_other_classes_of_test_data_are_refused(names, message):
    write("a.csv")
    with pytest.raises(CompileError) as caught:
        load(2, 3, file=Path("a.csv"), test_file=write("test.csv", names=names))
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("IM210", message)


def test_more_names_than_outputs_are_refused_with_the_names():
    with pytest.raises(CompileError) as caught:
        load(2, 2, file=write("a.csv"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM210"
    assert "has 3 classes: iris virginica, setosa, versicolor" in diagnostic.message
    assert diagnostic.help.startswith("write `y[3]`")


def test_a_class_that_is_missing_is_told_by_its_line():
    file = write("a.csv")
    file.write_text(file.read_text().replace("setosa", "NA", 1))
    with pytest.raises(CompileError, match=r"^line 3 of `a.csv`: expected a number, found 'NA'"):
        load(2, 3, file=file)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_labels_are_in_the_column_that_is_named(place):
    file = write("a.csv", place=place, names=("0", "1", "2"))
    loaded, said = heard(2, 3, file=file, label_column="species")
    targets = np.concatenate([loaded.dataset.train_targets, loaded.dataset.test_targets])
    assert np.bincount(targets).tolist() == [10, 10, 10]
    assert {x.code for x in said} == {"IM218"}


def test_a_heading_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(CompileError) as caught:
        load(2, 3, file=write("a.csv"), label_column="kind")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM229"
    assert diagnostic.message == ("`labels` must name one column of `a.csv`, none is called `kind`")
    assert diagnostic.notes == ("its columns are `width`, `height`, `species`",)
    assert diagnostic.help is None


def test_a_heading_that_is_misspelt_is_answered_with_the_one_that_was_meant():
    with pytest.raises(CompileError) as caught:
        load(2, 3, file=write("a.csv"), label_column="specie")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help == "did you mean `species`?"


@pytest.mark.parametrize(
    "names", [("Barolo, DOCG", "Barbera"), ("<=50K", ">50K"), ("Iris (setosa)", "A/B", "C++")]
)
def test_classes_are_called_as_people_call_them(names):
    table = read_table(write("a.csv", quote='"', names=names), None, Labels("species"))
    assert table.classes == tuple(sorted(names))


@pytest.mark.parametrize("text", ["2 %", "14,23", "10 mV", "-x", "?", "n/a"])
def test_what_is_no_number_and_no_name_is_refused(text):
    Path("a.csv").write_text("".join(f'{i},"{text}"\n' for i in range(20)))
    with pytest.raises(CompileError, match=r"^line 1 of `a.csv`: expected a number"):
        read_table(Path("a.csv"), None, Labels())


def test_the_target_of_a_regression_may_be_named_but_is_a_number():
    file = write("a.csv", place=0, names=("0.25", "0.75"))
    data = load(2, 1, "mse", file=file, label_column="species")
    assert len(set(data.train_targets[:, 0].tolist())) == 2
    with pytest.raises(CompileError, match=r"needs numbers, `a.csv` has names in their place"):
        load(2, 1, "mse", file=write("a.csv", place=0), label_column="species")
