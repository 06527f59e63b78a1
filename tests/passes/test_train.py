"""The training pass: a network of the design's shape and bounds, and how it came about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import ChipsInMind, TrainedNetwork, TrainingHistory
from imnnc.data.dataset import Dataset
from imnnc.parasitics import Parasitics
from imnnc.passes.train import Train, describe, describe_score
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.physics.vtc import NominalPoint, TableModel
from tests.support.measured import table
from tests.support.networks import technology
from tests.support.small import MEMRISTOR, NETWORK, SPEC, Watcher, artifacts, context


def run(folder, spec=SPEC, *more):
    trained, history = Train(spec).run(artifacts(*more), context(folder))
    assert isinstance(trained, TrainedNetwork)
    assert isinstance(history, TrainingHistory)
    return trained, history


def test_the_network_has_the_shapes_of_the_design(tmp_path):
    trained, history = run(tmp_path)
    layers = trained.parameters.layers
    assert [(x.name, x.inputs, x.width) for x in layers] == [("hidden", 4, 5), ("kind", 5, 3)]
    assert len(history.losses) == len(history.scores) == SPEC.epochs
    assert history.losses[-1] < history.losses[0]
    assert max(history.scores) > 0.8


def test_cells_and_sizes_are_within_the_bounds_of_the_design(tmp_path):
    trained, _ = run(tmp_path)
    for layer, wanted in zip(trained.parameters.layers, NETWORK.layers, strict=True):
        for cells in (layer.g_plus_siemens, layer.g_minus_siemens):
            assert cells.min() >= 1.2e-7 * (1 - 1e-6)
            assert cells.max() <= 8e-7 * (1 + 1e-6)
        for sizes in (layer.size_minus, layer.size_plus):
            assert sizes.min() >= wanted.inverter.minimum
            assert sizes.max() <= wanted.inverter.maximum


def test_a_checkpoint_of_the_same_run_is_gone_on_from(tmp_path):
    whole, history = run(tmp_path)
    assert (tmp_path / "scratch" / "checkpoint.pt").exists()
    again, history_again = run(tmp_path)  # finds all epochs done
    assert history_again == history
    first, second = whole.parameters.layers[0], again.parameters.layers[0]
    assert np.array_equal(first.g_plus_siemens, second.g_plus_siemens)


def test_a_regression_trains_towards_its_volts(tmp_path):
    inputs = np.random.default_rng(3).uniform(-0.25, 0.25, (120, 4)).astype(np.float32)
    targets = (0.4 * inputs[:, :3]).astype(np.float32)
    data = Dataset(inputs, targets, inputs[:20], targets[:20])
    spec = replace(SPEC, loss="mse", epochs=40)
    _, history = run(tmp_path, spec, data)
    assert -history.scores[-1] < 0.5 * float(targets.var())


def test_it_may_be_for_chips_and_over_corners(tmp_path):
    tables = (table(), table("sf"))
    pairs = (fit_tanh_pair(x, NominalPoint(5, 0.9e6)) for x in tables)
    there = (ChipsInMind(technology()), InverterTables(tables), VtcModels(tuple(pairs)))
    spec = replace(SPEC, method="phax", chips=True, corners=("sf", "tt"), epochs=4)
    whole, history = run(tmp_path, spec, *there)
    (tmp_path / "nominal").mkdir()
    spec = replace(SPEC, method="phax", epochs=4)
    nominal, _ = run(tmp_path / "nominal", spec, *there)
    assert len(set(history.scores)) > 1
    cells = [x.parameters.layers[0].g_plus_siemens for x in (whole, nominal)]
    assert not np.array_equal(*cells)


def test_progress_is_told_in_words(tmp_path):
    from imnnc.methods.training import Progress

    now = Progress(epoch=3, epochs=20, fraction=0.1, loss=0.51249, score=0.8415, seconds_left=75.0)
    assert describe(now, SPEC) == "epoch 3/20, loss 0.512, accuracy 84.15%, 1:15 left"
    for_chips = "epoch 3/20, loss 0.512, accuracy 84.15% on chips, 1:15 left"
    assert describe(now, replace(SPEC, chips=True)) == for_chips
    assert describe(replace(now, score=None), SPEC) == "epoch 3/20, loss 0.512, 1:15 left"


@pytest.mark.parametrize(
    ("score", "loss", "words"),
    [(0.875, "cross_entropy", "accuracy 87.50%"), (-0.00123, "mse", "MSE 0.00123 V²")],
)
def test_a_score_is_told_as_what_it_is(score, loss, words):
    assert describe_score(score, loss) == words


@pytest.mark.parametrize(("method", "told"), [("latim", True), ("equilibrium", False)])
def test_it_is_told_that_cells_with_a_law_are_trained_as_resistors(tmp_path, method, told):
    bent = replace(MEMRISTOR, parasitics=Parasitics(sinh_per_volt=3.0))
    watcher = Watcher()
    models = [VtcModels((TableModel(table()),))] if method == "equilibrium" else []
    inputs = artifacts(bent, *models)
    Train(replace(SPEC, method=method, epochs=1)).run(inputs, context(tmp_path, watcher))
    messages = [(x.code, x.severity, x.message) for x in watcher.warnings]
    note = "`train latim` takes cells for resistors, those of `tio2` have a `law`"
    assert messages == ([("IM402", "note", note)] if told else [])
