"""Figures of a compiled network: what is on the axes is what is in the folder."""

from __future__ import annotations

import subprocess
import sys

import matplotlib
import numpy as np
import pytest

import imnnc
from imnnc.artifacts.reading import read_stored
from imnnc.diagnostics import CompileError
from imnnc.files.manifest import renew_json

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def test_the_package_imports_no_matplotlib():
    code = "import imnnc, sys; imnnc.Compilation; print('matplotlib' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_predicted_against_the_circuit(points):
    axes = points.plot.predicted()
    _, *outputs = axes.get_lines()
    assert len(outputs) == 3
    circuit = np.array([line.get_xdata() for line in outputs])
    predicted = np.array([line.get_ydata() for line in outputs])
    error = np.sqrt(np.mean((predicted - circuit) ** 2))
    assert error == pytest.approx(points.verification.error.rms_volts, rel=1e-3)


def test_predicted_against_what_ngspice_has_measured(points):
    measured = points.verify()
    _, first, *_ = points.plot.predicted(measured=measured).get_lines()
    assert (first.get_xdata() == measured.design.simulated_volts[:, 0]).all()
    circuit = points.plot.predicted().get_lines()[1].get_xdata()
    assert np.abs(first.get_xdata() - circuit).max() < 1e-6


def test_figures_are_drawn_where_one_says(points):
    figure, panels = pyplot.subplots(1, 4)
    plot = points.plot
    drawn = [
        plot.predicted(ax=panels[0]),
        plot.vtc(ax=panels[1]),
        plot.confusion(ax=panels[2]),
        plot.conductances(ax=panels[3]),
    ]
    assert drawn == list(panels)
    assert pyplot.get_fignums() == [figure.number]


def test_transfer_curves_bend_with_the_load(points):
    unloaded, loaded = points.plot.vtc([0.0, 10e-6]).get_lines()
    assert unloaded.get_label() == "no load"
    assert loaded.get_label() == "10 µS"
    assert np.ptp(loaded.get_ydata()) < np.ptp(unloaded.get_ydata())


def test_a_confusion_matrix_counts_the_samples(points):
    axes = points.plot.confusion(classes=["a", "b", "c"])
    assert sum(int(x.get_text()) for x in axes.texts) == points.verification.samples
    assert [x.get_text() for x in axes.get_xticklabels()] == ["a", "b", "c"]
    axes = points.plot.confusion("prediction")
    right = sum(int(axes.texts[4 * i].get_text()) for i in range(3))
    accuracy = points.verification.accuracy
    assert right / points.verification.samples == pytest.approx(accuracy.predicted, abs=1e-6)


def test_conductances_are_those_of_the_program(points):
    program = read_stored(points.out / "params.npz").program.crossbars[1]
    (image,) = points.plot.conductances("layer1").get_images()
    cells = np.concatenate([1 / program.ohms_plus, 1 / program.ohms_minus])
    assert np.allclose(image.get_array(), 1e6 * cells)
    assert all(float(x).is_integer() for x in image.axes.get_xticks())


def test_waveforms_of_the_slowest_step_settle_within_the_hold(points):
    axes = points.plot.waveforms()
    *outputs, hold = axes.get_lines()
    assert len(outputs) == 3
    worst, seconds = points.verification["worst_transition"], points.energy.hold_seconds
    (band,) = axes.patches
    last = outputs[worst["output"]]
    inside = np.abs(last.get_ydata() - (band.get_y() + band.get_height() / 2))
    late = last.get_xdata()[inside > band.get_height() / 2].max()
    assert late == pytest.approx(hold.get_xdata()[0], abs=0.05e9 * seconds)
    *_, read, settled = [x.get_text() for x in axes.get_legend().get_texts()]
    assert (read, settled) == ("read at the hold", "settled, ±10 % of the step")


def test_waveforms_of_samples_hold_each_as_long(points):
    *_, first, second = points.plot.waveforms([1, 0], begin=2).get_lines()
    between = second.get_xdata()[0] - first.get_xdata()[0]
    assert between == pytest.approx(1e9 * points.energy.hold_seconds, rel=1e-3)


def test_waveforms_are_of_outputs_that_move(points, copied):
    renew_json(copied, "verify.json", {**points.verification, "worst_transition": None})
    with pytest.raises(CompileError, match="none of this network does"):
        imnnc.load(copied).plot.waveforms()


def test_a_layer_that_is_not_there_is_named(points):
    with pytest.raises(CompileError) as caught:
        points.plot.conductances("hidden")
    (said,) = caught.value.diagnostics
    assert said.code == "IM746"
    assert said.message == ("the network has no layer `hidden`, its layers are `layer0`, `layer1`")


def test_a_folder_that_was_edited_is_not_drawn(copied):
    (copied / "params.npz").write_bytes(b"")
    with pytest.raises(CompileError, match="is not as it was written"):
        imnnc.load(copied).plot.vtc()


def test_matplotlib_that_is_missing_is_named(points, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CompileError, match="needs the package `matplotlib`"):
        points.plot.vtc()
