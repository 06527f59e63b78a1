"""Transfer curves are those of the circuit, and what is read off them is on them."""

from __future__ import annotations

import numpy as np
import pytest

from imnnc.physics.transfer import CornerCurves, transfer_curves
from tests.support.measured import table


@pytest.fixture(scope="module")
def found() -> CornerCurves:
    return transfer_curves(table(), (1.0, 4.0), (0.0, 1e-6, 4e-6))


def test_there_is_a_curve_for_every_size_with_every_load(found: CornerCurves):
    pairs = [(curve.size, curve.load_siemens) for curve in found.curves]
    assert pairs == [(1, 0), (1, 1e-6), (1, 4e-6), (4, 0), (4, 1e-6), (4, 4e-6)]
    with pytest.raises(KeyError):
        found.curve(2, 0)


def test_only_the_load_per_unit_counts(found: CornerCurves):
    small, large = found.curve(1, 1e-6), found.curve(4, 4e-6)
    np.testing.assert_allclose(large.v_out_volts, small.v_out_volts, atol=1e-12)
    np.testing.assert_allclose(large.rail_watts, 4 * small.rail_watts, rtol=1e-9)


def test_all_curves_cross_zero_at_the_threshold(found: CornerCurves):
    for curve in found.curves:
        at = np.interp(found.threshold_volts, curve.v_in_volts, curve.v_out_volts)
        assert abs(at) < 1e-3


def test_the_gain_is_the_steepest_slope_and_falls_with_the_load(found: CornerCurves):
    for curve in found.curves:
        steepest = np.gradient(curve.v_out_volts, curve.v_in_volts).min()
        assert curve.gain == pytest.approx(-steepest, rel=0.01)
    assert found.curve(1, 0).gain > found.curve(1, 1e-6).gain > found.curve(1, 4e-6).gain
