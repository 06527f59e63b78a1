"""Sizing gives whole inverters, and less power for no worse a score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.design import InverterSizes, Layer, Network
from imnnc.methods.training import one_thread
from imnnc.passes.size import Size, SizedNetwork, Sizing
from imnnc.passes.train import Train, TrainedNetwork
from tests.passes.small import NETWORK, SPEC, Watcher, artifacts, context


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> TrainedNetwork:
    found, _ = Train(SPEC).run(artifacts(), context(tmp_path_factory.mktemp("train")))
    assert isinstance(found, TrainedNetwork)
    return found


def run(folder, *more, spec=SPEC, watcher=None) -> tuple[SizedNetwork, Sizing]:
    with one_thread():
        sized, sizing = Size(spec).run(artifacts(*more), context(folder, watcher))
    assert isinstance(sized, SizedNetwork)
    assert isinstance(sizing, Sizing)
    return sized, sizing


def test_sizes_are_whole_and_cost_nothing_beyond_the_margin(trained, tmp_path):
    sized, sizing = run(tmp_path, trained)
    for layer in sized.parameters.layers:
        for sizes in (layer.size_minus, layer.size_plus):
            assert np.array_equal(sizes, np.round(sizes))
            assert sizes.min() >= 1
    assert sizing.score_after >= sizing.score_before - SPEC.accuracy_margin
    assert sizing.power_after < sizing.power_before


def test_what_is_reported_is_what_there_was_and_is(trained, tmp_path):
    sized, sizing = run(tmp_path, trained)
    assert sizing.size_before == trained.parameters.total_size
    assert sizing.size_after == sized.parameters.total_size < sizing.size_before
    assert 1e-7 < sizing.power_after < 1e-4


def test_the_readouts_inverters_are_the_smallest(trained, tmp_path):
    sized, _ = run(tmp_path, trained)
    assert (sized.parameters.layers[-1].size_minus == 1).all()
    assert (sized.parameters.layers[-1].size_plus == 1).all()


def test_cells_stay_as_they_were_trained(trained, tmp_path):
    sized, _ = run(tmp_path, trained)
    for before, after in zip(trained.parameters.layers, sized.parameters.layers, strict=True):
        assert np.array_equal(before.g_plus_siemens, after.g_plus_siemens)


def test_a_grid_that_costs_more_than_the_margin_is_warned_of(trained, tmp_path, monkeypatch):
    # A score that only the trained sizes reach.
    def score(readout, targets, spec):
        score.calls += 1
        return 1.0 if score.calls == 1 else 0.5

    score.calls = 0
    monkeypatch.setattr("imnnc.methods.training.score", score)
    watcher = Watcher()
    run(tmp_path, trained, watcher=watcher)
    (warning,) = watcher.warnings
    assert (warning.code, warning.severity) == ("IM410", "warning")
    assert warning.message == (
        "sizes on their grid cost more than `accuracy_margin` allows: accuracy 50.00%,"
        " it was accuracy 100.00%"
    )
    assert warning.span == NETWORK.span


def test_sizes_may_be_continuous(trained, tmp_path):
    free = tuple(
        Layer(layer.name, layer.width, InverterSizes(1, 10, None)) for layer in NETWORK.layers
    )
    network: Network = replace(NETWORK, layers=free)
    sized, _ = run(tmp_path, trained, network)
    hidden = sized.parameters.layers[0].size_minus
    assert hidden.min() >= 1
    assert not np.array_equal(hidden, np.round(hidden))
