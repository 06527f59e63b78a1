"""Programming by pulses: what a pulse does, what is guessed, what is reached, what fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.physics.chips import Spread, draw
from imnnc.physics.pulse_plan import first_guess
from imnnc.physics.write_verify import Written, write_verify
from imnnc.pulses import PulsePlan
from tests.support import networks
from tests.support.pulses import HIGH, LOW, SPAN, cells, column, plan

RANDOM = cells(np.random.default_rng(1).uniform(LOW, HIGH, (2, 40, 10)))


def written(of: PulsePlan, program=RANDOM) -> Written:
    (found,) = write_verify(of, program)
    return found


def pulsed(counts: int, **device: object) -> float:
    """What a cell conducts after so many set pulses; all are its first guess."""
    # A target that no cell reaches, with no tries.
    of = plan(spec={"first_guess": 1.0, "most_tries": 0, "tolerance": 1e-4}, device=device)
    targets = np.linspace(LOW, HIGH, 20_001)
    guess = first_guess(of, targets)
    return float(written(of, column([targets[np.argmax(guess == counts)]])).siemens[0])


@pytest.mark.parametrize("saturation", [0.0, 0.5, 0.8, 1.0])
def test_a_step_falls_linearly_to_the_far_end_of_the_range(saturation):
    siemens = LOW
    for count in range(1, 8):
        siemens += 2e-8 * (1 - saturation * (siemens - LOW) / SPAN)
        found = pulsed(count, set_saturation=saturation)
        assert found == pytest.approx(siemens, rel=1e-12)


def test_the_steps_are_those_of_the_exponential_curves_of_neurosim():
    """B (1 - exp(-p / A)) from the least conductance on, B such that 40 pulses go all the way."""
    pulses, a = 40, 15.0
    b = SPAN / (1 - np.exp(-pulses / a))
    step, saturation = b * (1 - np.exp(-1 / a)), 1 - np.exp(-pulses / a)
    for count in (1, 5, 17, 39):
        found = pulsed(count, set_step_siemens=step, set_saturation=saturation)
        assert found == pytest.approx(LOW + b * (1 - np.exp(-count / a)), rel=1e-12)


def test_the_step_of_a_reset_pulse_falls_from_the_largest_conductance_on():
    """A set pulse of half the range overshoots, and a reset pulse follows."""
    of = plan(
        spec={"first_guess": 1.0, "most_tries": 2, "tolerance": 1e-4},
        device={"set_step_siemens": SPAN / 2, "set_saturation": 0.0},
    )
    found = written(of, column([LOW + SPAN / 4]))
    assert found.siemens[0] == pytest.approx(LOW + SPAN / 2 - 2e-8 * (1 - 0.8 / 2), rel=1e-12)
    assert (found.pulses[0], found.reads[0], found.failed[0]) == (2, 3, True)


@given(
    saturation=st.floats(0, 1),
    step=st.floats(1e-3, 1),
    tolerance=st.floats(1e-3, 0.2),
    target=st.floats(LOW, HIGH),
)
def test_the_whole_first_guess_is_one_pulse_short_of_the_tolerance(
    saturation, step, tolerance, target
):
    of = plan(
        spec={"first_guess": 1.0, "most_tries": 0, "tolerance": tolerance},
        device={"set_step_siemens": step * SPAN, "set_saturation": saturation},
    )
    guess = first_guess(of, np.array([target]))
    share = max(0.0, (target * (1 - tolerance) - LOW) / SPAN)

    def after(count: int) -> float:
        falls = (1 - saturation * step) ** count
        return count * step if saturation * step < 1e-9 else (1 - falls) / saturation

    assert after(int(guess[0])) <= share + 1e-6
    assert after(int(guess[0]) + 1) >= share - 1e-6


def test_more_conductance_takes_more_pulses_and_a_smaller_guess_fewer():
    targets = np.linspace(LOW, HIGH, 50)
    counts = [first_guess(plan(spec={"first_guess": x}), targets) for x in (0.0, 0.5, 1.0)]
    assert not counts[0].any()
    assert (np.diff(counts[2]) >= 0).all()
    assert (counts[1] <= counts[2]).all()
    assert counts[2][-1] > 40


@given(
    share=st.floats(0.05, 1),
    saturations=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    guess=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_every_cell_gets_there_where_no_step_can_jump_over_the_tolerance(
    share, saturations, guess, seed
):
    tolerance = 0.02
    step = share * 2 * tolerance * LOW
    of = plan(
        spec={"first_guess": guess, "most_tries": 10_000, "tolerance": tolerance},
        device={
            "set_step_siemens": step,
            "reset_step_siemens": step,
            "set_saturation": saturations[0],
            "reset_saturation": saturations[1],
        },
        high_siemens=2 * LOW,
    )
    targets = np.random.default_rng(seed).uniform(LOW, 2 * LOW, (2, 3, 2))
    found = written(of, cells(targets))
    assert not found.failed.any()
    assert (np.abs(found.siemens / found.targets - 1) <= tolerance).all()


@given(
    step=st.floats(0.02, 0.3),
    tolerance=st.floats(1e-3, 0.05),
    guess=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_a_cell_fails_where_no_number_of_equal_steps_ends_within_the_tolerance(
    step, tolerance, guess, seed
):
    of = plan(
        spec={"first_guess": guess, "most_tries": 300, "tolerance": tolerance},
        device={
            "set_step_siemens": step * SPAN,
            "reset_step_siemens": step * SPAN,
            "set_saturation": 0.0,
            "reset_saturation": 0.0,
        },
    )
    most = HIGH - step * SPAN  # nearer to the end, steps are cut short there
    found = written(of, cells(np.random.default_rng(seed).uniform(LOW, most, (2, 6, 3))))
    places = LOW + step * SPAN * np.arange(int(1 / step) + 1)
    misses = np.abs(places[:, None] / found.targets - 1).min(0)
    clear = np.abs(misses / tolerance - 1) > 1e-9
    np.testing.assert_array_equal(found.failed[clear], (misses > tolerance)[clear])


@given(noise=st.floats(0, 10), seed=st.integers(0, 1000), saturation=st.floats(0, 1))
def test_no_pulse_leaves_the_range_however_noisy_it_is(noise, seed, saturation):
    of = plan(
        spec={"seed": seed, "most_tries": 30},
        device={"cycle_to_cycle": noise, "device_to_device": noise, "set_saturation": saturation},
        read_noise=0.5,
    )
    found = written(of, cells(np.random.default_rng(seed).uniform(LOW, HIGH, (2, 4, 3))))
    assert found.siemens.min() >= LOW
    assert found.siemens.max() <= HIGH


NOISY = {"cycle_to_cycle": 0.3, "device_to_device": 0.3}


def test_with_more_tries_the_same_cells_and_fewer_fail():
    few, more = (written(plan(spec={"most_tries": x}, device=NOISY)) for x in (4, 12))
    assert few.failed.sum() > more.failed.sum() > 0
    assert (few.failed | ~more.failed).all()
    np.testing.assert_array_equal(few.siemens[~few.failed], more.siemens[~few.failed])


def test_a_cell_that_is_done_is_within_the_tolerance_by_its_last_read():
    found = written(plan(device=NOISY, read_noise=0.01))
    off = np.abs(found.read / found.targets - 1)
    np.testing.assert_array_equal(off > 0.01, found.failed)
    # What it conducts is another matter where reads are noisy.
    assert np.abs(found.siemens / found.targets - 1)[~found.failed].max() > 0.02


def test_pulses_are_those_of_the_first_guess_and_one_after_each_read_but_the_last():
    of = plan(device=NOISY)
    found = written(of)
    np.testing.assert_array_equal(found.pulses, first_guess(of, found.targets) + found.reads - 1)


def test_cells_that_a_chip_of_the_same_seed_has_stuck_are_stuck():
    program = networks.program(networks.network([20, 10, 4]))
    shares = {"stuck_low": 0.03, "stuck_high": 0.05}
    spread = Spread(**shares, low_siemens=LOW, high_siemens=HIGH)
    of = plan(spec={"seed": 7}, device=NOISY, **shares)
    chip = draw(program.parameters(), spread, 7, 3)
    for layer, found in zip(chip.parameters.layers, write_verify(of, program, 3), strict=True):
        siemens = np.stack([layer.g_plus_siemens, layer.g_minus_siemens])
        stuck = siemens[tuple(found.places.T)] != found.targets
        assert 0 < stuck.sum() < 0.2 * len(stuck)
        # A cell that is to be where it is stuck does not differ on the chip.
        np.testing.assert_array_equal(
            found.stuck & (siemens[tuple(found.places.T)] == found.siemens), found.stuck
        )
        assert not (stuck & ~found.stuck).any()
        assert (found.failed[stuck & (np.abs(found.siemens / found.targets - 1) > 0.01)]).all()


def test_a_crossbar_is_programmed_alike_whatever_others_there_are():
    whole = networks.program(networks.network([5, 4, 3]))
    first = replace(
        whole,
        crossbars=whole.crossbars[:1],
        size_minus=whole.size_minus[:1],
        size_plus=whole.size_plus[:1],
    )
    of = plan(device=NOISY)
    one, *_ = write_verify(of, whole)
    np.testing.assert_array_equal(one.siemens, written(of, first).siemens)
    other, *_ = write_verify(of, whole, 1)
    assert (one.siemens != other.siemens).any()


def test_cells_that_are_not_formed_get_no_pulse():
    formed = np.random.default_rng(2).random((2, 40, 10)) < 0.3
    crossbar = replace(RANDOM.crossbars[0], formed_plus=formed[0], formed_minus=formed[1])
    found = written(plan(device=NOISY), replace(RANDOM, crossbars=(crossbar,)))
    np.testing.assert_array_equal(found.places, np.argwhere(formed))


def test_the_energy_of_a_pulse_is_that_of_a_resistor():
    of = plan(
        spec={"first_guess": 1.0, "most_tries": 0},
        device={"set_volts": 1.5, "reset_volts": 2.0, "width_seconds": 1e-7},
    )
    (target,) = [LOW + 3e-8]
    found = written(of, column([target]))
    assert found.pulses[0] == 1
    assert found.joules[0] == pytest.approx(1.5**2 * (LOW + 1e-8) * 1e-7)
    assert written(plan()).joules is None
