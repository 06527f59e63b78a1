"""The curve of a loaded inverter, its limits and its derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from imnnc.physics.curve import CurvePair, FixedCurve, NeuronBank
from tests.physics.measured import (
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
    """V_out (n,) of V+ or V-, one load each, by what the class says of the coefficients."""
    k = pair.coefficients(g.expand(2, -1), emf.expand(2, -1))
    bent = torch.tanh(k.b[which] * v_in[:, None] + k.o[which])
    return (k.a[which] * bent).sum(1) + k.c[which]


def neurons(pair: CurvePair, net: Tensor, g: Tensor, emf: Tensor) -> Tensor:
    """V+ then V- (2 M, B) of neurons on columns (M, B), with loads (2, M)."""
    rows = []
    for j in range(len(net)):
        load = g[:, j : j + 1], emf[:, j : j + 1]
        minus = curve(pair, MINUS, net[j], load[0][MINUS], load[1][MINUS])
        rows.append((curve(pair, PLUS, minus, load[0][PLUS], load[1][PLUS]), minus))
    return torch.stack([row[PLUS] for row in rows] + [row[MINUS] for row in rows])


def bank(pair: CurvePair, net: Tensor, g: Tensor, emf: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    with torch.no_grad():
        tangents = pair.tangents(g, emf)
    apply: Any = NeuronBank.apply
    found: tuple[Tensor, Tensor, Tensor] = apply(net, g, emf, tangents)
    return found


@pytest.fixture
def loaded() -> tuple[Tensor, Tensor, Tensor]:
    """Three neurons at four column voltages: net (3, 4), g and emf (2, 3)."""
    random = np.random.default_rng(5)
    net = torch.from_numpy(random.uniform(-0.1, 0.1, (3, 4)))
    g = torch.from_numpy(random.uniform(0.1, 0.9, (2, 3)) * LARGEST_LOAD_SIEMENS)
    emf = torch.from_numpy(random.uniform(-0.1, 0.1, (2, 3)))
    return net, g, emf


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_curves_are_those_of_the_inverter(pair, which):
    random = np.random.default_rng(6)
    v_in, emf = torch.from_numpy(random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (2, 1000)))
    g = torch.from_numpy(random.uniform(0, LARGEST_LOAD_SIEMENS, 1000))
    error = curve(pair, which, v_in, g, emf) - inverter().loaded_output(v_in, g, emf)
    assert float(error.square().mean().sqrt()) < 1e-3
    assert float(error.abs().max()) < 5e-3


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_without_a_load_its_voltage_hardly_counts(pair, which):
    v_in, none = volts(-0.05, 0.0, 0.05), volts(0.0)
    low, high = (curve(pair, which, v_in, none, volts(emf)) for emf in (-0.2, 0.2))
    assert torch.allclose(low, high, atol=2e-3)


@pytest.mark.parametrize("which", [PLUS, MINUS])
def test_a_load_that_swamps_the_inverter_sets_the_output(pair, which):
    swamped = curve(pair, which, volts(-0.25, 0.0, 0.25), volts(1e3), volts(0.1))
    assert torch.allclose(swamped, volts(0.1), atol=1e-4)


def test_a_bank_of_neurons_answers_as_their_curves_do(pair, loaded):
    assert torch.allclose(bank(pair, *loaded)[0], neurons(pair, *loaded), rtol=0, atol=1e-14)


def test_the_slopes_of_a_bank_are_those_of_finite_differences(pair, loaded):
    net, g, emf = loaded
    _, slopes, through = bank(pair, *loaded)
    step = 1e-6
    for which in (PLUS, MINUS):
        moved = torch.zeros_like(emf)
        moved[which] = step
        rise = neurons(pair, net, g, emf + moved) - neurons(pair, net, g, emf - moved)
        plus, minus = (rise / (2 * step)).chunk(2)
        own = slopes.chunk(2)[which]
        assert torch.allclose(own, (plus, minus)[which], rtol=1e-6, atol=1e-8)
        if which == MINUS:
            assert torch.allclose(through, plus, rtol=1e-6, atol=1e-8)
        else:
            assert torch.equal(minus, torch.zeros_like(minus))  # V- does not hear V+'s load


def test_a_bank_differentiates_as_autograd_through_its_formula(pair, loaded):
    weights = torch.from_numpy(np.random.default_rng(8).normal(size=(6, 4)))
    found, expected = [], []
    for results, function in ((found, lambda *x: bank(pair, *x)[0]), (expected, None)):
        leaves = [x.clone().requires_grad_() for x in loaded]
        outputs = neurons(pair, *leaves) if function is None else function(*leaves)
        (outputs * weights).sum().backward()
        results += [leaf.grad for leaf in leaves]
    for ours, autograd in zip(found, expected, strict=True):
        assert torch.allclose(ours, autograd, rtol=1e-9, atol=1e-9 * float(autograd.abs().max()))


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
        expected = curve(pair, which, v_in, none[0], none[0])
        expected.sum().backward()
        assert torch.allclose(found, expected, rtol=0, atol=1e-14)
        assert torch.allclose(ours, v_in.grad, rtol=1e-10)


def test_single_precision_is_good_to_microvolts(pair, loaded):
    single = CurvePair(curves(), torch.float32)
    ours = bank(single, *(x.float() for x in loaded))[0].double()
    assert torch.allclose(ours, bank(pair, *loaded)[0], rtol=0, atol=5e-6)
