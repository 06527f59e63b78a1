"""Curve networks learn the loaded inverter from its table, in seconds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from imnnc.passes.fit_vtc import FitVtc
from imnnc.physics.curve import CurvePair
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.shipped import shipped_curve
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import CurveNetwork, VtcModel
from tests.support.measured import LARGEST_LOAD_SIEMENS, curves, inverter, table, volts

SCALES = curve_scales(table(), LARGEST_LOAD_SIEMENS)


def quick(seed: int, rounds: int = 1) -> CurveNetwork:
    with one_thread():
        return fit_curve(table(), SCALES, hidden=3, terms=2, rounds=rounds, seed=seed)


@pytest.fixture(scope="module")
def first() -> CurveNetwork:
    return quick(1)


def weights(network: CurveNetwork) -> list[bytes]:
    return [
        array.tobytes()
        for array in (
            network.hidden_weight,
            network.hidden_bias,
            network.output_weight,
            network.output_bias,
        )
    ]


def test_the_scales_are_those_of_the_inverter():
    step = 1e-5
    slope = inverter().output_current(volts(0.0), volts(-step, step)).diff() / (2 * step)
    assert pytest.approx(-float(slope), rel=1e-3) == SCALES.g_mid_siemens
    full_on = float(inverter().output_current(volts(-0.25), volts(0.0)))
    assert pytest.approx(full_on / 0.25, rel=1e-12) == SCALES.g_on_siemens


def test_a_small_network_is_within_a_millivolt_after_one_round():
    for network in (curves().minus, curves().plus):
        assert network.rms_error_volts < 0.6e-3
        assert network.max_error_volts < 4e-3


def test_the_errors_kept_with_a_network_hold_on_loads_of_ones_own_choice():
    random = np.random.default_rng(12)
    v_in, emf = torch.from_numpy(random.uniform(-0.25, 0.25, (2, 5000)))
    g = torch.from_numpy(random.uniform(0, LARGEST_LOAD_SIEMENS, 5000))
    network = curves().minus
    k = CurvePair(VtcModel("tt", network, network), torch.float64).coefficients(
        g.expand(2, -1), emf.expand(2, -1)
    )
    found = (k.a[1] * torch.tanh(k.b[1] * v_in[:, None] + k.o[1])).sum(1) + k.c[1]
    error = found - inverter().loaded_output(v_in, g, emf)
    assert float(error.square().mean().sqrt()) < 1.5 * network.rms_error_volts
    assert float(error.abs().max()) < 1.5 * network.max_error_volts


def test_a_seed_gives_the_same_weights_bit_for_bit(first):
    assert weights(quick(1)) == weights(first)
    assert weights(quick(2)) != weights(first)


def test_a_start_of_about_the_same_loads_is_fitted_further():
    with one_thread():
        start = shipped_curve(table(), FitVtc(LARGEST_LOAD_SIEMENS).of("minus"))
        scales = curve_scales(table(), 3e-6)
        found = fit_curve(table(), scales, hidden=3, terms=2, rounds=1, seed=2, start=start)
    assert found.terms == 5
    assert found.scales.g_max_siemens == 3e-6
    assert found.rms_error_volts < 0.15e-3
    assert found.max_error_volts < 1e-3


def test_a_start_that_leads_nowhere_counts_for_nothing(first):
    with one_thread():
        found = fit_curve(table(), SCALES, hidden=3, terms=2, rounds=1, seed=1, start=first)
    assert weights(found) == weights(first)


def test_further_rounds_never_end_worse(first):
    assert quick(1, rounds=2).rms_error_volts <= first.rms_error_volts


def test_the_shapes_are_those_asked_for(first):
    assert first.terms == 2
    assert first.hidden_weight.shape == (2, 3)
    assert first.output_weight.shape == (3, 7)
