"""Features of different units come to one scale, by what training samples say of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imnnc.encoding import Encoding
from tests.support.builders import load

RNG = np.random.default_rng(1)
TRAIN = np.stack([RNG.normal(1e4, 500, 200), RNG.uniform(-0.01, 0.03, 200), np.full(200, 7.0)], 1)
TEST = TRAIN * [1.5, 0.5, 1.0]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, inputs in (("train.npz", TRAIN), ("test.npz", TEST)):
        np.savez(name, inputs=inputs, targets=np.arange(200) % 2)
    return {"file": Path("train.npz"), "test_file": Path("test.npz")}


def test_minmax_fills_the_range_by_training_samples_and_holds_what_is_beyond(files):
    data = load(3, 2, **files, normalize="minmax", encode=Encoding(0.0, 1.0, -0.2, 0.2))
    assert data.train_inputs[:, :2].min(0) == pytest.approx(-0.2)
    assert data.train_inputs[:, :2].max(0) == pytest.approx(0.2)
    assert data.test_inputs[:, 0] == pytest.approx(0.2)  # half as much again is beyond all
    assert (data.train_inputs[:, 2] == data.train_inputs[0, 2]).all()


def test_zscore_has_mean_and_deviation_of_training_samples(files):
    data = load(3, 2, **files, normalize="zscore", encode=Encoding(-3.0, 3.0, -0.3, 0.3))
    score = data.train_inputs[:, :2] / 0.1
    inside = np.abs(TRAIN[:, :2] - TRAIN[:, :2].mean(0)) < 3 * TRAIN[:, :2].std(0)
    expected = (TRAIN[:, :2] - TRAIN[:, :2].mean(0)) / TRAIN[:, :2].std(0)
    order = np.argsort(score[:, 1])
    assert np.sort(expected[:, 1])[inside[:, 1]] == pytest.approx(score[order, 1], abs=1e-5)
    assert np.abs(data.test_inputs).max() <= 0.3 + 1e-7
