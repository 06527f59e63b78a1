"""Passes compute on the device of their context, and come to what the processor does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.artifacts.training import TrainedNetwork
from imnnc.engine.device import PROCESSOR, Device
from imnnc.measure.chips import ChipPlan, Subject, measure_chips
from imnnc.passes.train import Train
from imnnc.physics.chips import Spread
from imnnc.physics.mismatch import apart
from tests.support.exact import network
from tests.support.measured import table
from tests.support.second_device import NAME, Elsewhere, there
from tests.support.small import SPEC, Alone, Watcher, artifacts, context, dataset


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Device:
    """The second device, which torch would not count among those that there are."""
    for module in ("imnnc.methods.tuning", "imnnc.measure.chips"):
        monkeypatch.setattr(f"{module}.find_device", Device)
    return Device(NAME)


@contextmanager
def used() -> Iterator[None]:
    """A block in which the second device is there, and computes something."""
    before = Elsewhere.made
    with there(NAME):
        yield
    assert Elsewhere.made > before


def cells(folder: Path, device: Device) -> list[np.ndarray]:
    folder.mkdir()
    found, _ = Train(replace(SPEC, epochs=2)).run(
        artifacts(), replace(context(folder), device=device)
    )
    assert isinstance(found, TrainedNetwork)
    return [layer.g_plus_siemens for layer in found.parameters.layers]


def test_training(tmp_path, elsewhere):
    here = cells(tmp_path / "here", PROCESSOR)
    with used():
        found = cells(tmp_path / "there", elsewhere)
    for one, other in zip(here, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-3)


def test_chips(elsewhere):
    data = dataset()
    spread = Spread(0.02, 0.03, 0.05, False, 0.01, 0.02, 0.01, 1e-7, 1e-6)
    subject = Subject(network(), table(), apart(table()), spread)
    plan = ChipPlan(data.test_inputs.astype(float), data.test_targets, "cross_entropy", 1, 3)
    here = measure_chips("points", subject, plan, Alone(), Watcher())
    with used():
        found = measure_chips("points", subject, plan, Alone(), Watcher(), elsewhere.name)
    assert found.scores.tolist() == here.scores.tolist()
    assert found.rails_watts == pytest.approx(here.rails_watts, rel=1e-9)
