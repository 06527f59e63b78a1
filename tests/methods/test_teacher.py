"""The teacher that the compiler trains by itself."""

from __future__ import annotations

import numpy as np
import pytest

from imnnc.artifacts.training import StartingModel, Taught
from imnnc.methods.start import answers_of
from imnnc.methods.teacher import answers_of_teacher
from imnnc.methods.training import Samples
from imnnc.passes.teach import Teach
from imnnc.passes.train import validated
from imnnc.perceptron.model import Dense, Perceptron
from tests.support.small import SPEC, Watcher, artifacts, context, dataset

WIDTHS = (2, 5, 2)
RANDOM = np.random.default_rng(3)
POINTS = RANDOM.uniform(-0.25, 0.25, (400, 2)).astype(np.float32)
INSIDE = (np.linalg.norm(POINTS, axis=1) < 0.18).astype(np.int64)


def test_a_teacher_doubts_labels_that_nobody_could_have_guessed():
    wrong = RANDOM.random(400) < 0.15
    labels = np.where(wrong, 1 - INSIDE, INSIDE)
    answers = answers_of_teacher(Samples(POINTS, labels), WIDTHS, "cross_entropy", 1)
    assert answers.sum(axis=1) == pytest.approx(1)
    assert (answers.argmax(1) == INSIDE).mean() > 0.93 > (labels == INSIDE).mean()


def test_a_teacher_of_readouts_answers_in_volts():
    volts = (0.2 * np.sin(20 * POINTS[:, :1]) - 0.03).astype(np.float32)
    noisy = volts + RANDOM.normal(0, 0.05, volts.shape).astype(np.float32)
    answers = answers_of_teacher(Samples(POINTS, noisy), (2, 5, 1), "mse", 1)
    assert answers.shape == (400, 1)
    assert np.sqrt(np.mean((answers - volts) ** 2)) < 0.03


def test_the_same_seed_gives_the_same_teacher_and_leaves_other_draws_alone():
    import torch

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    samples = Samples(POINTS, INSIDE)
    first, second = (answers_of_teacher(samples, WIDTHS, "cross_entropy", 4) for _ in range(2))
    assert np.array_equal(first, second)
    assert torch.equal(torch.rand(3), expected)


def taught(folder, model=None):
    watcher = Watcher()
    (found,) = Teach(SPEC).run(artifacts(StartingModel(model)), context(folder, watcher))
    assert isinstance(found, Taught)
    assert found.answers is not None
    return found, watcher


def test_only_the_samples_that_are_trained_with_are_taught(tmp_path):
    found, watcher = taught(tmp_path)
    used, held = validated(SPEC, dataset(), found)
    assert used.taught is found.answers
    assert held.taught is None
    assert len(found.answers) == len(used.inputs) == len(dataset().train_inputs) - len(held.inputs)
    assert watcher.fractions == sorted(watcher.fractions)
    assert watcher.fractions[-1] > 0.9


def test_a_model_that_training_begins_at_is_asked_itself(tmp_path):
    dense = Dense(RANDOM.normal(0, 6, (3, 4)), RANDOM.normal(0, 0.2, 3), "linear")
    model = Perceptron((dense,))
    found, _ = taught(tmp_path, model)
    used, _ = validated(SPEC, dataset(), Taught())
    assert np.allclose(found.answers, answers_of(model, used.inputs, "cross_entropy"), atol=1e-6)
