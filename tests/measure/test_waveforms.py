"""Samples over time, from the deck as it lies there."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import imnnc
from imnnc.artifacts.reading import read_folder
from imnnc.cli import app
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS

READOUT = tuple(f"layer1_minus_{j}" for j in range(3))
LONG = 2e-7  # after which all is at rest


@pytest.fixture(scope="module")
def step(points):
    """Sample 1, then 2."""
    return imnnc.simulate(points, 2, begin=1, hold_seconds=LONG, nodes=["*"])


def test_samples_begin_and_end_at_their_operating_points(points, step):
    one, two = (imnnc.simulate(points, x, begin=x, hold_seconds=1e-9) for x in (1, 2))
    assert one.names == two.names == READOUT
    for name in READOUT:
        assert np.ptp(one[name]) < 1e-6
        assert abs(step[name][0] - one[name][0]) < 1e-6
        assert abs(step[name][-1] - two[name][0]) < 1e-5
    np.testing.assert_allclose(step.steps[0].readout_volts, [step[x][-1] for x in READOUT])


def test_inputs_go_from_sample_to_sample_within_an_edge(points, step):
    inputs = read_folder(points.out)[1].stimuli.inputs_volts
    at = LEAD_SECONDS + EDGE_SECONDS / 2
    for name, sign in (("x_plus_3", 1), ("x_minus_3", -1)):
        middle = np.interp(at, step.seconds, step[name])
        assert middle == pytest.approx(sign * inputs[1:3, 3].mean(), abs=1e-6)
        assert step[name][-1] == pytest.approx(sign * inputs[2, 3])


def test_there_are_all_nodes_of_all_layers_supplies_and_their_currents(step):
    assert len(step.names) == len(set(step.names)) == 2 * 4 + 3 * (5 + 3) + 4 + 4
    assert step["vdd"][0] == pytest.approx(0.25)
    power = 0.25 * (step["i(vss)"] - step["i(vdd)"])
    assert (power > 0).all()


def test_the_first_crossbar_may_be_reduced(points, step):
    found = imnnc.simulate(points, 2, begin=1, hold_seconds=LONG, nodes=["*_3"], reduce=True)
    for name in found.names:
        assert np.interp(1e-8, found.seconds, found[name]) == pytest.approx(
            np.interp(1e-8, step.seconds, step[name]), abs=2e-5
        )


def test_a_sequence_holds_each_sample_for_as_long_as_the_slowest_step(points):
    found = imnnc.simulate(points, np.array([3, 0, 3]))
    assert found.hold_seconds == points.verification["hold_s"]
    assert [x["sample"] for x in json.loads(json.dumps(found.to_json()))["steps"]] == [3, 0, 3]
    starts = LEAD_SECONDS + found.hold_seconds * np.arange(3)
    np.testing.assert_allclose([x.seconds for x in found.steps], starts)
    assert found.seconds[-1] == pytest.approx(starts[-1] + found.hold_seconds)
    with pytest.raises(KeyError):
        found["x_plus_0"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"samples": []}, "a sample must be given, there is none"),
        ({"samples": 0, "nodes": []}, "a node must be given, there is none"),
        ({"samples": 6}, "a sample must be one of 0 to 5, was 6"),
        ({"samples": 0, "begin": -1}, "a sample must be one of 0 to 5, was -1"),
        ({"samples": 0, "nodes": ["hidden_*"]}, "no node of the network is called `hidden_*`"),
        (
            {"samples": 0, "hold_seconds": 1e-12},
            "a sample must be held for 4e-11 s at least, two edges of 2e-11 s, was 1e-12 s",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(points, given, message):
    with pytest.raises(CompileError) as caught:
        imnnc.simulate(points, **given)
    assert caught.value.diagnostics[0].message == message
    assert caught.value.exit_code == ExitCode.USAGE


def test_on_the_command_line(points, tmp_path):
    table = tmp_path / "w.csv"
    words = ["--sample", "2,3", "--from", "1", "--hold", "5 ns", "--nodes", "readout,x_plus_0"]
    found = CliRunner().invoke(
        app, ["simulate", str(points.out), *words, "-o", str(table), "--json"]
    )
    assert found.exit_code == 0, found.output
    content = json.loads(found.stdout)
    assert content["hold_s"] == 5e-9
    assert [x["sample"] for x in content["steps"]] == [2, 3]
    assert content["files"] == [str(table)]
    head, *rows = csv.reader(table.read_text().splitlines())
    assert head == ["time", *READOUT, "x_plus_0"]
    assert len(rows) == content["points"]


@pytest.mark.parametrize("hold", ["5", "5 mV", "ns", "1e99999 s"])
def test_a_hold_is_a_time(points, hold):
    found = CliRunner().invoke(app, ["simulate", str(points.out), "--hold", hold])
    assert found.exit_code == ExitCode.USAGE
    assert f"`--hold` must be a time such as `20ns`, it was `{hold}`" in found.stderr
