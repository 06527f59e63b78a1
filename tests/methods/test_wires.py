"""Every method trains with the wires of its crossbars, and predicts the circuit that has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.design import InverterSizes, Memristor, TrainSpec
from imnnc.methods.choice import METHODS, trainable
from imnnc.methods.latim import LatimNetwork
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.methods.training import score, train
from imnnc.parasitics import NO_PARASITICS, Parasitics, Wires
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import NetworkParameters
from imnnc.physics.vtc import TableModel
from tests.support.circuits import solver
from tests.support.exact import CONDUCTANCES
from tests.support.measured import curves, table, tangents
from tests.support.networks import network
from tests.support.points import blobs

# Long enough for these few cells to feel them as thousands feel a few ohms.
WIRES = Wires(5e3, 1e4, 2e4, "halves")
WIDTHS = (2, 5, 3)
MODELS = {
    "latim": curves(),
    "phax": tangents(),
    "rim": tangents(resistor_ohms=2e5),
    "equilibrium": TableModel(table()),
}


def started(method: str, wires: Wires | None = WIRES, seed: int = 1) -> TrainableNetwork:
    parasitics = replace(NO_PARASITICS, wires=wires and (wires, wires))
    memristor = Memristor("tio2", *CONDUCTANCES, levels=None, variation=0.0, parasitics=parasitics)
    return trainable(method, network(WIDTHS), memristor, MODELS[method], seed)


def trained(
    model: TrainableNetwork, folder: Path, method: str = "latim", epochs: int = 12
) -> NetworkParameters:
    train(
        model,
        Inverter(table(), torch.float32),
        blobs(),
        blobs(seed=2),
        TrainSpec(method, "cross_entropy", epochs=epochs, batch=16, learning_rate=0.05),
        checkpoint=folder / "checkpoint.pt",
        on_progress=lambda progress: None,
    )
    return model.found()


@pytest.mark.parametrize("method", MODELS)
def test_a_method_learns_with_wires_and_predicts_the_circuit_that_has_them(method, tmp_path):
    found = trained(started(method), tmp_path, method)
    assert found.parasitics.wires == (WIRES, WIRES)
    samples = blobs(seed=2)
    inputs = samples.inputs.astype(float)
    circuit = solver().solve(found, inputs).require().layers
    ideal = replace(found, parasitics=replace(found.parasitics, wires=None))
    without = solver().solve(ideal, inputs).require().layers
    predicted = METHODS[method].predictor(found, MODELS[method]).layers(inputs)
    # What wires move is known: the columns are predicted as far as the method knows the inverters.
    assert np.abs(predicted[0].net - circuit[0].net).max() < 1e-12
    assert np.abs(without[0].net - circuit[0].net).max() > 2e-3
    tolerance = {"latim": 2e-3, "equilibrium": 1e-7}.get(method, 0.1)
    assert np.abs(predicted[-1].minus - circuit[-1].minus).max() < tolerance
    spec = TrainSpec(method, "cross_entropy")
    assert score(circuit[-1].minus, samples.targets, spec) > 0.9


@pytest.mark.parametrize("method", MODELS)
def test_in_training_a_network_is_the_circuit_but_for_the_loads_of_its_rows(method):
    wires = Wires(50.0, 100.0, None, "halves")
    model = started(method, wires).eval()
    inputs = blobs(40).inputs
    with torch.no_grad():
        states = model(torch.from_numpy(inputs))
    found = model.found()
    predicted = METHODS[method].predictor(found, MODELS[method]).layers(inputs.astype(float))
    assert np.abs(states[0].net.numpy().T - predicted[0].net).max() < 1e-6
    # LATIM trains to first order in its loads.
    tolerance = 3e-3 if method == "latim" else 3e-4
    assert np.abs(states[-1].net.numpy().T - predicted[-1].net).max() < tolerance


def test_without_wires_nothing_is_stored_and_nothing_renewed():
    model = started("latim", None)
    before = {name: x.clone() for name, x in model.state_dict().items()}
    model.renew_wires()
    assert not [name for name in before if name.startswith("lean")]
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())


class Interrupted(LatimNetwork):
    """A network at whose `calls`-th call the user presses ctrl-C."""

    calls = 0

    def forward(self, inputs_volts: torch.Tensor) -> list[LayerState]:
        self.calls -= 1
        if self.calls == 0:
            raise KeyboardInterrupt
        return super().forward(inputs_volts)


def test_training_that_was_interrupted_ends_in_the_same_bits(tmp_path):
    def network() -> Interrupted:
        sizes = [InverterSizes(1, 10)] * 2
        parasitics = Parasitics(None, (WIRES, None))
        return Interrupted(["a", "b"], WIDTHS, CONDUCTANCES, sizes, curves(), 1, parasitics)

    (tmp_path / "whole").mkdir()
    whole = network()
    trained(whole, tmp_path / "whole", epochs=5)
    first = network()
    first.calls = 20
    with pytest.raises(KeyboardInterrupt):
        trained(first, tmp_path, epochs=5)
    second = network()
    trained(second, tmp_path, epochs=5)
    for (name, ours), theirs in zip(
        whole.state_dict().items(), second.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), name
