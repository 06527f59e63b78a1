import numpy as np
import pytest

from imnnc.data.computed import COMPUTED, inversek2j
from tests.data.builders import load


def test_forward_kinematics_of_the_angles_reach_the_tip():
    inputs, targets = inversek2j(np.random.default_rng(7), 5000)
    x, y = inputs[:, 0] * 1.5 - 0.5, inputs[:, 1]
    theta1, theta2 = targets.T * np.pi / 2
    np.testing.assert_allclose(0.5 * np.cos(theta1) + 0.5 * np.cos(theta1 + theta2), x, atol=1e-12)
    np.testing.assert_allclose(0.5 * np.sin(theta1) + 0.5 * np.sin(theta1 + theta2), y, atol=1e-12)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_inputs_and_targets_fill_zero_to_one(name):
    for values in COMPUTED[name].generate(np.random.default_rng(1), 20_000):
        assert values.dtype == np.float64
        assert (values.min(axis=0) >= 0).all()
        assert (values.min(axis=0) < 0.02).all()
        assert (values.max(axis=0) <= 1).all()
        assert (values.max(axis=0) > 0.98).all()


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
