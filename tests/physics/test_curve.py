"""The curve of a loaded inverter, its limits and its derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from imnnc.physics.curve import CurvePair, FixedCurve, bank
from tests.support.measured import (
    LARGEST_LOAD_SIEMENS,
    SUPPLY_VOLTS,
    curves,
    inverter,
    volts,
)

PLUS, MINUS = 0, 1


@pytest.fixture(scope="module")
def pair() -> CurvePair:
    return CurvePair(curves(), torch.float64)


def curve(pair: CurvePair, which: int, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
    """V_out (n,) of V+ or V- by `CurvePair.coefficients`, one load each."""
    k = pair.coefficients(g.expand(2, -1), emf.expand(2, -1))
    bent = torch.tanh(k.b[which] * v_in[:, None] + k.o[which])
    return (k.a[which] * bent).sum(1) + k.c[which]


def by_formula(which: int, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
    """V_out (n,) as the formula at the head of `imnnc.physics.curve` says it."""
    network = (curves().plus, curves().minus)[which]
    scales, terms = network.scales, network.terms
    weights = [
        torch.from_numpy(array)
        for array in (
            network.hidden_weight,
            network.hidden_bias,
            network.output_weight,
            network.output_bias,
        )
    ]
    level = torch.log1p(g / scales.g_mid_siemens)
    level = 2 * level / np.log1p(scales.g_max_siemens / scales.g_mid_siemens) - 1
    load = torch.stack([level, emf / SUPPLY_VOLTS], 1)
    raw = torch.tanh(load @ weights[0] + weights[1]) @ weights[2] + weights[3]
    a, b, o, c = raw.split([terms, terms, terms, 1], 1)
    own = c[:, 0] + (a * torch.tanh(b * v_in[:, None] / SUPPLY_VOLTS + o)).sum(1)
    share = g / (g + scales.g_on_siemens)
    return share * emf + (1 - share) * SUPPLY_VOLTS * own


@pytest.fixture
def loaded() -> tuple[Tensor, Tensor, Tensor]:
    """Three curves at four input voltages: v_in (3, 4), g and emf (3,)."""
    random = np.random.default_rng(5)
    v_in = torch.from_numpy(random.uniform(-0.1, 0.1, (3, 4)))
    g = torch.from_numpy(random.uniform(0.1, 0.9, 3) * LARGEST_LOAD_SIEMENS)
    emf = torch.from_numpy(random.uniform(-0.1, 0.1, 3))
    return v_in, g, emf


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_curves_are_those_of_the_inverter(pair, which):
    random = np.random.default_rng(6)
    v_in, emf = torch.from_numpy(random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (2, 1000)))
    g = torch.from_numpy(random.uniform(0, LARGEST_LOAD_SIEMENS, 1000))
    error = curve(pair, which, v_in, g, emf) - inverter().loaded_output(v_in, g, emf)
    assert float(error.square().mean().sqrt()) < 1e-3
    assert float(error.abs().max()) < 5e-3


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_coefficients_are_those_of_the_formula(pair, loaded, which):
    v_in, g, emf = loaded
    found = curve(pair, which, v_in[:, 0], g, emf)
    assert torch.allclose(found, by_formula(which, v_in[:, 0], g, emf), rtol=0, atol=1e-15)


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_without_a_load_its_voltage_hardly_counts(pair, which):
    v_in, none = volts(-0.05, 0.0, 0.05), volts(0.0)
    low, high = (curve(pair, which, v_in, none, volts(emf)) for emf in (-0.2, 0.2))
    assert torch.allclose(low, high, atol=2e-3)


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_a_load_that_swamps_the_inverter_sets_the_output(pair, which):
    swamped = curve(pair, which, volts(-0.25, 0.0, 0.25), volts(1e3), volts(0.1))
    assert torch.allclose(swamped, volts(0.1), atol=1e-4)


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_a_bank_answers_as_its_curves_do_with_their_slopes(pair, loaded, which):
    v_in, g, emf = loaded
    leaves = [
        v_in.flatten().requires_grad_(),
        g.repeat_interleave(4).requires_grad_(),
        emf.repeat_interleave(4).requires_grad_(),
    ]
    expected = by_formula(which, *leaves)
    slopes = torch.autograd.grad(expected.sum(), leaves)
    found, to_input, to_load = bank(v_in, pair.tangents(g.expand(2, 3), emf.expand(2, 3)).of(which))
    assert torch.allclose(found, expected.view(3, 4), rtol=0, atol=1e-14)
    for ours, autograd in zip((to_input, to_load[:, 0], to_load[:, 1]), slopes, strict=True):
        bound = 1e-10 * float(autograd.abs().max())
        assert torch.allclose(ours, autograd.view(3, 4), rtol=1e-9, atol=bound)


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_curves_have_the_slopes_of_the_inverter(pair, which):
    g = torch.full((1,), 1e-6, dtype=torch.float64)
    emf, v_in, step = volts(0.02), volts(0.01)[None], 1e-4
    _, to_input, to_load = bank(v_in, pair.tangents(g.expand(2, 1), emf.expand(2, 1)).of(which))

    def rise(dv: float = 0.0, dg: float = 0.0, demf: float = 0.0) -> float:
        high, low = (
            inverter().loaded_output(v_in[0] + s * dv, g + s * dg, emf + s * demf) for s in (1, -1)
        )
        return float(high - low) / 2

    assert float(to_input) == pytest.approx(rise(dv=step) / step, rel=0.05)
    assert float(to_load[:, 0]) == pytest.approx(rise(dg=1e-9) / 1e-9, rel=0.05)
    assert float(to_load[:, 1]) == pytest.approx(rise(demf=step) / step, rel=0.05)
    assert float(to_input) < 0 < float(to_load[:, 1])


def test_a_fixed_curve_is_one_of_a_bank_with_its_slope(pair):
    none = torch.zeros(2, 1, dtype=torch.float64)
    tangents = pair.tangents(none, none)
    apply: Any = FixedCurve.apply
    for which in (PLUS, MINUS):
        v_in = volts(-0.06, -0.01, 0.03).requires_grad_()
        found = apply(v_in, tangents.of(which))
        found.sum().backward()
        ours = v_in.grad.clone()
        v_in.grad = None
        expected = by_formula(which, v_in, none[0], none[0])
        expected.sum().backward()
        assert torch.allclose(found, expected, rtol=0, atol=1e-14)
        assert torch.allclose(ours, v_in.grad, rtol=1e-10)


def test_single_precision_is_good_to_microvolts(pair, loaded):
    v_in, g, emf = loaded
    exact = bank(v_in, pair.tangents(g.expand(2, 3), emf.expand(2, 3)).of(PLUS))[0]
    single = CurvePair(curves(), torch.float32)
    tangents = single.tangents(g.float().expand(2, 3), emf.float().expand(2, 3)).of(PLUS)
    assert torch.allclose(bank(v_in.float(), tangents)[0].double(), exact, rtol=0, atol=5e-6)
