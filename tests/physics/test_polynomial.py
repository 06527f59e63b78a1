from dataclasses import replace

import numpy as np
import pytest

from imnnc.physics.polynomial import LARGEST_DEGREE, fit_polynomials
from imnnc.simulate.characterize import characterize
from tests.support.networks import technology


@pytest.fixture(scope="module")
def measured():
    return characterize(technology(), timeout_seconds=100)


def test_the_currents_of_the_built_in_technology_are_within_a_part_in_ten_thousand(measured):
    fit = fit_polynomials(measured)
    assert fit.error_amperes < 1e-4 * abs(measured.output_amperes).max()
    axis = np.linspace(measured.low_volts, measured.high_volts, len(measured.output_amperes))
    v_in, v_out = np.meshgrid(axis, axis, indexing="ij")
    errors = fit.output(v_in, v_out) - measured.output_amperes
    assert abs(errors).max() <= fit.error_amperes * 1.01


def test_currents_and_the_unloaded_output_are_both_close(measured):
    fit = fit_polynomials(measured)
    assert fit.terms == 21
    assert 0 < fit.error_volts < 2e-5
    axis = np.linspace(measured.low_volts, measured.high_volts, len(measured.output_amperes))
    errors = []
    for v_in, row in zip(axis, measured.output_amperes, strict=True):
        if abs(v_in) <= measured.supply_volts:
            found = fit.output(np.full_like(axis, v_in), axis)
            errors.append(np.interp(0, -found, axis) - np.interp(0, -row, axis))
    assert max(map(abs, errors)) == pytest.approx(fit.error_volts, rel=1e-3)


def test_a_bend_in_a_corner_of_the_table_does_not_ask_for_more_terms(measured):
    bent = measured.output_amperes.copy()
    bent[-1, -1] *= 1.001
    fit = fit_polynomials(replace(measured, output_amperes=bent))
    assert fit.terms == 33
    assert fit.error_volts < 2e-5


def test_a_sharp_inverter_gets_the_terms_that_its_output_needs(measured):
    # A tenth of the conductance at the output makes ten times the gain.
    axis = np.linspace(-1, 1, len(measured.output_amperes))
    v_in, v_out = np.meshgrid(axis, axis, indexing="ij")
    fits = [
        fit_polynomials(replace(measured, output_amperes=-1e-5 * np.tanh(5 * v_in) - g * v_out))
        for g in (1e-5, 1e-6)
    ]
    assert fits[1].terms > fits[0].terms
    assert fits[1].error_volts < 2e-5


def test_a_fit_stops_at_the_largest_degree_and_says_how_good_it_is(measured):
    steps = np.sign(measured.output_amperes) * abs(measured.output_amperes).max()
    fit = fit_polynomials(replace(measured, output_amperes=steps))
    assert fit.terms == LARGEST_DEGREE + 1
    assert fit.error_amperes > 0.1 * abs(steps).max()


def test_what_the_table_says_within_noise_does_not_count(measured):
    noise = np.random.default_rng(1).normal(0, 1e-22, measured.output_amperes.shape)
    other = fit_polynomials(replace(measured, output_amperes=measured.output_amperes + noise))
    np.testing.assert_array_equal(other.output_amperes, fit_polynomials(measured).output_amperes)
