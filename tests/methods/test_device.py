"""Training on another device: the same network, and nothing of it made on the wrong device."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.methods.choice import trainable
from imnnc.methods.conditions import ONE_CHIP, Conditions
from imnnc.methods.judging import Judge
from imnnc.methods.trainable import TrainableNetwork
from imnnc.methods.training import Epoch, Progress, train
from imnnc.parasitics import NO_PARASITICS, Parasitics, Wires
from imnnc.physics.chips import Spread
from imnnc.physics.inverter import Inverter
from imnnc.physics.vtc import TableModel
from tests.support.exact import CONDUCTANCES
from tests.support.measured import SUPPLY_VOLTS, curves, table, tangents
from tests.support.points import blobs
from tests.support.second_device import DEVICES, NAME, there

CURVES = {
    "latim": curves,
    "phax": tangents,
    "rim": lambda: tangents(5, 0.9e6, 2e5),
    "equilibrium": lambda: TableModel(table()),
}
PLAIN = TrainSpec("latim", "cross_entropy", epochs=2, batch=16, learning_rate=0.05)
PRICED = replace(PLAIN, energy_weight=0.1, source_weight=1.0)
SPREAD = Spread(0.03, 0.03, 0.05, False, 0.02, 0.02, 0.02, *CONDUCTANCES)
CHIPS = Conditions.of([table()], SPREAD)
WIRES = Wires(5e3, 1e4, 2e4, "halves")


def network(
    method: str = "latim", parasitics: Parasitics = NO_PARASITICS, unformed: float | None = None
) -> TrainableNetwork:
    memristor = Memristor("tio2", *CONDUCTANCES, levels=64, variation=0.0, parasitics=parasitics)
    sizes = InverterSizes(1, 10, 1)
    shares = None if unformed is None else (unformed,)
    layers = (Layer("hidden", 6, sizes, unformed=shares), Layer("kind", 3, sizes))
    whole = Network("points", InputPort("x", 2, -SUPPLY_VOLTS, SUPPLY_VOLTS), layers)
    return trainable(method, whole, memristor, CURVES[method](), 1)


def trained(
    model: TrainableNetwork,
    folder: Path,
    device: str = "cpu",
    spec: TrainSpec = PRICED,
    conditions: Conditions = ONE_CHIP,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[dict[str, torch.Tensor], tuple[Epoch, ...]]:
    folder.mkdir(exist_ok=True)
    history = train(
        model,
        Inverter(table(), torch.float32),
        blobs(),
        blobs(30, seed=2),
        spec,
        checkpoint=folder / "checkpoint.pt",
        on_progress=on_progress,
        conditions=conditions,
        clock=itertools.count().__next__,
        device=device,
    )
    return dict(model.state_dict()), history


CASES = {
    **{method: (method, NO_PARASITICS, None, ONE_CHIP) for method in CURVES},
    "wires": ("latim", replace(NO_PARASITICS, wires=(WIRES, WIRES)), None, ONE_CHIP),
    "unformed": ("latim", NO_PARASITICS, 0.25, ONE_CHIP),
    "chips": ("latim", NO_PARASITICS, 0.25, CHIPS),
    "chips by equilibrium": ("equilibrium", NO_PARASITICS, None, CHIPS),
    "a sine": ("equilibrium", replace(NO_PARASITICS, sinh_per_volt=3.0), None, ONE_CHIP),
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", CASES)
def test_a_network_trained_elsewhere_is_that_of_the_processor(case, device, tmp_path):
    method, parasitics, unformed, conditions = CASES[case]
    spec = replace(PRICED, method=method)
    here, epochs = trained(
        network(method, parasitics, unformed), tmp_path / "here", "cpu", spec, conditions
    )
    with there(device):
        found, others = trained(
            network(method, parasitics, unformed), tmp_path / "there", device, spec, conditions
        )
    assert {x.device.type for x in found.values()} == {"cpu"}
    for name, values in here.items():
        np.testing.assert_allclose(found[name].numpy(), values.numpy(), rtol=1e-3, atol=1e-4)
    assert [x.score for x in others] == [x.score for x in epochs]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("device", DEVICES)
def test_what_one_device_has_begun_another_ends(device, tmp_path):
    def stop(progress: Progress) -> None:
        if progress.epoch == 3:
            raise Interrupted

    spec = replace(PRICED, epochs=6)
    whole, history = trained(network(), tmp_path / "whole", spec=spec)
    with there(device), pytest.raises(Interrupted):
        trained(network(), tmp_path / "begun", device, spec, on_progress=stop)
    state = torch.load(tmp_path / "begun" / "checkpoint.pt", weights_only=True)
    kept = [*state["network"].values(), *state["best"].values(), *state["optimizer"]["means"]]
    assert {x.device.type for x in kept} == {"cpu"}
    found, others = trained(network(), tmp_path / "begun", spec=spec)
    assert len(others) == len(history)
    for name, values in whole.items():
        np.testing.assert_allclose(found[name].numpy(), values.numpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("device", DEVICES)
def test_chips_that_judge_score_alike(device):
    parameters = network().found()
    samples = blobs(30, seed=2)
    here = Judge([table()], SPREAD, samples, PLAIN).score(parameters)
    with there(device):
        assert Judge([table()], SPREAD, samples, PLAIN, device).score(parameters) == here


def test_a_tensor_made_on_the_wrong_device_is_noticed():
    with there(NAME) as device, pytest.raises(RuntimeError):
        _ = torch.ones(2, device=device) + torch.ones(2)
