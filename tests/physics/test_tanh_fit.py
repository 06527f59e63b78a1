"""One tangent through a transfer curve: what it follows, and by how much it misses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from imnnc.methods.phax import tanh_curve
from imnnc.physics.table import InverterTable
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.physics.vtc import NominalPoint, TanhCurve
from tests.support.measured import SUPPLY_VOLTS, inverter, table, volts

PUBLISHED = NominalPoint(size=5, load_ohms=0.9e6)
OWN_SIEMENS = 2e-6  # of the inverter that a tangent describes
UNLOADED = TanhCurve(-0.004, -0.24, 0.02, 25.0, 0.0, 0.0)


def tangent_table() -> InverterTable:
    """An inverter whose output is a tangent behind a conductance."""
    grid = np.linspace(-0.3, 0.3, 241)
    behind = UNLOADED.c1 + UNLOADED.c2 * np.tanh(UNLOADED.c4 * (grid - UNLOADED.c3))
    amperes = OWN_SIEMENS * (behind[:, None] - grid)
    return InverterTable(
        "tangent", "tt", 27.0, SUPPLY_VOLTS, -0.3, 0.3, amperes, amperes, 1e-16, 1e-16, "none"
    )


def gain(curve: TanhCurve) -> float:
    return abs(curve.c2 * curve.c4)


@pytest.mark.parametrize("share", [1.0, 0.8, 0.5])
def test_a_curve_that_is_a_tangent_is_found_whatever_its_load(share):
    load_siemens = OWN_SIEMENS * (1 / share - 1)
    point = NominalPoint(3, 1 / (3 * load_siemens) if load_siemens else 1e15)
    found = fit_tanh_pair(tangent_table(), point).minus
    assert found.c1 == pytest.approx(share * UNLOADED.c1, abs=1e-7)
    assert found.c2 == pytest.approx(share * UNLOADED.c2, abs=1e-7)
    assert found.c3 == pytest.approx(UNLOADED.c3, abs=1e-7)
    assert found.c4 == pytest.approx(UNLOADED.c4, rel=1e-5)
    assert found.max_error_volts < 1e-6


@pytest.mark.parametrize("point", [PUBLISHED, NominalPoint(1, 3e5), NominalPoint(2, 1e6, 1e5)])
def test_the_errors_are_those_of_the_fit_over_the_swing(point):
    pair = fit_tanh_pair(table(), point)
    v_in = torch.linspace(-SUPPLY_VOLTS, SUPPLY_VOLTS, 1001, dtype=torch.float64)
    minus = inverter().loaded_output(v_in, volts(point.siemens), volts(0.0))
    plus = inverter().loaded_output(minus, volts(point.siemens), volts(0.0))
    for curve, exact in ((pair.minus, minus), (pair.plus, plus)):
        error = tanh_curve(curve, v_in) - exact
        assert curve.rms_error_volts == pytest.approx(float(error.square().mean().sqrt()))
        assert curve.max_error_volts == pytest.approx(float(error.abs().max()))
        # A tangent is as round on both sides; the transistors are not.
        assert 1e-3 < curve.rms_error_volts < 5e-3
        assert curve.max_error_volts < 15e-3


def test_no_other_tangent_near_by_is_better():
    found = fit_tanh_pair(table(), PUBLISHED).minus
    v_in = torch.linspace(-SUPPLY_VOLTS, SUPPLY_VOLTS, 1001, dtype=torch.float64)
    exact = inverter().loaded_output(v_in, volts(PUBLISHED.siemens), volts(0.0))
    best = [found.c1, found.c2, found.c3, found.c4]
    for index, step in enumerate([1e-3, 1e-3, 1e-3, 0.3]):
        for sign in (1, -1):
            other = [x + sign * step * (i == index) for i, x in enumerate(best)]
            error = tanh_curve(TanhCurve(*other, 0.0, 0.0), v_in) - exact
            assert float(error.square().mean().sqrt()) > found.rms_error_volts


def test_a_load_lowers_the_slope():
    pairs = [fit_tanh_pair(table(), NominalPoint(5, ohms)) for ohms in (1e12, 9e5, 3e5, 1e5)]
    for light, heavy in pairwise(pairs):
        assert gain(heavy.minus) < gain(light.minus)
        assert gain(heavy.plus) < gain(light.plus)
        assert abs(heavy.minus.c2) < abs(light.minus.c2)


def test_only_the_load_a_unit_size_counts():
    small, large = NominalPoint(1, 1e6), NominalPoint(5, 2e5)
    assert small.siemens == pytest.approx(large.siemens)
    ours, theirs = (fit_tanh_pair(table(), point).minus for point in (small, large))
    assert ours.c4 == pytest.approx(theirs.c4, rel=1e-6)
    assert ours.c3 == pytest.approx(theirs.c3, abs=1e-9)


def test_a_resistor_is_a_load_in_parallel():
    both, half = NominalPoint(5, 0.9e6, 0.9e6), NominalPoint(5, 0.45e6)
    assert both.siemens == pytest.approx(half.siemens)
    ours, theirs = (fit_tanh_pair(table(), point).plus for point in (both, half))
    assert ours.c4 == pytest.approx(theirs.c4, rel=1e-6)
    assert ours.c3 == pytest.approx(theirs.c3, abs=1e-9)


def test_at_the_published_point_curves_are_near_the_published_ones():
    # Published, for another 90 nm process: 5 units, 0.9 MOhm (doi 10.1109/TCAD.2017.2764070).
    pair = fit_tanh_pair(table(), PUBLISHED)
    assert pair.minus.c3 == pytest.approx(-0.0235, abs=15e-3)
    assert pair.minus.c4 == pytest.approx(31.76, rel=0.05)
    assert pair.plus.c3 == pytest.approx(-0.0203, abs=15e-3)
    assert pair.plus.c4 == pytest.approx(193.06, rel=0.25)
    # The published formula has the rails for an amplitude, and no offset.
    assert pair.minus.c2 == pytest.approx(-SUPPLY_VOLTS, rel=0.03)
    assert pair.plus.c2 == pytest.approx(SUPPLY_VOLTS, rel=0.03)
    assert abs(pair.minus.c1) < 2e-3
    assert abs(pair.plus.c1) < 2e-3


def test_curves_say_where_they_were_fitted():
    pair = fit_tanh_pair(table("ff"), PUBLISHED)
    assert (pair.corner, pair.supply_volts, pair.point) == ("ff", SUPPLY_VOLTS, PUBLISHED)
