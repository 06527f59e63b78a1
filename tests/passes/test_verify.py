"""Verification simulates the files of an output folder, and finds what is wrong with them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, Source, Span
from imnnc.files.artifact import write_artifact
from imnnc.measure.folder import located, verify_folder
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import CornerVerification, Verification
from imnnc.methods.power import rail_power
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.network import NetworkParameters
from tests.support.compatibility import HERE
from tests.support.exact import voltages
from tests.support.measured import SUPPLY_VOLTS, inverter
from tests.support.small import NETWORK, Watcher


def verify(folder: Path, driver: str = "pyspice", reduce: bool = False) -> Verification:
    simulation = Simulation(driver, reduce, timeout_seconds=60.0, progress=Watcher())
    return verify_folder(folder, sha256=None, simulation=simulation)


def change_plan(folder: Path, **changes: object) -> None:
    """Another plan in the folder, as another source would have made it."""
    plan = replace(read_plan(folder / STIMULI_FILE), **changes)
    write_artifact(folder / STIMULI_FILE, "plan", plan)


def first_corner_only(folder: Path) -> Path:
    change_plan(folder, corners=("tt",))
    return folder


@pytest.fixture(scope="module")
def verified(points: Compilation) -> Verification:
    return verify(points.out)


@pytest.fixture(scope="module")
def parameters(points: Compilation) -> NetworkParameters:
    return read_stored(points.out / "params.npz").program.parameters()


def test_the_file_says_what_is_agreed(points):
    found = json.loads((points.out / "verify.json").read_text())
    assert set(found) == {
        *("schema", "network", "method", "corner", "samples", "outputs", "prediction_error_v"),
        *("accuracy", "target_mse_v2", "power_w", "energy_j", "hold_s", "delay_s"),
        "delay_estimated_s",
        "thermal_noise_v",
        *("tolerance_v", "passed", "simulator"),
        *("corners", "transient_steps", "reduction_error_v"),
        *("not_measured", "worst_transition", "at_hold"),
    }
    assert set(found["prediction_error_v"]) == {"rms", "mean_abs", "max", "layers"}
    assert set(found["accuracy"]) == {"predicted", "simulated", "agreement"}
    assert set(found["power_w"]) == set(found["energy_j"]) == {"rails", "all_sources"}
    assert set(found["simulator"]) == {"name", "version"}
    assert (found["schema"], found["network"], found["method"]) == (1, "points", "latim")
    assert (found["samples"], found["outputs"], found["target_mse_v2"]) == (6, 3, None)
    assert found["passed"] is True


def test_the_layers_are_the_trace_of_trained_against_netlist(points):
    layers = points.verification["prediction_error_v"]["layers"]
    assert [(row["layer"], row["node"]) for row in layers] == [
        (layer, node) for layer in ("layer0", "layer1") for node in ("net", "minus", "plus")
    ]
    assert layers[0]["rms"] < 1e-12  # the columns of the inputs need no model
    readout = next(row for row in layers if (row["layer"], row["node"]) == ("layer1", "minus"))
    assert readout["rms"] == points.verification["prediction_error_v"]["rms"]


def test_prediction_and_simulation_agree_at_every_corner(verified):
    assert [found.corner for found in verified.corners] == ["tt", "ff"]
    for found in verified.corners:
        assert found.error.rms < 1e-3
        assert found.accuracy.agreement == 1.0
    tt, ff = verified.corners
    assert np.abs(tt.simulated_volts - ff.simulated_volts).max() > 1e-3
    assert ff.dynamics.power_rails_w > 1.2 * tt.dynamics.power_rails_w


def test_ngspice_has_the_exact_voltages_of_the_network(verified, parameters, points):
    inputs = read_plan(points.out / STIMULI_FILE).stimuli.inputs_volts
    exact = voltages(parameters, inputs)[-1].minus
    assert np.abs(verified.design.simulated_volts - exact).max() < 2e-6


def test_both_drivers_find_the_same(copied, verified):
    by_process = verify(first_corner_only(copied), driver="ngspice").design
    assert np.abs(by_process.simulated_volts - verified.design.simulated_volts).max() < 1e-9
    assert by_process.dynamics.delay_s == pytest.approx(verified.design.dynamics.delay_s, rel=1e-3)
    assert by_process.dynamics.energy_all_sources_j == pytest.approx(
        verified.design.dynamics.energy_all_sources_j, rel=1e-3
    )


def test_a_reduced_deck_finds_the_same_at_every_corner(points, verified):
    reduced = verify(points.out, reduce=True)
    for ours, full in zip(reduced.corners, verified.corners, strict=True):
        assert full.reduction_error_v is None
        assert ours.reduction_error_v < 1e-6
        assert np.abs(ours.simulated_volts - full.simulated_volts).max() < 1e-6
        assert ours.dynamics.delay_s == pytest.approx(full.dynamics.delay_s, rel=1e-3)
        # The inputs' share comes from currents in the one, from Kirchhoff in the other.
        for energy in ("energy_rails_j", "energy_all_sources_j"):
            assert getattr(ours.dynamics, energy) == pytest.approx(
                getattr(full.dynamics, energy), rel=1e-3
            )


@pytest.mark.parametrize("reduce", [False, True])
def test_at_rest_the_power_is_what_cells_and_inverters_take(copied, parameters, reduce):
    plan = read_plan(copied / STIMULI_FILE)
    one = replace(
        plan.stimuli,
        inputs_volts=plan.stimuli.inputs_volts[:1],
        targets=plan.stimuli.targets[:1],
    )
    change_plan(copied, corners=("tt",), stimuli=one)
    dynamics = verify(copied, reduce=reduce).design.dynamics
    nodes = voltages(parameters, one.inputs_volts)
    rails = rail_power(inverter(), parameters, nodes)
    rows = torch.from_numpy(np.concatenate([one.inputs_volts, -one.inputs_volts], 1).T)
    following = torch.from_numpy(np.concatenate([nodes[0].plus, nodes[0].minus], 1).T)
    first, second = crossbars_of(parameters, SUPPLY_VOLTS)
    from_inputs = float((rows * first.row_currents(rows, first.nets(rows))).sum())
    from_biases = bias_power(first, rows) + bias_power(second, following)
    # Nothing moves: there is no delay, and no time that an inference takes.
    assert (dynamics.delay_s, dynamics.hold_s) == (None, None)
    assert (dynamics.energy_rails_j, dynamics.energy_all_sources_j) == (None, None)
    assert dynamics.power_rails_w == pytest.approx(rails, rel=1e-3)
    assert dynamics.power_all_sources_w == pytest.approx(
        rails + from_inputs + from_biases, rel=1e-3
    )


def bias_power(crossbar: Crossbar, rows: torch.Tensor) -> float:
    bias = torch.tensor([[SUPPLY_VOLTS], [-SUPPLY_VOLTS]], dtype=torch.float64)
    return float((crossbar.bias * bias * (bias - crossbar.nets(rows)[:, 0])).sum())


def test_the_power_is_that_of_the_hold_time(verified):
    for found in verified.corners:
        dynamics = found.dynamics
        assert dynamics.hold_s == dynamics.delay_s > 20e-12
        assert dynamics.power_rails_w * dynamics.hold_s == pytest.approx(dynamics.energy_rails_j)
        assert dynamics.energy_all_sources_j > dynamics.energy_rails_j > 0
        assert dynamics.steps == 5


def test_the_worst_transition_is_one_of_those_between_the_samples(points):
    worst = points.verification["worst_transition"]
    assert worst["possible"] == 6 * 5
    assert 10 <= worst["simulated"] <= 15  # ten by the estimate, and five in their order
    assert worst["from_sample"] != worst["to_sample"]
    assert {worst["from_sample"], worst["to_sample"]} <= set(range(6))
    assert worst["output"] in range(3)


def test_the_delay_is_estimated_beside_what_is_measured_at_the_corner_of_the_design(points):
    found = points.verification
    assert found["delay_estimated_s"] == pytest.approx(found["delay_s"], rel=0.03)
    assert found["corners"][0]["delay_estimated_s"] is None


def test_streamed_outputs_are_near_to_where_they_settle(verified):
    for found in verified.corners:
        held = found.at_hold
        assert held.volts.shape == found.simulated_volts.shape
        away = np.abs(held.volts - found.simulated_volts)
        assert held.from_settled.max == pytest.approx(away.max())
        # Within +-10 % of the swing of the step that led there, some 100 mV.
        assert 0 < held.from_settled.rms < held.from_settled.max < 0.03
        assert held.accuracy.predicted == found.accuracy.predicted
        assert held.as_settled is not None


def test_a_network_that_does_not_move_is_not_the_fastest_of_all(copied):
    plan = read_plan(copied / STIMULI_FILE)
    alike = np.repeat(plan.stimuli.inputs_volts[:1], 6, axis=0)
    alike[1:] += 1e-6
    change_plan(copied, corners=("tt",), stimuli=replace(plan.stimuli, inputs_volts=alike))
    found = verify(copied)
    tree = found.to_json()
    assert tree["not_measured"] == "no output moves"
    assert (tree["delay_s"], tree["hold_s"], tree["at_hold"]) == (None, None, None)
    assert tree["energy_j"] == {"rails": None, "all_sources": None}
    assert tree["power_w"]["rails"] > 0
    (warning,) = found.warnings()
    assert (warning.code, warning.severity) == ("IM622", "warning")
    assert warning.message == (
        "no output of `points` moves at corner `tt`: delay and energy are not measured"
    )


def test_a_cell_that_was_changed_shows_in_the_trace(copied):
    cells = first_corner_only(copied) / "points.ngspice.cells.layer1.inc"
    text = cells.read_text()
    changed = re.sub(r"(?m)^(Rplus_2_1 \S+ \S+) \S+$", r"\1 125000", text)
    assert changed != text
    cells.write_text(changed)
    found = verify(copied)
    worst = {(row.layer, row.node): row.max for row in found.design.layers}
    assert worst["layer0", "net"] < 1e-12  # before it, all is as it was
    assert worst["layer1", "net"] > 5e-3
    assert not found.passed


def test_a_cell_that_was_changed_shows_in_a_reduced_deck_as_well(copied):
    cells = first_corner_only(copied) / "points.ngspice.cells.layer0.inc"
    text = cells.read_text()
    cells.write_text(re.sub(r"(?m)^(Rplus_2_1 \S+ \S+) \S+$", r"\1 125000", text))
    found = verify(copied, reduce=True)
    assert found.design.layers[0].max > 1e-3


def test_a_regression_is_judged_by_its_targets(copied):
    plan = read_plan(copied / STIMULI_FILE)
    stimuli = replace(plan.stimuli, targets=np.zeros((6, 3)))
    change_plan(copied, corners=("tt",), loss="mse", stimuli=stimuli)
    found = verify(copied)
    assert found.design.accuracy is None
    assert found.design.mse_simulated_v2 == pytest.approx(
        float(np.mean(found.design.simulated_volts**2))
    )
    tree = found.to_json()
    assert tree["accuracy"] is None
    assert tree["target_mse_v2"]["predicted"] == pytest.approx(
        tree["target_mse_v2"]["simulated"], rel=0.05
    )


def test_a_tolerance_that_is_missed_is_said_to_be(verified):
    assert verified.passed
    assert not replace(verified, tolerance_volts=1e-5).passed
    worse: CornerVerification = replace(
        verified.corners[1], error=replace(verified.corners[1].error, rms=6e-3)
    )
    assert not replace(verified, corners=(verified.corners[0], worse)).passed


def test_a_simulator_that_fails_names_what_it_could_not_do(copied):
    netlist = first_corner_only(copied) / "points.ngspice.sp"
    netlist.write_text(netlist.read_text().replace("plvt", "no_such_model"))
    with pytest.raises(CompileError) as caught:
        verify(copied)
    assert caught.value.exit_code == ExitCode.TOOL
    assert caught.value.diagnostics[0].code.startswith("IM60")


def test_progress_goes_from_the_first_corner_to_the_last(points):
    watcher = Watcher()
    verify_folder(points.out, sha256=None, simulation=Simulation(progress=watcher))
    assert watcher.fractions == sorted(watcher.fractions)
    assert watcher.texts[0] == "tt: operating point 6 of 6"
    assert watcher.texts[-1] == "ff: a sample every hold time"


def test_a_folder_that_an_earlier_version_wrote_is_verified_with_the_names_that_it_has(tmp_path):
    folder = shutil.copytree(HERE / "golden", tmp_path / "golden")
    assert ".subckt crossbar_layer0" in (folder / "points.ngspice.sp").read_text()
    full, reduced = verify(folder), verify(folder, reduce=True)
    for one, other in zip(full.corners, reduced.corners, strict=True):
        np.testing.assert_allclose(one.simulated_volts, other.simulated_volts, atol=1e-8)


SPANS = {name: Span(Source("net.imnn", name), 0, len(name)) for name in ("hidden", "kind")}


@pytest.mark.parametrize(
    ("note", "layer"),
    [
        ("singular matrix: check node xdut.hidden_net_4", "hidden"),
        ("Error: v(xdut.kind_minus_0) is not there", "kind"),
        ("no such subcircuit: {network}_CROSSBAR_KIND", "kind"),
        ("no such subcircuit: CROSSBAR_KIND", "kind"),  # of an earlier version
        ("singular matrix: check node xdut.xcrossbar_kind.thevenin_0", "kind"),
        ("no such subcircuit: another_crossbar_kind", None),
        ("singular matrix: check node other_hidden_net_4", None),
        ("timestep too small", None),
    ],
)
def test_a_message_about_a_node_points_at_its_layer(note, layer):
    layers = tuple(replace(x, span=SPANS[x.name]) for x in NETWORK.layers)
    network = replace(NETWORK, layers=layers)
    error = CompileError(
        Diagnostic("IM605", "it failed", notes=(note.format(network=network.name),)),
        exit_code=ExitCode.TOOL,
    )
    found = located(error, network)
    assert found.diagnostics[0].span == (SPANS[layer] if layer else NETWORK.span)
    assert found.exit_code == ExitCode.TOOL
