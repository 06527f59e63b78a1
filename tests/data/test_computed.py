import numpy as np
import pytest

from imnnc.data.computed import (
    COMPUTED,
    blackscholes,
    fft,
    inversek2j,
    kmeans,
    option_price,
    sobel,
    sobel_gradient,
)
from tests.support.builders import load

# The lowest and the highest target of each output among many samples, to the nearest tenth.
TARGET_REACH = {
    "inversek2j": ([0, 0], [1, 1]),
    "fft": ([0, 0], [1, 0.5]),  # half a turn: the sine is never positive
    "kmeans": ([0], [0.9]),  # black against white is rare
    "sobel": ([0], [1]),
    "blackscholes": ([0], [0.9]),  # few options are as high as they can be all at once
}


def generate(name, seed=1, count=20_000):
    return COMPUTED[name].generate(np.random.default_rng(seed), count)


def price(spot, strike, rate, volatility, years, put):
    columns = (np.array([float(value)]) for value in (spot, strike, rate, volatility, years))
    return option_price(*columns, np.array([put]))[0]


def test_forward_kinematics_of_the_angles_reach_the_tip():
    inputs, targets = inversek2j(np.random.default_rng(7), 5000)
    x, y = inputs[:, 0] * 1.5 - 0.5, inputs[:, 1]
    theta1, theta2 = targets.T * np.pi / 2
    np.testing.assert_allclose(0.5 * np.cos(theta1) + 0.5 * np.cos(theta1 + theta2), x, atol=1e-12)
    np.testing.assert_allclose(0.5 * np.sin(theta1) + 0.5 * np.sin(theta1 + theta2), y, atol=1e-12)


def test_twiddle_factors_go_clockwise_round_the_lower_half_of_the_unit_circle():
    inputs, targets = fft(np.random.default_rng(7), 5000)
    factor = (2 * targets - 1) @ [1, 1j]
    np.testing.assert_allclose(abs(factor), 1, atol=1e-12)
    np.testing.assert_allclose(np.angle(factor), -np.pi * inputs[:, 0], atol=1e-12)


def test_the_distance_of_two_colours_is_euclidean_and_the_diagonal_is_one():
    inputs, targets = kmeans(np.random.default_rng(7), 5000)
    squares = sum((inputs[:, colour] - inputs[:, colour + 3]) ** 2 for colour in range(3))
    np.testing.assert_allclose(targets[:, 0], np.sqrt(squares / 3), atol=1e-12)


@pytest.mark.parametrize(
    ("window", "gradient"),
    [
        ([0.7] * 9, 0),
        ([0, 0, 1] * 3, 1),  # 4, held at 1
        ([0] * 6 + [0.1] * 3, 0.4),
        ([0.1, 0, 0] * 3, 0.4),
        ([0, 0, 0, 0, 1, 0, 0, 0, 0], 0),  # the middle has no part in it
        ([0, 0, 0, 0, 0, 0, 0, 0, 0.1], np.sqrt(0.02)),
        ([0, 0.1, 0, 0, 0, 0.1, 0, 0, 0], np.sqrt(0.08)),
    ],
)
def test_the_gradient_of_a_window(window, gradient):
    found = sobel_gradient(np.array([window, window], float))
    np.testing.assert_allclose(found, [[gradient], [gradient]], atol=1e-12)


def test_windows_are_of_pictures_where_neighbours_are_alike_and_edges_the_exception():
    pixels, gradient = sobel(np.random.default_rng(7), 20_000)
    np.testing.assert_array_equal(gradient, sobel_gradient(pixels))
    assert np.corrcoef(pixels[:, 3], pixels[:, 4])[0, 1] > 0.9
    assert np.median(gradient) < 0.1
    assert 0.02 < (gradient == 1).mean() < 0.2


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        # Hull's example: 42 N(0.7693) - 40 exp(-0.05) N(0.6278), and the put at parity with it.
        ((42, 40, 0.10, 0.20, 0.50, 0), 4.7594),
        ((42, 40, 0.10, 0.20, 0.50, 1), 0.8086),
        # Reference prices that PARSEC gives with its options.
        ((100, 100, 0.05, 0.15, 1.00, 1), 3.7146),
        ((60, 65, 0.08, 0.30, 0.25, 0), 2.1334),
        ((100, 110, 0.10, 0.50, 1.00, 0), 19.9299),
    ],
)
def test_the_price_of_an_option(option, expected):
    assert price(*option) == pytest.approx(expected, abs=5e-5)


def test_calls_and_puts_are_at_parity_over_the_whole_of_the_ranges():
    inputs, targets = blackscholes(np.random.default_rng(7), 5000)
    put = inputs[:, 5].astype(int)
    assert set(put) == {0, 1}
    spot, strike = 40 + 80 * inputs[:, 0], 40 + 80 * inputs[:, 1]
    rate, volatility = 0.0275 + 0.0725 * inputs[:, 2], 0.05 + 0.6 * inputs[:, 3]
    years = 0.1 + 0.9 * inputs[:, 4]
    other = option_price(spot, strike, rate, volatility, years, 1 - put)
    call_less_put = (1 - 2 * put) * (85 * targets[:, 0] - other)
    np.testing.assert_allclose(call_less_put, spot - strike * np.exp(-rate * years), atol=1e-9)


def test_the_dearest_option_of_the_ranges_is_just_below_one():
    assert 0.98 < price(120, 40, 0.1, 0.65, 1, 0) / 85 < 1
    assert price(40, 120, 0.0275, 0.65, 0.1, 1) < price(120, 40, 0.1, 0.65, 1, 0)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_inputs_fill_zero_to_one_and_targets_do_not_leave_it(name):
    inputs, targets = generate(name)
    assert inputs.dtype == targets.dtype == np.float64
    assert len(inputs) == len(targets) == 20_000
    for values in (inputs, targets):
        assert (values >= 0).all()
        assert (values <= 1).all()
    assert (inputs.min(axis=0) < 0.02).all()
    assert (inputs.max(axis=0) > 0.98).all()
    lowest, highest = TARGET_REACH[name]
    np.testing.assert_allclose(targets.min(axis=0), lowest, atol=0.05)
    np.testing.assert_allclose(targets.max(axis=0), highest, atol=0.05)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_the_generator_decides_the_samples(name):
    inputs, targets = generate(name, seed=3, count=50)
    again = generate(name, seed=3, count=50)
    np.testing.assert_array_equal(inputs, again[0])
    np.testing.assert_array_equal(targets, again[1])
    assert not np.array_equal(inputs, generate(name, seed=4, count=50)[0])


def test_the_seed_decides_the_samples_and_a_longer_training_set_keeps_the_test_set():
    short = load(2, 2, "mse", seed=3, set_name="inversek2j", train=10, test=5)
    longer = load(2, 2, "mse", seed=3, set_name="inversek2j", train=20, test=5)
    other = load(2, 2, "mse", seed=4, set_name="inversek2j", train=10, test=5)
    np.testing.assert_array_equal(short.test_inputs, longer.test_inputs)
    np.testing.assert_array_equal(short.test_targets, longer.test_targets)
    assert not np.array_equal(short.test_inputs, other.test_inputs)
    assert not np.array_equal(short.train_inputs[:5], short.test_inputs)


def test_a_computed_set_is_bounded(refusal):
    assert refusal(load, 2, 2, "mse", set_name="inversek2j", train=10**9) == (
        "IM213: a computed set has at most 10000000 samples, 1000000000 were asked for"
    )
