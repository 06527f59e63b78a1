"""The measures of a verification, on waveforms whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.measure.figures import (
    EDGE_SECONDS,
    LEAD_SECONDS,
    LEAST_HOLD_SECONDS,
    Settling,
    accuracy,
    energy,
    error_figures,
    settling,
    step_waveform,
    stream_waveform,
    target_mse,
)

MIDDLE = LEAD_SECONDS + EDGE_SECONDS / 2


def test_errors_are_predicted_minus_simulated():
    figures = error_figures(np.array([[0.1, 0.2]]), np.array([[0.1, 0.23]]))
    assert figures.rms == pytest.approx(0.03 / np.sqrt(2))
    assert figures.mean_abs == pytest.approx(0.015)
    assert figures.max == pytest.approx(0.03)


def test_decisions_are_the_highest_outputs():
    predicted = np.array([[0.1, 0.2], [0.3, 0.1], [0.0, 0.1], [0.2, 0.1]])
    simulated = np.array([[0.1, 0.2], [0.3, 0.1], [0.2, 0.1], [0.1, 0.2]])
    found = accuracy(predicted, simulated, np.array([1, 1, 1, 1]))
    assert (found.predicted, found.simulated, found.agreement) == (0.5, 0.5, 0.5)


def test_a_regression_is_judged_by_its_mean_square_error():
    assert target_mse(np.array([[0.1], [0.3]]), np.array([[0.0], [0.1]])) == pytest.approx(0.025)


def test_an_input_rests_then_steps_within_20_ps():
    times, values = step_waveform(-0.1, 0.2)
    assert values.tolist() == [-0.1, -0.1, 0.2]
    assert np.diff(times).tolist() == pytest.approx([20e-12, 20e-12])


def test_a_stream_has_each_level_for_one_hold():
    times, values = stream_waveform(np.array([0.1, -0.2, 0.3]), 1e-9)
    assert values.tolist() == [0.1, 0.1, -0.2, -0.2, 0.3]
    assert times.tolist() == pytest.approx([0, 20e-12, 40e-12, 1.02e-9, 1.04e-9])


@pytest.mark.parametrize("count", [2, 50])
def test_a_stream_can_be_held_no_shorter_than_its_edges_take(count):
    times, _ = stream_waveform(np.zeros(count), LEAST_HOLD_SECONDS)
    assert (np.diff(times) > 0).all()


def relaxation(tau: float, stop: float, swing: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """An output that relaxes by `swing` from the middle of the edge on."""
    times = np.concatenate([[0.0], np.linspace(LEAD_SECONDS, stop, 4001)])
    after = np.clip(times - MIDDLE, 0, None)
    return times, (swing * (1 - np.exp(-after / tau)))[:, None]


@settings(deadline=None, derandomize=True, max_examples=30)
@given(tau=st.floats(1e-11, 1e-9), swing=st.floats(0.05, 0.25), sign=st.sampled_from([-1, 1]))
def test_a_relaxation_settles_after_the_logarithm_of_ten(tau, swing, sign):
    times, values = relaxation(tau, 10 * tau + MIDDLE, sign * swing)
    found = settling(times, values, np.array([sign * swing]))
    assert found.complete
    assert found.delay_seconds == pytest.approx(np.log(10) * tau, rel=1e-3)


def test_coarse_times_do_not_delay_a_settling():
    times = np.array([0.0, 1.0, 2.0]) * 1e-9 + MIDDLE
    values = np.array([[0.0], [0.0], [0.1]])
    # From 0 to 0.1 V in a nanosecond: 0.09 V is reached at nine tenths of it.
    assert settling(times, values, np.array([0.1])).delay_seconds == pytest.approx(1.9e-9)


def test_the_slowest_output_counts_and_only_the_last_entry():
    times = np.linspace(0, 1e-9, 101)
    fast = np.where(times > 0.2e-9, 0.1, 0.0)
    ringing = np.where(times > 0.2e-9, 0.1, 0.0) + np.where(np.abs(times - 0.5e-9) < 5e-12, 0.1, 0)
    alone = settling(times, fast[:, None], np.array([0.1]))
    both = settling(times, np.stack([fast, ringing], 1), np.array([0.1, 0.1]))
    assert alone.delay_seconds == pytest.approx(0.2e-9 - MIDDLE, abs=1e-11)
    assert both.delay_seconds == pytest.approx(0.5e-9 - MIDDLE, abs=1e-11)


def test_an_output_that_stays_where_it_was_has_no_delay():
    times, _ = relaxation(1e-10, 1e-9)
    assert settling(times, np.full((len(times), 1), 0.1), np.array([0.1])) == Settling(0.0, True)


def test_a_glitch_below_a_millivolt_of_an_output_without_a_swing_does_not_count():
    times = np.linspace(0, 1e-9, 11)
    values = np.full((11, 1), 0.1)
    values[5] += 0.9e-3
    assert settling(times, values, np.array([0.1])).delay_seconds == 0.0
    values[5] += 0.2e-3
    assert settling(times, values, np.array([0.1])).delay_seconds > 0.0


def test_an_output_still_outside_at_the_end_is_not_complete():
    times, values = relaxation(1e-9, 1e-9)
    assert not settling(times, values, np.array([0.2])).complete


def test_nor_is_one_that_came_in_just_before_the_end():
    times, values = relaxation(1e-9, 2.6e-9)
    assert not settling(times, values, np.array([0.2])).complete


def test_energy_is_power_times_time():
    times = np.linspace(0, 1e-9, 7)
    assert energy(times, np.full(7, 2e-6), 0.2e-9, 0.5e-9) == pytest.approx(1e-15)


def test_energy_integrates_an_exponential():
    times = np.linspace(0, 5e-9, 5001)
    watts = 1e-6 * np.exp(-times / 1e-9)
    expected = 1e-15 * (np.exp(-0.5) - np.exp(-2.5))
    assert energy(times, watts, 0.5e-9, 2e-9) == pytest.approx(expected, rel=1e-6)


def test_the_window_begins_and_ends_between_time_points():
    times, watts = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    assert energy(times, watts, 0.5, 1.0) == pytest.approx(0.75)
