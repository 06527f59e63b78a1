"""A compile whose crossbars have cells that are left unformed, from the source to ngspice."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import imnnc
from imnnc.api import Compilation
from imnnc.artifacts.reading import read_stored
from imnnc.emit.ngspice import read_cells
from imnnc.emit.programming import read_program
from tests.support.foreign import ngspice, tool
from tests.support.stored import write_source

SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 800 nS   levels 64   unformed 2 nS }
network tiny {
    input  x[4] in -0.25 V .. 0.25 V
    layer  hidden[6] { inverter size 1 .. 10   unformed 25 %, 50 % }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 3   batch 16 }
verify { samples 5   tolerance 1 uV   transient_samples 2 }
emit ngspice, verilog, programming csv
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Compilation:
    folder = tmp_path_factory.mktemp("unformed")
    return imnnc.compile(write_source(folder, SOURCE), folder / "out")


def test_ngspice_has_the_voltages_that_were_predicted(compiled):
    assert compiled.verification["prediction_error_v"]["max"] < 2e-6
    assert compiled.verification["passed"]


def test_validation_samples_have_chosen_the_share(compiled):
    summary = json.loads((compiled.out / "summary.json").read_text())
    tried = [row for row in summary["tuning"] if row["field"] == "unformed hidden"]
    assert [row["value"] for row in tried] == [0.25, 0.5]
    assert all(row["source_power_w"] > 0 for row in tried)
    (chosen,) = (row["value"] for row in tried if row["chosen"])
    layers = summary["network"]["layers"]
    assert layers[0]["unformed"] == round(chosen * layers[0]["cells"])
    assert "unformed" not in layers[1]


def test_every_file_says_the_same_of_every_cell(compiled):
    program = read_stored(compiled.out / "params.npz").program.crossbars[0]
    cells = read_cells(compiled.out / "tiny.ngspice.cells.hidden.inc").ohms
    assert (cells == np.vstack([program.ohms_plus, program.ohms_minus])).all()
    assert (cells[~np.vstack([program.formed_plus, program.formed_minus])] == 5e8).all()
    read = read_program(compiled.out).crossbars[0]
    assert (read.formed_plus == program.formed_plus).all()
    assert (read.level_minus == program.level_minus).all()
    with (compiled.out / "program" / "hidden.csv").open() as file:
        rows = list(csv.DictReader(file))
    left = [row for row in rows if row["level"] == "unformed"]
    assert len(left) == program.unformed_cells
    assert {row["siemens"] for row in left} == {"2e-09"}


def test_the_report_says_how_many(compiled):
    text = (compiled.out / "report.html").read_text()
    assert "of its cells unformed)" in text
    assert "inputs and biases" in text


def test_it_compiles_again_from_what_is_stored(compiled, tmp_path):
    again = imnnc.compile(
        compiled.out.parent / "points.imnn", tmp_path / "out", params=compiled.out / "params.npz"
    )
    for name in ("tiny.ngspice.cells.hidden.inc", "program/hidden.csv", "params.npz"):
        assert (again.out / name).read_bytes() == (compiled.out / name).read_bytes()


def test_the_model_in_systemverilog_has_no_leaks_where_the_netlist_has_none(compiled, tmp_path):
    folder = imnnc.compile(
        compiled.out.parent / "points.imnn",
        tmp_path / "out",
        params=compiled.out / "params.npz",
        settings=("netlist.leaks=false",),
    ).out
    tool(folder, "iverilog", "-g2012", "-o", "model.vvp", "tiny.tb.verilog.sv")
    lines = tool(folder, "vvp", "-n", "model.vvp").splitlines()
    found = dict(line.split() for line in lines if line.startswith("kind_minus_"))
    expected = ngspice(folder, "tiny.tb.ngspice.sp")
    assert len(found) == 3
    for net, volts in found.items():
        assert float(volts) == pytest.approx(expected[f"v({net})"], abs=5e-5)
