"""Evaluation: a network's files on any number of samples, proved by ngspice on a few."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.diagnostics import CompileError, Diagnostic, ExitCode
from imnnc.files.artifact import write_artifact
from imnnc.measure.evaluate import Evaluation, Spread
from imnnc.measure.figures import target_mse
from imnnc.physics.currents import source_currents
from imnnc.physics.operating_point import OperatingPointSolver
from tests.support.measured import inverter
from tests.support.small import Watcher, dataset
from tests.support.stored import SOURCE

PROOF_VOLTS = 1e-6


def evaluate(of: Compilation | Path, data: Path | None = None, **options: object) -> Evaluation:
    """Of a copy, the files as a test has left them."""
    copied = not isinstance(of, Compilation)
    compilation = Compilation(of) if copied else of
    return compilation.evaluate(data, **{"jobs": 1, "prove": 0, "edited": copied, **options})


def samples(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def refusal(of: Compilation | Path, data: Path | None, **options: object) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        evaluate(of, data, **options)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def change_plan(folder: Path, **changes: object) -> None:
    """Another plan in the folder, as another source would have made it."""
    plan = read_plan(folder / STIMULI_FILE)
    stimuli = replace(plan.stimuli, **changes.pop("stimuli", {}))
    write_artifact(folder / STIMULI_FILE, "plan", replace(plan, stimuli=stimuli, **changes))


@pytest.fixture(scope="module")
def source(points: Compilation) -> Path:
    return points.out.parent / "points.imnn"


@pytest.fixture(scope="module")
def whole(points: Compilation, source: Path) -> Evaluation:
    """All test samples of the source, a few of them in ngspice."""
    return evaluate(points, source, prove=5)


@pytest.fixture(scope="module")
def verified(points: Compilation) -> Evaluation:
    """The samples that the compile has simulated, every one of them again."""
    return evaluate(points, prove=100)


def test_a_source_gives_its_test_samples(whole):
    assert (whole.network, whole.method, whole.samples) == ("points", "latim", 30)
    assert set(whole.accuracy) == {"circuit", "predicted", "agreement"}
    assert whole.accuracy["agreement"] == 1.0
    assert whole.target_mse_v2 is None
    assert 0 < whole.prediction_error.rms < 1e-3
    assert whole.rounds >= 1


def test_ngspice_proves_what_was_solved_to_a_microvolt(whole, verified):
    assert (whole.proven, verified.proven) == (5, 6)
    for found in (whole, verified):
        # Figures of errors have six digits.
        most = found.proof_worst_volts * (1 + 1e-6)
        assert 0 < found.proof_error.rms <= found.proof_error.max <= most
        assert found.proof_worst_volts < PROOF_VOLTS


def test_without_data_it_is_the_samples_of_the_verification(points, verified):
    there = points.verification
    assert verified.samples == there["samples"] == 6
    for name in ("rms", "mean_abs", "max"):
        ours = getattr(verified.prediction_error, name)
        assert ours == pytest.approx(there["prediction_error_v"][name], abs=PROOF_VOLTS)
    assert verified.accuracy["circuit"] == pytest.approx(there["accuracy"]["simulated"], rel=1e-5)
    for name in ("predicted", "agreement"):
        assert verified.accuracy[name] == pytest.approx(there["accuracy"][name], rel=1e-5)


@pytest.mark.parametrize("of", ["whole", "verified"])
def test_accuracies_are_those_of_the_operating_points(points, source, of, request):
    found = request.getfixturevalue(of)
    stimuli = read_plan(points.out / STIMULI_FILE).stimuli
    volts, classes = stimuli.inputs_volts, stimuli.targets
    if of == "whole":
        data = dataset()
        # As the source's file has them, to six digits.
        volts, classes = data.test_inputs.astype(float), data.test_targets
    parameters = read_stored(points.out / "params.npz").program.parameters()
    readout = OperatingPointSolver(inverter()).solve(parameters, volts).layers[-1].minus
    predicted = points.predict(volts)
    assert found.accuracy["circuit"] == (readout.argmax(1) == classes).mean()
    assert found.accuracy["predicted"] == (predicted.argmax(1) == classes).mean()
    rms = np.sqrt(np.mean((predicted - readout) ** 2))
    assert found.prediction_error.rms == pytest.approx(rms, rel=1e-3)


def test_power_is_that_of_the_currents_of_every_sample(points, verified):
    parameters = read_stored(points.out / "params.npz").program.parameters()
    volts = read_plan(points.out / STIMULI_FILE).stimuli.inputs_volts
    found = OperatingPointSolver(inverter()).solve(parameters, volts).require()
    currents = source_currents(inverter(), parameters, volts, found.layers)
    for ours, watts in (
        (verified.rails_watts, currents.rails_watts()),
        (verified.all_sources_watts, currents.all_sources_watts(volts)),
    ):
        assert (ours.mean, ours.sd) == pytest.approx((watts.mean(), watts.std()), rel=1e-9)
        assert (ours.min, ours.max) == pytest.approx((watts.min(), watts.max()), rel=1e-9)
        assert ours.median == pytest.approx(np.median(watts), rel=1e-9)
    assert verified.all_sources_watts.min > verified.rails_watts.min > 1e-7


def test_a_spread_is_of_the_population():
    assert Spread.of(np.array([1.0, 2.0, 6.0])) == Spread(
        3.0, pytest.approx(np.sqrt(14 / 3)), 1.0, 2.0, 6.0
    )


def test_arrays_are_volts_and_classes(points, tmp_path, whole):
    data = dataset()
    path = samples(tmp_path / "x.npz", inputs=data.test_inputs, targets=data.test_targets)
    found = evaluate(points, path)
    assert (found.samples, found.accuracy) == (30, whole.accuracy)
    assert found.prediction_error.rms == pytest.approx(whole.prediction_error.rms, rel=1e-3)
    assert found.rails_watts.mean == pytest.approx(whole.rails_watts.mean, rel=1e-5)


def test_without_targets_there_is_no_accuracy(points, tmp_path, whole):
    found = evaluate(points, samples(tmp_path / "x.npz", inputs=dataset().test_inputs))
    assert (found.accuracy, found.target_mse_v2, found.samples) == (None, None, 30)
    assert found.prediction_error.rms == pytest.approx(whole.prediction_error.rms, rel=1e-3)
    assert found.to_json()["accuracy"] is None


def test_asked_for_no_proof_it_needs_no_netlist(copied):
    for netlist in copied.glob("*.sp"):
        netlist.unlink()
    found = evaluate(copied)
    assert (found.proven, found.proof_error, found.proof_worst_volts) == (0, None, None)
    assert found.to_json()["ngspice"] is None


def test_the_draw_is_the_seeds(points, source, whole):
    again = evaluate(points, source, prove=5)
    assert again == whole
    other = evaluate(points, source, prove=5, seed=2)
    assert other.proof_error != whole.proof_error
    assert replace(other, proof_error=None, proof_worst_volts=None) == replace(
        whole, proof_error=None, proof_worst_volts=None
    )


@pytest.mark.parametrize("options", [{"driver": "ngspice"}, {"reduce": True}])
def test_every_driver_and_a_reduced_deck_prove_the_same(points, verified, options):
    found = evaluate(points, prove=100, **options)
    assert found.proven == 6
    assert found.reduced is ("reduce" in options)
    assert found.to_json()["ngspice"].get("reduced", False) is found.reduced
    assert found.proof_worst_volts < PROOF_VOLTS
    assert found.prediction_error == verified.prediction_error


def test_two_processes_find_the_same(points, source, whole):
    found = evaluate(points, source, prove=5, jobs=2)
    assert found.accuracy == whole.accuracy
    assert found.prediction_error.rms == pytest.approx(whole.prediction_error.rms, rel=1e-9)
    assert found.rails_watts.mean == pytest.approx(whole.rails_watts.mean, rel=1e-9)
    assert found.proof_worst_volts < PROOF_VOLTS


def test_a_netlist_that_is_not_the_network_is_not_proved(copied, verified):
    cells = copied / "points.ngspice.cells.layer1.inc"
    text = cells.read_text()
    changed = re.sub(r"(?m)^(Rplus_2_1 \S+ \S+) \S+$", r"\1 125000", text)
    assert changed != text
    cells.write_text(changed)
    found = evaluate(copied, prove=100)
    assert found.prediction_error == verified.prediction_error
    assert found.proof_worst_volts > 1e-3


def test_a_regression_is_judged_by_its_targets(copied):
    targets = np.linspace(-0.2, 0.2, 18).reshape(6, 3)
    change_plan(copied, loss="mse", stimuli={"targets": targets})
    found = evaluate(copied)
    parameters = read_stored(copied / "params.npz").program.parameters()
    volts = read_plan(copied / STIMULI_FILE).stimuli.inputs_volts
    readout = OperatingPointSolver(inverter()).solve(parameters, volts).layers[-1].minus
    assert found.accuracy is None
    assert found.target_mse_v2 == {
        "circuit": pytest.approx(target_mse(readout, targets), rel=1e-9),
        "predicted": pytest.approx(
            target_mse(Compilation(copied).predict(volts, edited=True), targets)
        ),
    }
    assert found.target_mse_v2["circuit"] == pytest.approx(np.mean((readout - targets) ** 2))


def test_a_regressions_targets_may_come_from_a_file(copied, tmp_path):
    change_plan(copied, loss="mse", stimuli={"targets": np.zeros((6, 3))})
    targets = np.full((4, 3), 0.1)
    volts = dataset().test_inputs[:4]
    found = evaluate(copied, samples(tmp_path / "x.npz", inputs=volts, targets=targets))
    assert found.samples == 4
    expected = target_mse(Compilation(copied).predict(volts, edited=True), targets)
    assert found.target_mse_v2["predicted"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(7, 5), (4,), (0, 4), (2, 3, 4)])
def test_samples_of_another_width_are_refused(points, tmp_path, shape):
    found = refusal(points, samples(tmp_path / "x.npz", inputs=np.zeros(shape)))
    assert found.code == "IM716"
    assert found.message == f"the network has 4 inputs, the samples have the shape {shape}"


@pytest.mark.parametrize("shape", [(5,), (6, 3), ()])
def test_classes_are_one_a_sample(points, tmp_path, shape):
    arrays = {"inputs": np.zeros((6, 4)), "targets": np.zeros(shape, int)}
    found = refusal(points, samples(tmp_path / "x.npz", **arrays))
    assert found.code == "IM716"
    assert found.message == f"targets must have the shape (6,), they have {shape}"


def test_targets_of_a_regression_are_one_an_output(copied, tmp_path):
    change_plan(copied, loss="mse", stimuli={"targets": np.zeros((6, 3))})
    arrays = {"inputs": np.zeros((6, 4)), "targets": np.zeros((6, 2))}
    found = refusal(copied, samples(tmp_path / "x.npz", **arrays))
    assert found.message == "targets must have the shape (6, 3), they have (6, 2)"


def test_an_archive_without_inputs_is_refused(points, tmp_path):
    path = samples(tmp_path / "x.npz", outputs=np.zeros((6, 4)))
    found = refusal(points, path)
    assert found.code == "IM716"
    assert found.message == f"`{path}` must have an array that is called `inputs`"


def test_a_source_of_another_network_is_refused(points, source, tmp_path):
    narrow = SOURCE.replace("x[4]", "x[3]")
    (tmp_path / "narrow.imnn").write_text(narrow)
    for name in ("points.csv", "test.csv"):
        rows = (source.parent / name).read_text().splitlines()
        (tmp_path / name).write_text("\n".join(row.partition(",")[2] for row in rows) + "\n")
    found = refusal(points, tmp_path / "narrow.imnn")
    assert found.code == "IM716"
    assert found.message == "the network has 4 inputs, the samples have the shape (30, 3)"


def test_a_source_without_data_has_no_samples(points, tmp_path):
    text = "\n".join(line for line in SOURCE.splitlines() if not line.startswith("data"))
    (tmp_path / "bare.imnn").write_text(text)
    found = refusal(points, tmp_path / "bare.imnn")
    assert found.code == "IM709"
    assert found.message == "`bare.imnn` has no `data` block"
    assert found.span.place == f"{tmp_path / 'bare.imnn'}:4:1"


def test_a_file_that_is_not_there_is_named(points, tmp_path):
    assert refusal(points, tmp_path / "gone.npz").code == "IM201"
    assert refusal(points, tmp_path / "gone.imnn").message.startswith("cannot read `")


def test_a_source_is_defined_as_in_a_compile(points, source, tmp_path):
    text = "let many = 9\n" + SOURCE.replace("encode -0.25", "test many   encode -0.25")
    path = source.parent / "defined.imnn"
    path.write_text(text)
    assert evaluate(points, path).samples == 9
    assert evaluate(points, path, define={"many": "7"}).samples == 7


def test_a_simulator_that_fails_is_the_tools_failure(copied):
    netlist = copied / "points.ngspice.sp"
    netlist.write_text(netlist.read_text().replace("plvt", "no_such_model"))
    with pytest.raises(CompileError) as caught:
        evaluate(copied, prove=2)
    assert caught.value.exit_code == ExitCode.TOOL


def test_progress_never_goes_back(points, source):
    watcher = Watcher()
    evaluate(points, source, prove=3, progress=watcher)
    assert watcher.fractions == sorted(watcher.fractions)
    assert watcher.texts[:2] == ["operating points solved", "currents summed"]


def test_the_figures_are_written_to_six_digits(whole):
    tree = whole.to_json()
    assert set(tree) == {
        *("schema", "network", "method", "samples", "accuracy", "target_mse_v2"),
        *("prediction_error_v", "power_w", "rounds", "ngspice"),
    }
    assert set(tree["prediction_error_v"]) == {"rms", "mean_abs", "max"}
    assert set(tree["power_w"]) == {"rails", "all_sources"}
    for power in tree["power_w"].values():
        assert set(power) == {"mean", "sd", "min", "median", "max"}
    assert set(tree["ngspice"]) == {"samples", "error_v", "worst_node_v", "limit_v", "passed"}
    assert tree["power_w"]["rails"]["mean"] == float(f"{whole.rails_watts.mean:.6g}")


@pytest.mark.parametrize("wrong", [3.0, np.nan, np.inf])
def test_inputs_that_are_no_voltages_between_the_rails_are_refused(points, tmp_path, wrong):
    inputs = np.zeros((3, 4))
    inputs[1, 2] = wrong
    found = refusal(points, samples(tmp_path / "x.npz", inputs=inputs))
    assert found.code == "IM716"
    assert found.message.startswith("inputs must be")


def test_classes_that_the_network_does_not_have_are_refused(points, tmp_path):
    data = samples(tmp_path / "x.npz", inputs=np.zeros((2, 4)), targets=np.array([0, 3]))
    assert refusal(points, data).message == "targets must be classes from 0 to 2, some are not"
