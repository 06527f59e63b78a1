"""Shipped curves are those of the fit, and are taken for nothing that they were not fitted to."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from imnnc.passes.fit_vtc import MAX_LIMIT, FitVtc
from imnnc.passes.ship_curves import fits_of
from imnnc.physics.curve_fit import errors_at_few
from imnnc.physics.shipped import nearest_curve, path_of, shipped_curve, text_of
from tests.support.measured import LARGEST_LOAD_SIEMENS, SUPPLY_VOLTS, table
from tests.support.networks import technology

FIT = FitVtc(LARGEST_LOAD_SIEMENS).of("minus")


@pytest.mark.parametrize("corner", technology().corners)
def test_they_are_as_near_to_the_table_as_the_fit_said(corner):
    fits = [fit for of, fit in fits_of(technology()) if of == corner]
    assert len(fits) >= 4
    for fit in fits:
        network = shipped_curve(table(corner), fit)
        assert network is not None, "`python -m imnnc.passes.ship_curves` fits it anew"
        # Those of the fit are of other loads, ten times as many.
        rms, worst = errors_at_few(table(corner), network)
        assert rms == pytest.approx(network.rms_error_volts, rel=0.1)
        assert worst < MAX_LIMIT * SUPPLY_VOLTS
        assert network.scales.g_max_siemens == fit.g_max_siemens


@pytest.mark.parametrize(
    "changes",
    [
        {"g_max_siemens": 5e-6},
        {"hidden": 32},
        {"terms": 6},
        {"rounds": 16},
        {"seed": 4},
        {"version": FIT.version + 1},
    ],
)
def test_another_fit_is_not_theirs(changes):
    assert shipped_curve(table(), FIT) is not None
    assert shipped_curve(table(), replace(FIT, **changes)) is None


def test_another_inverter_is_not_theirs():
    known = table()
    for other in (
        replace(known, output_amperes=known.output_amperes * 1.0001),
        replace(known, corner="ff"),
        replace(known, temperature_celsius=28.0),
        replace(known, technology="lvt91"),
    ):
        assert shipped_curve(other, FIT) is None


def test_the_last_digits_of_a_current_do_not_count():
    random = np.random.default_rng(1)
    noise = 1 + 1e-14 * random.standard_normal(table().output_amperes.shape)
    other = replace(table(), output_amperes=table().output_amperes * noise)
    known, found = (shipped_curve(x, FIT) for x in (table(), other))
    assert known is not None
    assert found is not None
    assert np.array_equal(found.output_weight, known.output_weight)


def test_they_are_kept_to_the_last_digit():
    network = shipped_curve(table(), FIT)
    assert network is not None
    (written,) = json.loads(text_of([(table(), FIT, network)]))
    kept = json.loads(path_of("lvt90").read_text(encoding="utf-8"))
    (same,) = (x for x in kept if x["fit"] == written["fit"])
    assert {**written, "errors_volts": None} == {**same, "errors_volts": None}


@pytest.mark.parametrize(
    ("corner", "siemens", "nearest"),
    [("tt", 1.5e-6, 1e-6), ("tt", 1e-3, 6.4e-5), ("ff", 1e-3, 1.6e-5)],
)
def test_a_fit_begins_with_the_nearest(corner, siemens, nearest):
    other = replace(table(corner), supply_volts=0.3, temperature_celsius=85.0)
    network = nearest_curve(other, FitVtc(siemens).of("plus"))
    known = shipped_curve(table(corner), FitVtc(nearest).of("plus"))
    assert network is not None
    assert known is not None
    assert np.array_equal(network.output_weight, known.output_weight)


def test_nothing_is_gained_from_another_size_another_corner_or_a_far_supply():
    assert nearest_curve(table(), replace(FIT, hidden=32)) is None
    assert nearest_curve(replace(table(), corner="leaky"), FIT) is None
    assert nearest_curve(replace(table(), supply_volts=0.35), FIT) is None
