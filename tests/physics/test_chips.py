"""Draws of chips: their statistics, what they are keyed by, what a cause changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.design import Memristor
from imnnc.lang import load_technology
from imnnc.physics.chips import CAUSES, ChipSolver, Spread, draw, reach_volts, spread_of
from imnnc.physics.mismatch import Devices, apart
from imnnc.physics.network import NetworkParameters
from imnnc.tasks import ChipsSpec
from tests.support.circuits import largest_difference, loaded, samples, solver
from tests.support.measured import inverter, table

EVERY = Spread(0.02, 0.03, 0.05, False, 0.01, 0.02, 0.01, 1e-7, 1e-6)
WIDE = loaded((150, 200, 100))


def chips() -> ChipSolver:
    return ChipSolver(inverter(), Devices(apart(table())))


def cells(of: NetworkParameters) -> np.ndarray:
    return np.concatenate([np.ravel(x.g_plus_siemens) for x in of.layers])


def test_thresholds_spread_by_pelgroms_rule_and_with_the_root_of_the_size():
    drawn = [draw(WIDE, EVERY, 1, number).gates for number in range(20)]
    for index, layer in enumerate(WIDE.layers):
        for which, sizes in enumerate((layer.size_minus, layer.size_plus)):
            for kind, sigma in enumerate((EVERY.up_volts, EVERY.down_volts)):
                unit = np.array([x[index][which][kind] for x in drawn]) * np.sqrt(sizes)
                assert unit.std() == pytest.approx(sigma, rel=0.05)
                assert abs(unit.mean()) < sigma / 10


def test_the_rule_is_that_of_the_area_of_a_unit_transistor():
    memristor = Memristor("tio2", 1e-7, 1e-6, levels=None, variation=0.03)
    found = spread_of(load_technology("lvt90"), memristor)
    assert found.down_volts == pytest.approx(3.5e-9 / np.sqrt(120e-9 * 100e-9))
    assert found.up_volts == pytest.approx(3.5e-9 / np.sqrt(200e-9 * 100e-9))
    assert found.causes == ("thresholds", "cells")


@pytest.mark.parametrize("lognormal", [False, True])
def test_cells_spread_around_what_was_programmed(lognormal):
    spread = replace(EVERY.only("cells"), lognormal=lognormal)
    ratio = cells(draw(WIDE, spread, 1, 0).parameters) / cells(WIDE)
    assert ratio.mean() == pytest.approx(1, abs=0.003)
    assert ratio.std() == pytest.approx(0.05, rel=0.03)


def test_cells_fall_with_age_each_by_an_exponent_of_its_own():
    spread = Spread(drift=0.02, age=1e6)
    falls = -np.log(cells(draw(WIDE, spread, 1, 0).parameters) / cells(WIDE)) / np.log(1e6)
    assert falls.mean() == pytest.approx(0.02, rel=0.01)
    assert falls.std() == pytest.approx(0.006, rel=0.03)
    assert falls.min() >= 0
    young = cells(draw(WIDE, replace(spread, age=1.0), 1, 0).parameters)
    assert young == pytest.approx(cells(WIDE), rel=1e-12)


def test_a_device_drifts_for_a_year_unless_chips_have_an_age():
    memristor = Memristor("tio2", 1e-7, 1e-6, levels=None, variation=0.0, drift=0.005)
    technology = replace(load_technology("lvt90"), mismatch=None)
    found = spread_of(technology, memristor)
    assert found.causes == ("drift",)
    assert found.age == pytest.approx(365.25 * 86400 / 20)
    assert spread_of(technology, memristor, ChipsSpec(age_seconds=200.0)).age == 10.0


def test_stuck_cells_are_at_an_end_of_the_range():
    found = cells(draw(WIDE, EVERY.only("stuck"), 1, 0).parameters)
    assert np.mean(found == 1e-7) == pytest.approx(0.02, abs=0.003)
    assert np.mean(found == 1e-6) == pytest.approx(0.01, abs=0.003)


def test_cells_that_are_not_formed_stay_as_they_are():
    layer = WIDE.layers[0]
    formed = np.random.default_rng(1).random(layer.g_plus_siemens.shape) < 0.5
    of = replace(WIDE, layers=(replace(layer, formed_plus=formed), *WIDE.layers[1:]))
    found = draw(of, EVERY, 1, 0).parameters.layers[0]
    assert (found.g_plus_siemens[~formed] == layer.g_plus_siemens[~formed]).all()
    assert (found.g_plus_siemens[formed] != layer.g_plus_siemens[formed]).all()
    assert (found.g_minus_siemens != layer.g_minus_siemens).all()


def test_a_chip_is_the_same_whatever_the_others_and_no_other_chip_is_like_it():
    first, again = (draw(WIDE, EVERY, 1, 3) for _ in range(2))
    assert (cells(first.parameters) == cells(again.parameters)).all()
    for seed, number in ((1, 4), (2, 3)):
        other = draw(WIDE, EVERY, seed, number)
        assert not np.isin(other.gates[0].minus.up, first.gates[0].minus.up).any()


def test_a_cause_alone_draws_what_it_does_among_all():
    all_, alone = (draw(WIDE, x, 1, 0) for x in (EVERY, EVERY.only("thresholds")))
    assert (all_.gates[0].plus.down == alone.gates[0].plus.down).all()
    assert (cells(alone.parameters) == cells(WIDE)).all()
    assert draw(WIDE, EVERY.only("cells"), 1, 0).gates is None
    shared = replace(EVERY, process=1 / 3, cooler_kelvin=-60.0, supply=0.03, drift=0.01)
    assert shared.causes == tuple(CAUSES)
    assert shared.only(*EVERY.causes) == EVERY


def test_no_gate_goes_further_than_the_table_reaches():
    reach = reach_volts(WIDE, EVERY)
    worst = max(
        float(np.abs(volts).max())
        for number in range(20)
        for layer in draw(WIDE, EVERY, 1, number).gates
        for of in layer
        for volts in of
    )
    assert 0.5 * reach < worst < reach


def test_a_chip_without_causes_is_the_network_as_programmed():
    of, volts = loaded((6, 5, 4)), samples(20, 6)
    found = chips().solve(draw(of, EVERY.only(), 1, 0), volts)
    assert largest_difference(found.layers, solver().solve(of, volts).layers) == 0


def test_read_noise_moves_columns_as_cells_that_differ_at_each_read():
    of = loaded((12, 8, 3))
    one = np.repeat(samples(6, 12)[5:], 4000, axis=0)
    noisy = chips().solve(draw(of, replace(EVERY.only(), read_noise=0.01), 1, 0), one)
    random = np.random.default_rng(5)
    layer = of.layers[0]
    g = np.concatenate([layer.g_plus_siemens, layer.g_minus_siemens])
    rows = np.concatenate([one[0], [0.25], -one[0], [-0.25]])
    read = g * (1 + 0.01 * random.standard_normal((4000, *g.shape)))
    nets = (read * rows[:, None]).sum(1) / read.sum(1)
    assert noisy.layers[0].net.std(0) == pytest.approx(nets.std(0), rel=0.06)
    assert noisy.layers[0].net.mean(0) == pytest.approx(nets.mean(0), abs=2e-5)


def test_noise_of_a_sample_is_the_same_whatever_follows():
    of, volts = loaded((12, 8, 3)), samples(30, 12)
    chip = draw(of, EVERY, 1, 0)
    few, all_ = chips().solve(chip, volts[:7]), chips().solve(chip, volts)
    for some, every in zip(few.layers, all_.layers, strict=True):
        assert np.abs(some.minus - every.minus[:7]).max() < 1e-9
