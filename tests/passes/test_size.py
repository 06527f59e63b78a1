"""Sizing gives whole inverters, and less power for no worse a score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.training import ChipsInMind, SizedNetwork, Sizing, TrainedNetwork
from imnnc.design import InverterSizes, Layer, Network
from imnnc.methods.judging import Judge
from imnnc.methods.latim import LatimPredictor
from imnnc.methods.power import network_seconds, rail_power
from imnnc.methods.training import split_validation
from imnnc.parasitics import Parasitics
from imnnc.passes.size import Size
from imnnc.passes.train import Train
from imnnc.physics.chips import spread_of
from imnnc.physics.network import NetworkParameters
from imnnc.physics.threads import one_thread
from tests.support.exact import network, with_sizes
from tests.support.measured import curves, inverter, table, tangents
from tests.support.networks import technology
from tests.support.small import MEMRISTOR, NETWORK, SPEC, Watcher, artifacts, context, dataset


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


def test_the_readouts_inv1_makes_inferences_cheapest_and_its_inv2_is_the_smallest(
    trained, tmp_path
):
    sized, sizing = run(tmp_path, trained)
    readout = sized.parameters.layers[-1]
    assert (readout.size_plus == 1).all()
    volts = dataset().train_inputs[:12]
    joules = []
    for size in range(1, 11):
        other = replace(readout, size_minus=np.full(3, float(size)))
        of = NetworkParameters((*sized.parameters.layers[:-1], other))
        watts = rail_power(inverter(), of, LatimPredictor(of, curves()).layers(volts))
        joules.append(watts * network_seconds(inverter(), of))
    assert (readout.size_minus == 1 + np.argmin(joules)).all()
    assert sizing.power_after < sizing.power_before


@pytest.mark.parametrize("method", ["phax", "rim"])
def test_phax_and_rim_keep_the_size_that_their_curves_were_fitted_at(tmp_path, method):
    spec = replace(SPEC, method=method)
    pair = tangents(4.0, 0.9e6, 2e5 if method == "rim" else None)
    start = with_sizes(network((4, 5, 3)), 4.0)
    start = TrainedNetwork(replace(start, parasitics=Parasitics(pair.point.resistor_ohms)))
    sized, sizing = run(tmp_path, start, VtcModels((pair,)), spec=spec)
    assert sized.parameters is start.parameters
    assert sizing.size_before == sizing.size_after == 4 * 2 * (5 + 3)
    assert sizing.power_before == sizing.power_after > 1e-7
    assert sizing.score_before == sizing.score_after


def test_cells_stay_as_they_were_trained(trained, tmp_path):
    sized, _ = run(tmp_path, trained)
    for before, after in zip(trained.parameters.layers, sized.parameters.layers, strict=True):
        assert np.array_equal(before.g_plus_siemens, after.g_plus_siemens)


def test_a_grid_that_costs_more_than_the_margin_is_warned_of(tmp_path):
    # Cells that classify some of the points with their own sizes, fewer with unit inverters.
    start = TrainedNetwork(network((4, 5, 3), seed=0))
    layers = tuple(replace(layer, inverter=InverterSizes(1, 1)) for layer in NETWORK.layers)
    watcher = Watcher()
    spec = replace(SPEC, validation=0.5)
    _, sizing = run(tmp_path, start, replace(NETWORK, layers=layers), spec=spec, watcher=watcher)
    assert sizing.score_after < sizing.score_before - SPEC.accuracy_margin
    (warning,) = watcher.warnings
    assert (warning.code, warning.severity) == ("IM410", "warning")
    assert warning.message == (
        "sizes on their grid cost more than `accuracy_margin` allows:"
        f" accuracy {sizing.score_after:.2%}, it was accuracy {sizing.score_before:.2%}"
    )
    assert warning.span == NETWORK.span


def test_for_chips_sizes_and_that_of_the_readout_are_judged_by_chips(tmp_path):
    spec = replace(SPEC, chips=True)
    layers = tuple(replace(layer, inverter=InverterSizes(1, 40)) for layer in NETWORK.layers)
    there = (replace(NETWORK, layers=layers), ChipsInMind(technology()))
    (tmp_path / "train").mkdir()
    found, history = Train(spec).run(artifacts(*there), context(tmp_path / "train"))
    sized, sizing = run(tmp_path, found, *there, spec=spec)
    assert 0.4 < max(history.scores) <= 1
    spread = spread_of(technology(), MEMRISTOR)
    held = split_validation(dataset().train_inputs, dataset().train_targets, 0.1, 1)[1]
    judge = Judge([table()], spread, held, spec)
    assert sizing.score_after == judge.score(sized.parameters)
    assert sizing.score_after >= sizing.score_before - spec.accuracy_margin
    readout = sized.parameters.layers[-1]
    assert (readout.size_plus == 1).all()
    assert (readout.size_minus <= found.parameters.layers[-1].size_minus).all()


def test_sizes_may_be_continuous(trained, tmp_path):
    free = tuple(
        Layer(layer.name, layer.width, InverterSizes(1, 10, None)) for layer in NETWORK.layers
    )
    network: Network = replace(NETWORK, layers=free)
    sized, _ = run(tmp_path, trained, network)
    hidden = sized.parameters.layers[0].size_minus
    assert hidden.min() >= 1
    assert not np.array_equal(hidden, np.round(hidden))
