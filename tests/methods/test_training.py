"""The training loop: the same bits from the same seed, whatever happens in between."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.design import InverterSizes, TrainSpec
from imnnc.diagnostics import CompileError
from imnnc.methods.latim import LatimNetwork, LayerState
from imnnc.methods.sizing import on_grid
from imnnc.methods.training import (
    Epoch,
    Samples,
    score,
    settled_epoch,
    split_validation,
    task_loss,
    train,
)
from imnnc.physics.inverter import Inverter
from imnnc.physics.threads import one_thread
from tests.support.exact import CONDUCTANCES
from tests.support.measured import SUPPLY_VOLTS, curves, table
from tests.support.points import blobs

SPEC = TrainSpec("latim", "cross_entropy", epochs=4, batch=16, learning_rate=0.05)


def network(seed: int = 1) -> LatimNetwork:
    sizes = [InverterSizes(1, 10)] * 2
    return LatimNetwork(["hidden", "kind"], (2, 4, 3), CONDUCTANCES, sizes, curves(), seed)


class Interrupted(LatimNetwork):
    """A network at whose `calls`-th call the user presses ctrl-C."""

    calls = 0

    def forward(self, inputs_volts: torch.Tensor) -> list[LayerState]:
        self.calls -= 1
        if self.calls == 0:
            raise KeyboardInterrupt
        return super().forward(inputs_volts)


def trained(
    folder: Path,
    spec: TrainSpec = SPEC,
    model: LatimNetwork | None = None,
    seconds: float = 1.0,  # of a step
    **samples: Samples,
) -> tuple[LatimNetwork, tuple[Epoch, ...]]:
    model = model or network()
    history = train(
        model,
        Inverter(table(), torch.float32),
        samples.get("training", blobs()),
        samples.get("validation", blobs(seed=2)),
        spec,
        checkpoint=folder / "checkpoint.pt",
        on_progress=lambda progress: None,
        clock=itertools.count(0.0, seconds).__next__,
    )
    return model, history


def bits(model: LatimNetwork) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"))


def test_it_learns(uninterrupted):
    _, history = uninterrupted
    assert len(history) == SPEC.epochs
    assert history[-1].loss < history[0].loss
    assert max(epoch.score for epoch in history) > 0.9


def test_a_seed_gives_the_same_bits(uninterrupted, tmp_path):
    model, history = trained(tmp_path)
    assert bits(model) == bits(uninterrupted[0])
    assert history == uninterrupted[1]


def test_another_seed_gives_others(uninterrupted, tmp_path):
    other, _ = trained(tmp_path, replace(SPEC, seed=2))
    assert bits(other) != bits(uninterrupted[0])


@pytest.mark.parametrize("calls", [1, 9, 14, 25])  # an epoch has 6 batches and one validation
def test_interrupted_and_resumed_it_ends_in_the_same_bits(uninterrupted, tmp_path, calls):
    model = network()
    model.__class__ = Interrupted
    model.calls = calls
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, model=model)
    resumed, history = trained(tmp_path)
    assert bits(resumed) == bits(uninterrupted[0])
    assert history == uninterrupted[1]


@pytest.mark.parametrize(("seconds", "epochs"), [(0.01, [4]), (0.1, [2, 4]), (1.0, [1, 2, 3, 4])])
def test_checkpoints_are_a_second_apart(tmp_path, monkeypatch, seconds, epochs):
    saved, save = [], torch.save

    def watched(state, path):
        saved.append(len(state["history"]))
        save(state, path)

    monkeypatch.setattr(torch, "save", watched)
    trained(tmp_path, seconds=seconds)
    assert saved == epochs


def test_what_is_done_is_not_done_again(uninterrupted, tmp_path):
    trained(tmp_path)
    model = network()
    model.__class__ = Interrupted  # and it is never called
    model.calls = 1
    again, history = trained(tmp_path, model=model)
    assert bits(again) == bits(uninterrupted[0])
    assert history == uninterrupted[1]


def test_a_checkpoint_of_something_else_leaves_no_trace(uninterrupted, tmp_path):
    # Its weights can be read, the rest cannot.
    state = {"network": network(seed=7).state_dict(), "optimizer": {}}
    torch.save(state, tmp_path / "checkpoint.pt")
    model, history = trained(tmp_path)
    assert bits(model) == bits(uninterrupted[0])
    assert history == uninterrupted[1]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_with_a_damaged_checkpoint_it_starts_over(uninterrupted, tmp_path, content):
    trained(tmp_path)
    checkpoint = tmp_path / "checkpoint.pt"
    damaged = checkpoint.read_bytes()[:-200] if content is None else content
    checkpoint.write_bytes(damaged)
    model, history = trained(tmp_path)
    assert bits(model) == bits(uninterrupted[0])
    assert history == uninterrupted[1]


def test_inputs_that_are_not_finite_are_a_divergence(tmp_path):
    bad = blobs()
    bad.inputs[40, 1] = np.inf
    with pytest.raises(CompileError) as caught:
        trained(tmp_path, training=bad)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM400"
    assert diagnostic.message == ("training diverged in epoch 1: the loss is no longer finite")
    assert diagnostic.help == "lower `learning_rate` (it is 0.05), or raise `batch`"


def test_a_learning_rate_far_too_high_ends_finite_or_says_so(tmp_path):
    # Cells and sizes are bounded, so even absurd steps stay within what can be built.
    model, _ = trained(tmp_path, replace(SPEC, learning_rate=1e6))
    for layer in model.found().layers:
        assert np.isfinite(layer.g_plus_siemens).all()
        assert layer.g_plus_siemens.max() <= CONDUCTANCES[1] * (1 + 1e-6)


def test_patience_ends_it_early(tmp_path):
    spec = replace(SPEC, epochs=60, patience=2)
    _, history = trained(tmp_path, spec)
    assert settled_epoch(spec) < len(history) < 60
    scores = [epoch.score for epoch in history[settled_epoch(spec) :]]
    assert max(scores[-2:]) <= max(scores[:-2])
    assert scores.index(max(scores)) == len(scores) - 3


def test_it_ends_as_it_was_in_its_best_epoch(tmp_path):
    spec = replace(SPEC, epochs=8)
    model, history = trained(tmp_path, spec)
    held = blobs(seed=2)
    with torch.no_grad():
        readout = model.eval()(torch.from_numpy(held.inputs))[-1].minus.T.numpy()
    best = max(epoch.score for epoch in history[settled_epoch(spec) :])
    assert score(readout, held.targets, spec) == best


@pytest.mark.parametrize(("epochs", "settled"), [(1, 0), (2, 1), (4, 3), (10, 7), (30, 21)])
def test_some_last_epochs_train_with_sizes_that_can_be_built(epochs, settled):
    assert settled_epoch(replace(SPEC, epochs=epochs)) == settled


@pytest.mark.parametrize("step", [1.0, 0.5, None])
def test_it_ends_with_sizes_that_can_be_built(tmp_path, step):
    sizes = [InverterSizes(1, 10, step)] * 2
    start = LatimNetwork(["hidden", "kind"], (2, 4, 3), CONDUCTANCES, sizes, curves(), seed=1)
    model, _ = trained(tmp_path, model=start)
    hidden = model.found().layers[0].size_minus
    assert np.array_equal(hidden, on_grid(hidden, InverterSizes(1, 10, step)))
    assert np.array_equal(hidden, np.round(hidden)) is (step == 1)


def test_a_regression_meets_its_targets(tmp_path):
    def angles(seed: int) -> Samples:
        points = blobs(seed=seed).inputs
        target = 0.5 * points[:, :1] - 0.3 * points[:, 1:]
        return Samples(points, np.repeat(target, 3, axis=1).astype(np.float32))

    spec = replace(SPEC, loss="mse", epochs=20)
    _, history = trained(tmp_path, spec, training=angles(1), validation=angles(2))
    spread = float(np.var(angles(2).targets))
    assert history[-1].score == pytest.approx(max(epoch.score for epoch in history), rel=0.01)
    assert -history[-1].score < 0.06 * spread
    assert history[-1].loss * SUPPLY_VOLTS**2 == pytest.approx(-history[-1].score, rel=0.5)


def test_a_price_on_energy_makes_inverters_smaller(tmp_path):
    sizes = []
    for weight in (0.0, 1.0):
        (tmp_path / str(weight)).mkdir()
        spec = replace(SPEC, energy_weight=weight, epochs=20)
        model, _ = trained(tmp_path / str(weight), spec)
        sizes.append(model.found().total_size)
    assert sizes[1] < 0.9 * sizes[0]


def test_progress_tells_epoch_loss_score_and_time_left(tmp_path):
    seen = []
    train(
        network(),
        Inverter(table(), torch.float32),
        blobs(),
        blobs(seed=2),
        SPEC,
        checkpoint=tmp_path / "checkpoint.pt",
        on_progress=seen.append,
        clock=itertools.count(0.0).__next__,
    )
    assert [p.epoch for p in seen] == [1 + k // 6 for k in range(24)]
    assert seen[-1].fraction == 1.0
    assert [p.seconds_left for p in seen] == pytest.approx(range(23, -1, -1))
    assert seen[0].score is None
    assert seen[-1].score is not None


def test_validation_samples_are_taken_out_of_the_training_set_once_and_for_all():
    inputs = np.arange(20, dtype=np.float32)[:, None]
    used, held = split_validation(inputs, np.arange(20), 0.25, seed=1)
    assert sorted([*used.targets, *held.targets]) == list(range(20))
    assert len(held.targets) == 5
    assert (used.inputs[:, 0] == used.targets).all()
    _, again = split_validation(inputs, np.arange(20), 0.25, seed=1)
    _, other = split_validation(inputs, np.arange(20), 0.25, seed=2)
    assert again.targets.tolist() == held.targets.tolist()
    assert other.targets.tolist() != held.targets.tolist()


@pytest.mark.parametrize(("count", "share", "held"), [(2, 0.001, 1), (2, 0.9, 1), (10, 0.95, 9)])
def test_both_parts_get_at_least_one_sample(count, share, held):
    inputs = np.zeros((count, 1), np.float32)
    used, validation = split_validation(inputs, np.arange(count), share, seed=1)
    assert len(validation.inputs) == held
    assert len(used.inputs) == count - held


def test_the_class_is_the_highest_readout():
    readout = np.array([[0.1, 0.2], [0.2, -0.1], [0.0, 0.1]])
    assert score(readout, np.array([1, 0, 0]), SPEC) == pytest.approx(2 / 3)
    right = task_loss(torch.tensor([[0.2], [-0.2]]), torch.tensor([0]), SPEC, SUPPLY_VOLTS)
    wrong = task_loss(torch.tensor([[0.2], [-0.2]]), torch.tensor([1]), SPEC, SUPPLY_VOLTS)
    assert float(right) < 1e-3
    assert float(wrong) == pytest.approx(0.4 / (0.2 * SUPPLY_VOLTS), rel=1e-3)


def test_a_regression_scores_minus_its_mean_square_error():
    spec = replace(SPEC, loss="mse")
    assert score(np.array([[0.1, 0.2]]), np.array([[0.0, 0.2]]), spec) == pytest.approx(-0.005)


def test_one_thread_is_for_as_long_as_it_is_asked_for():
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)  # as for all tests of this folder
