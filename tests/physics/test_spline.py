"""A table on a grid is one smooth function, with its slopes."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import RectBivariateSpline
from torch.autograd import gradcheck

from imnnc.physics.spline import BicubicSpline

LOW, HIGH, COUNT = -0.3, 0.3, 31
AXIS = np.linspace(LOW, HIGH, COUNT)
WAVES = np.sin(7 * AXIS)[:, None] * np.exp(2 * AXIS)[None, :]
SPLINE = BicubicSpline(WAVES, LOW, HIGH)
INSIDE_LOW, INSIDE_HIGH = SPLINE.domain


def inside(count: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    x, y = random.uniform(INSIDE_LOW, INSIDE_HIGH, (2, count))
    return torch.from_numpy(x), torch.from_numpy(y)


def test_it_is_scipys_interpolating_spline():
    x, y = inside(500)
    value, by_x, by_y = SPLINE.value_and_partials(x, y)
    reference = RectBivariateSpline(AXIS, AXIS, WAVES, s=0)
    assert np.allclose(value, reference.ev(x, y), rtol=0, atol=1e-13)
    assert np.allclose(by_x, reference.ev(x, y, dx=1), rtol=0, atol=1e-11)
    assert np.allclose(by_y, reference.ev(x, y, dy=1), rtol=0, atol=1e-11)


def test_it_goes_through_the_table_up_to_both_ends_of_its_domain():
    on_grid = torch.from_numpy(AXIS[4:-4])
    x, y = torch.meshgrid(on_grid, on_grid, indexing="ij")
    assert np.allclose(SPLINE(x, y), WAVES[4:-4, 4:-4], rtol=0, atol=1e-14)


def test_the_first_index_of_the_table_is_the_first_argument():
    spline = BicubicSpline(np.repeat(AXIS[:, None], COUNT, axis=1), LOW, HIGH)
    x, y = inside(20)
    value, by_x, by_y = spline.value_and_partials(x, y)
    assert torch.allclose(value, x)
    assert torch.allclose(by_x, torch.ones_like(x))
    assert torch.allclose(by_y, torch.zeros_like(x), atol=1e-12)


def test_its_gradients_are_those_of_finite_differences():
    x, y = inside(6)
    assert gradcheck(SPLINE, (x.requires_grad_(), y.requires_grad_()), eps=1e-6, atol=1e-7)


def test_arguments_beyond_the_domain_are_answered_at_its_edge():
    far = torch.tensor([-9.0, 9.0], dtype=torch.float64)
    edge = torch.tensor([INSIDE_LOW, INSIDE_HIGH], dtype=torch.float64)
    assert torch.allclose(SPLINE(far, far), SPLINE(edge, edge), rtol=0, atol=1e-14)


def test_single_precision_is_within_single_precision():
    x, y = inside(200)
    single = BicubicSpline(WAVES, LOW, HIGH, torch.float32)
    assert torch.allclose(single(x.float(), y.float()).double(), SPLINE(x, y), atol=2e-6)


coefficients = st.lists(st.floats(-1, 1), min_size=4, max_size=4)
place = st.floats(INSIDE_LOW, INSIDE_HIGH)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(along_x=coefficients, along_y=coefficients, x=place, y=place)
def test_it_is_exact_for_products_of_cubics(along_x, along_y, x, y):
    values = np.outer(np.polyval(along_x, AXIS), np.polyval(along_y, AXIS))
    spline = BicubicSpline(values, LOW, HIGH)
    at = torch.tensor([[x], [y]], dtype=torch.float64)
    expected = np.polyval(along_x, x) * np.polyval(along_y, y)
    assert abs(float(spline(at[0], at[1])) - expected) < 1e-12
