"""`imnnc predict` of a table: columns by their headings, answers by the names of the classes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import imnnc
from imnnc.cli import app

SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 1 uS   levels 64 }
network fruit {
    input  x[2]
    output kind[2] { inverter size 1 .. 10 }
}
data { file "fruit.csv"   labels "fruit"   normalize minmax }
train equilibrium { loss cross_entropy   epochs 20   batch 4 }
verify { samples 2   tolerance 5 mV }
emit ngspice
"""
# Grams and centimetres: pears are heavier and longer than apples.
ROWS = [(f"{150 + i}", f"{6 + i / 10:g}", "apple") for i in range(20)]
ROWS += [(f"{190 + i}", f"{11 + i / 10:g}", "pear") for i in range(20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fruit")
    lines = ["mass,fruit,length", *(f"{mass},{name},{length}" for mass, length, name in ROWS)]
    (folder / "fruit.csv").write_text("\n".join(lines))
    (folder / "fruit.imnn").write_text(SOURCE)
    imnnc.compile(folder / "fruit.imnn", folder / "out", jobs=1, cache=folder / "cache")
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def predict(*arguments: str):
    return CliRunner().invoke(app, ["predict", "out", *arguments])


@pytest.mark.parametrize(
    "table",
    [
        "mass,length\n155,6.5\n200,12\n",
        "length;colour;mass\n6.5;3;155\n12;1;200\n",  # another order, a column more
        "fruit,length,mass\nplum,6.5,155\nplum,12,200\n",  # labels do not count
        "155 6.5\n200 12\n",
    ],
)
def test_samples_are_told_by_the_names_of_their_classes(table):
    Path("new.csv").write_text(table)
    result = predict("new.csv", "--data", "fruit.imnn")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["class", "apple", "pear"]
    assert [row["class"] for row in rows] == ["apple", "pear"]
    assert float(rows[0]["apple"]) > float(rows[0]["pear"])


def test_a_row_becomes_the_voltages_that_training_gave_it():
    Path("new.csv").write_text("mass,length\n150,6\n209,12.9\n300,6\n")
    volts = imnnc.load("out").encode("new.csv", "fruit.imnn").inputs_volts
    assert volts == pytest.approx(np.array([[-0.25, -0.25], [0.25, 0.25], [0.25, -0.25]]))


def test_answers_can_be_written_as_a_table_as_arrays_and_as_json():
    Path("new.csv").write_text("mass,length\n155,6.5\n")
    known = ("new.csv", "--data", "fruit.imnn")
    printed = predict(*known).stdout
    assert predict(*known, "-o", "answers.csv").stdout == ""
    assert Path("answers.csv").read_text() == printed
    assert predict(*known, "-o", "answers.npz").exit_code == 0
    found = json.loads(predict(*known, "--json").stdout)
    assert found["names"] == ["apple", "pear"]
    with np.load("answers.npz") as arrays:
        assert arrays["outputs"].tolist() == found["outputs"]


@pytest.mark.parametrize(
    ("table", "more", "message"),
    [
        ("mass,length\n1,2\n", [], "has samples in the units of some data"),
        ("mass,width\n1,2\n", ["--data", "fruit.imnn"], "must have one column `length`"),
        ("1.5,2,3,4\n", ["--data", "fruit.imnn"], "have 2 features, `new.csv` has 4 columns"),
        ("1,big\n", ["--data", "fruit.imnn"], "must have 2 features, its last column has names"),
    ],
)
def test_tables_of_other_data_are_refused(table, more, message):
    Path("new.csv").write_text(table)
    result = predict("new.csv", *more)
    assert result.exit_code == 2
    assert "error[IM716]" in result.stderr
    assert message in result.stderr
