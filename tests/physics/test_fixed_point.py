"""Fixed points of many samples at once: found, and at the price that was agreed."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.physics.fixed_point import fixed_point


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 10_000), contraction=st.floats(0.05, 0.95))
def test_the_fixed_point_of_a_contraction_is_found(seed, contraction):
    random = torch.Generator().manual_seed(seed)
    matrix = torch.randn(4, 4, generator=random, dtype=torch.float64)
    matrix *= contraction / torch.linalg.matrix_norm(matrix, 2)
    shift = torch.randn(4, 3, generator=random, dtype=torch.float64)
    expected = torch.linalg.solve(torch.eye(4, dtype=torch.float64) - matrix, shift)
    found = fixed_point(lambda x: matrix @ x + shift, torch.zeros_like(shift), 60, 1e-12)
    assert torch.allclose(found, expected, rtol=0, atol=1e-9)


def test_a_fixed_point_takes_no_more_rounds_than_it_is_given():
    seen = []

    def answer(x: torch.Tensor) -> torch.Tensor:
        seen.append(x)
        return x + 1.0

    fixed_point(answer, torch.zeros(2, 2, dtype=torch.float64), 5, 1e-9)
    assert len(seen) == 5


def test_a_start_that_rests_stays():
    start = torch.ones(2, 3, dtype=torch.float64)
    assert fixed_point(lambda x: x, start, 10, 1e-9) is start
