"""`imnnc evaluate`: whole test sets on the command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import imnnc
from imnnc.api import Compilation
from imnnc.cli import app
from tests.support.small import dataset
from tests.support.stored import SOURCE, compile_points, stored_network, write_stored

NUMBER = r"[0-9.]+"
REGRESSION = (
    SOURCE.replace("corners ff   ", "")
    .replace("loss cross_entropy", "loss mse")
    .replace("V }\ntrain", "V   target -0.3 .. 0.3 -> -0.2 V .. 0.2 V }\ntrain")
)


@pytest.fixture(scope="module")
def points(tmp_path_factory) -> Compilation:
    folder = tmp_path_factory.mktemp("evaluate")
    return compile_points(folder, SOURCE.replace("corners ff   ", ""))


@pytest.fixture
def out(points: Compilation, tmp_path: Path, monkeypatch) -> str:
    """The output folder; its source lies beside it as `points.imnn`."""
    monkeypatch.chdir(tmp_path)
    return str(points.out)


@pytest.fixture
def net(points: Compilation) -> str:
    return str(points.out.parent / "points.imnn")


def run(*arguments: str):
    return CliRunner().invoke(app, ["evaluate", *arguments, "-j", "1"])


def row(table: str, name: str) -> str:
    (found,) = [line for line in table.splitlines() if line.startswith(name)]
    return found.removeprefix(name).strip()


def test_the_test_samples_of_a_source_end_in_a_table(out, net):
    result = run(out, "--data", net, "--prove", "4")
    assert result.exit_code == 0
    names = ["samples", "accuracy", "prediction", "power, rails", "all sources", "ngspice"]
    assert [line[:14].strip() for line in result.stdout.splitlines()] == names
    samples = row(result.stdout, "samples")
    assert re.fullmatch(r"30, operating points in [0-9]+ rounds at most", samples)
    assert re.fullmatch(
        rf"{NUMBER}% of the circuit, {NUMBER}% predicted by latim, 100.00% agree",
        row(result.stdout, "accuracy"),
    )
    assert re.fullmatch(
        rf"{NUMBER} [µn]V rms, {NUMBER} [mµ]V max", row(result.stdout, "prediction")
    )
    for name in ("power, rails", "all sources"):
        watts = rf"{NUMBER} [µn]W"
        assert re.fullmatch(rf"{watts} ± {watts}, {watts} to {watts}", row(result.stdout, name))
    volts = rf"{NUMBER} [np]V"
    assert re.fullmatch(
        rf"4 samples, {volts} rms at the read-out, {volts} at the worst node, within 1 µV",
        row(result.stdout, "ngspice"),
    )
    assert result.stderr == ""  # no terminal, no bar


def test_the_figures_are_written_and_are_those_of_the_table(out, net):
    result = run(out, "--data", net, "--prove", "3", "-o", "found.json", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(Path("found.json").read_text())
    assert (found["schema"], found["network"], found["method"]) == (1, "points", "latim")
    assert (found["samples"], found["ngspice"]["samples"]) == (30, 3)
    assert found["ngspice"]["worst_node_v"] < 1e-6
    assert f"{found['accuracy']['circuit']:.2%} of the circuit" in result.stdout
    api = imnnc.load(out).evaluate(net, prove=3, jobs=1)
    assert found == api.to_json()
    assert [x.name for x in Path().iterdir()] == ["found.json"]


def test_without_data_it_is_what_the_compile_has_verified(out, points):
    result = run(out, "-o", "found.json", "-q")
    assert result.exit_code == 0
    found = json.loads(Path("found.json").read_text())
    assert found["samples"] == found["ngspice"]["samples"] == points.verification["samples"] == 6
    rms = points.verification["prediction_error_v"]["rms"]
    assert found["prediction_error_v"]["rms"] == pytest.approx(rms, abs=1e-6)


def test_the_output_is_left_as_it_is(out, net):
    before = {x: x.read_bytes() for x in Path(out).rglob("*") if x.is_file()}
    assert run(out, "--data", net, "-q").exit_code == 0
    assert {x: x.read_bytes() for x in Path(out).rglob("*") if x.is_file()} == before


def test_arrays_with_targets_and_without(out):
    data = dataset()
    np.savez("both.npz", inputs=data.test_inputs, targets=data.test_targets)
    np.savez("inputs.npz", inputs=data.test_inputs)
    both = run(out, "--data", "both.npz", "--prove", "0", "-q")
    inputs = run(out, "--data", "inputs.npz", "--prove", "0", "-q")
    assert both.exit_code == inputs.exit_code == 0
    lines = both.stdout.splitlines()
    assert lines[1].startswith("accuracy ")
    assert inputs.stdout.splitlines() == [lines[0], *lines[2:]]


def test_asked_for_no_proof_it_has_no_row_of_it(out):
    result = run(out, "--prove", "0", "-o", "found.json", "-q")
    assert "ngspice" not in result.stdout
    assert json.loads(Path("found.json").read_text())["ngspice"] is None
    assert run(out, "--prove", "-1").exit_code == 2


def test_a_netlist_that_does_something_else_is_found_out(out, net):
    copy = shutil.copytree(out, "copy")
    cells = Path(copy, "points.ngspice.cells.layer1.inc")
    *lines, last = cells.read_text().splitlines()
    cell, ohms = last.rsplit(" ", 1)
    cells.write_text("\n".join([*lines, f"{cell} {1.5 * float(ohms)}"]) + "\n")
    assert run(str(copy), "--data", net, "--prove", "4").exit_code == 1
    result = run(str(copy), "--data", net, "--prove", "4", "-o", "found.json", "-q", "--edited")
    assert result.exit_code == 3
    assert "not within 1 µV" in row(result.stdout, "ngspice")
    assert json.loads(Path("found.json").read_text())["ngspice"]["passed"] is False


def test_a_regression_has_mean_square_errors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(1)
    for name, count in (("points.csv", 20), ("test.csv", 8)):
        values = random.uniform(-0.25, 0.25, (count, 4 + 3))
        np.savetxt(name, values, "%.6g", ",")
    Path("points.imnn").write_text(REGRESSION)
    params = write_stored(Path("stored.npz"), stored_network("tt"))
    compiled = imnnc.compile("points.imnn", "out", params=params, jobs=1, cache=tmp_path / "cache")
    result = run("out", "--data", "points.imnn", "--prove", "2", "-o", "found.json", "-q")
    assert result.exit_code == 0
    found = json.loads(Path("found.json").read_text())
    assert found["accuracy"] is None
    assert found["samples"] == 8
    assert re.fullmatch(
        rf"{NUMBER} V² of the circuit, {NUMBER} predicted by latim",
        row(result.stdout, "target mse"),
    )
    volts = np.loadtxt("test.csv", delimiter=",")
    targets = volts[:, 4:] / 0.3 * 0.2
    predicted = compiled.predict(volts[:, :4])
    expected = np.mean((predicted - targets) ** 2)
    assert found["target_mse_v2"]["predicted"] == pytest.approx(expected, rel=1e-5)
    assert found["target_mse_v2"]["circuit"] == pytest.approx(expected, rel=0.02)


def test_samples_of_another_width_are_the_sources_fault(out):
    np.savez("x.npz", inputs=np.zeros((2, 5)))
    result = run(out, "--data", "x.npz", "-o", "found.json", "-q")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error[IM716]: the network has 4 inputs, the samples have the shape (2, 5)\n"
    )
    assert not Path("found.json").exists()


def test_a_source_without_data_is_shown(out):
    text = "\n".join(line for line in SOURCE.splitlines() if not line.startswith("data"))
    Path("bare.imnn").write_text(text)
    result = run(out, "--data", "bare.imnn", "-q")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error[IM709]: `bare.imnn` has no `data` block\n")
    assert " --> bare.imnn:4:1\n" in result.stderr


def test_constants_of_the_source_are_given_as_in_a_compile(out, net):
    text = "let many = 9\n" + SOURCE.replace("encode -0.25", "test many   encode -0.25")
    defined = Path(net).with_name("defined.imnn")
    defined.write_text(text)
    arguments = [out, "--data", str(defined), "--prove", "0", "-q"]
    assert row(run(*arguments).stdout, "samples").startswith("9, ")
    assert row(run(*arguments, "-D", "many=7").stdout, "samples").startswith("7, ")


def test_what_is_no_output_cannot_be_evaluated(net):
    result = run("gone", "--data", net)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error[IM511]: ")


def test_a_report_that_cannot_be_written_is_said_to_be(out):
    Path("file").write_text("")
    result = run(out, "--prove", "0", "-o", "file/found.json", "-q")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error[IM510]: cannot write `file/found.json`")
