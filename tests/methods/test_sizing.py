"""Sizes: on their grid, and no larger than the score needs."""

from __future__ import annotations

import numpy as np
import pytest

from imnnc.design import InverterSizes
from imnnc.methods.latim import LatimPredictor
from imnnc.methods.power import network_seconds, rail_power
from imnnc.methods.sizing import on_grid, quicken, shrink
from imnnc.physics.network import NetworkParameters
from tests.support.exact import inputs, network, with_sizes
from tests.support.measured import curves, inverter

WHOLE = InverterSizes(1, 10)


@pytest.mark.parametrize(
    ("bounds", "sizes", "built"),
    [
        (WHOLE, [0.2, 1.4, 1.6, 9.7, 30.0], [1, 1, 2, 10, 10]),
        (InverterSizes(2, 9, 3), [2.0, 3.6, 8.9], [2, 5, 8]),  # 9 is not on the grid
        (InverterSizes(0.5, 2, 0.1), [0.74, 2.0], [0.7, 2.0]),
        (InverterSizes(1, 10, None), [0.2, 1.234, 30.0], [1, 1.234, 10]),
        (InverterSizes(3, 3), [1.0, 7.0], [3, 3]),
    ],
)
def test_sizes_go_to_the_nearest_that_may_be_built(bounds, sizes, built):
    assert on_grid(np.array(sizes), bounds).tolist() == pytest.approx(built)


def power(of: NetworkParameters) -> float:
    return rail_power(inverter(), of, LatimPredictor(of, curves()).layers(inputs()))


def shrunk(of, bounds=WHOLE, score=lambda of: 1.0, power=power, least=0.0):
    return shrink(of, [bounds] * len(of.layers), score, power, least, lambda fraction: None)


def sizes(of: NetworkParameters) -> np.ndarray:
    return np.concatenate([x for layer in of.layers for x in (layer.size_minus, layer.size_plus)])


def test_every_size_is_on_the_grid_and_within_its_bounds():
    start = with_sizes(network(), 6.3)
    found, _, _ = shrunk(start, InverterSizes(2, 8, 0.5), power=lambda of: of.total_size)
    assert (sizes(found) >= 2).all()
    assert (sizes(found) <= 8).all()
    assert np.allclose(sizes(found) % 0.5, 0)


def test_a_score_that_does_not_mind_gets_the_smallest_inverters():
    found, score, drawn = shrunk(with_sizes(network(), 8.0), power=lambda of: of.total_size)
    assert found.total_size < 1.2 * len(sizes(found))
    assert (score, drawn) == (1.0, found.total_size)


def test_a_score_that_minds_stays_at_least_as_good_as_asked():
    def score(of: NetworkParameters) -> float:
        return float(of.layers[0].size_minus.sum())

    found, reached, _ = shrunk(
        with_sizes(network(), 8.0), score=score, power=lambda of: of.total_size, least=25.0
    )
    assert reached == score(found) == 25.0
    assert (found.layers[0].size_plus == 1).all()  # of no use to the score


def test_the_readout_drives_gates_only_and_is_smallest():
    found, _, _ = shrunk(with_sizes(network(), 8.0), score=lambda of: 0.0, least=1.0)
    assert (found.layers[-1].size_minus == 1).all()
    assert (found.layers[-1].size_plus == 1).all()
    assert (found.layers[0].size_minus == 8).all()  # nothing smaller is good enough


@pytest.mark.parametrize(
    ("energy", "size"),
    [
        (lambda of: 1 / of.layers[-1].size_minus.sum(), 10),  # only time counts
        (lambda of: of.layers[-1].size_minus.sum(), 1),  # only power counts
        (lambda of: abs(of.layers[-1].size_minus - 6.4).sum(), 6),
    ],
)
def test_the_readout_has_the_size_at_which_an_inference_takes_least(energy, size):
    start = with_sizes(network(), 4.0)
    found = quicken(start, WHOLE, energy)
    assert (found.layers[-1].size_minus == size).all()
    assert (found.layers[-1].size_plus == 4).all()
    assert found.layers[0] is start.layers[0]


def test_the_more_waits_for_the_readout_the_faster_it_is():
    start = with_sizes(network(), 1.0)

    def taken(of: NetworkParameters, others: float) -> float:
        return (others + of.layers[-1].size_minus.sum()) * network_seconds(inverter(), of)

    sizes = [
        float(quicken(start, WHOLE, lambda of, x=x: taken(of, x)).layers[-1].size_minus[0])
        for x in (30, 100, 300)
    ]
    assert 1 < sizes[0] < sizes[1] < sizes[2] <= 10


def test_a_readout_of_one_size_stays_at_it():
    found = quicken(with_sizes(network(), 3.0), InverterSizes(3, 3), lambda of: 1.0)
    assert (found.layers[-1].size_minus == 3).all()


def test_the_real_power_of_real_inverters_falls():
    start = with_sizes(network(), 8.0)
    found, _, drawn = shrunk(start)
    assert drawn == pytest.approx(power(found), rel=1e-12)
    assert drawn < power(start)


def test_a_smaller_inverter_that_draws_more_is_not_taken():
    start = with_sizes(network(), 8.0)
    found, _, _ = shrunk(start, power=lambda of: -of.layers[0].size_plus.sum())
    assert (found.layers[0].size_plus == 8).all()


def test_cells_are_left_alone():
    start = with_sizes(network(), 8.0)
    found, _, _ = shrunk(start)
    for before, after in zip(start.layers, found.layers, strict=True):
        assert after.g_plus_siemens is before.g_plus_siemens
        assert after.g_minus_siemens is before.g_minus_siemens


def test_progress_ends_at_one():
    seen = []
    shrink(network((4, 3, 2, 2)), [WHOLE] * 3, lambda of: 1.0, power, 0.0, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
