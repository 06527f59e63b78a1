"""The unit inverter's capacitances over its voltages."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from imnnc.physics.charges import Charges
from tests.support.measured import SUPPLY_VOLTS, charges, table, volts


def test_their_means_are_those_of_the_table():
    """Along the middle of the swing the input sees gates, and more where the output moves."""
    held = charges().at(*torch.meshgrid(*[torch.linspace(-0.25, 0.25, 41)] * 2, indexing="ij"))
    assert float(held.output_by_output.mean()) == pytest.approx(table().output_farads, rel=0.1)
    assert float(held.input_by_input.mean()) < table().input_farads
    gain_of_one = held.input_by_input - held.input_by_output
    assert float(gain_of_one.mean()) == pytest.approx(table().input_farads, rel=0.1)


def test_what_moves_all_alike_is_seen_from_the_rails_alone():
    at = volts(-SUPPLY_VOLTS, 0.0, SUPPLY_VOLTS)
    found = charges().at(at, -at)
    for by_itself, by_other in (found[:2], (found.output_by_output, found.output_by_input)):
        assert (by_itself > 0).all()
        assert (by_other < 0).all()
        assert (by_itself + by_other > 0).all()


def test_between_points_they_are_bilinear_and_beyond_them_as_at_the_edge():
    grid = np.arange(16.0).reshape(4, 2, 2)
    found = Charges(grid, -1.0, 1.0).at(volts(-1.0, 0.0, 5.0), volts(-1.0, 0.0, 1.0))
    for part, (first, _, _, last) in zip(found, grid.reshape(4, 4), strict=True):
        np.testing.assert_allclose(part, [first, (first + last) / 2, last], atol=1e-6)
    same = Charges.constant(2e-16, 1e-16).at(volts(0.3), volts(-0.2))
    np.testing.assert_allclose([float(x) for x in same], [2e-16, 0, 0, 1e-16], rtol=1e-12)
