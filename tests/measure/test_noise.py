"""Decisions that thermal noise leaves open, and how many samples are looked at."""

from __future__ import annotations

import json

import numpy as np

from imnnc.measure.noise import OPEN_SIGMAS, open_to_noise


def test_a_decision_is_open_where_its_lead_is_within_two_deviations_of_the_difference():
    readout = np.array([[0.10, 0.09, 0.0], [0.10, 0.0, 0.09], [0.10, 0.0, 0.0]])
    sigma = 4e-3
    apart = np.tile(np.eye(3) * sigma**2, (3, 1, 1))
    assert OPEN_SIGMAS * np.sqrt(2) * sigma > 0.01
    assert open_to_noise(readout, apart).tolist() == [True, True, False]
    # What moves all outputs alike decides nothing.
    alike = np.full((3, 3, 3), 0.99 * sigma**2) + 0.01 * apart
    assert not open_to_noise(readout, alike).any()


def test_one_output_decides_nothing():
    assert not open_to_noise(np.zeros((4, 1)), np.ones((4, 1, 1))).any()


def test_a_verification_says_what_noise_does(points):
    found = json.loads((points.out / "verify.json").read_text())
    noise = found["thermal_noise_v"]
    assert noise["samples"] == found["samples"] == 6
    assert 1e-4 < noise["rms"] < noise["max"] < 0.1
    assert 0 <= noise["open_decisions"] <= 6
    assert all("thermal_noise_v" not in corner for corner in found["corners"])
    assert "Thermal noise" in (points.out / "report.html").read_text()
