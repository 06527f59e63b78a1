"""Equilibrium: it trains on the circuit itself, and predicts what ngspice finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import imnnc
from imnnc.design import InverterSizes, TrainSpec
from imnnc.diagnostics import CompileError
from imnnc.methods.equilibrium import EquilibriumNetwork, EquilibriumPredictor
from imnnc.methods.power import layer_power, rail_power
from imnnc.methods.sizing import on_grid
from imnnc.methods.training import Epoch, Samples, task_loss, train
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray
from imnnc.physics.vtc import TableModel
from tests.support.circuits import CORNERS, loaded, samples, simulated
from tests.support.exact import CONDUCTANCES, inputs, voltages
from tests.support.exact import network as finished
from tests.support.measured import SUPPLY_VOLTS, inverter, table
from tests.support.points import blobs
from tests.support.stored import write_source

SPEC = TrainSpec("equilibrium", "cross_entropy", epochs=4, batch=16, learning_rate=0.05)
WHOLE = InverterSizes(1, 10)


def network(
    widths: tuple[int, ...] = (2, 4, 3), seed: int = 1, sizes: InverterSizes = WHOLE, **more: int
) -> EquilibriumNetwork:
    names = [f"layer{number}" for number in range(len(widths) - 1)]
    bounds = [sizes] * len(names)
    return EquilibriumNetwork(
        names, widths, CONDUCTANCES, bounds, TableModel(table()), seed, **more
    )


def predicted(of: EquilibriumNetwork, inputs_volts: FloatArray):
    return EquilibriumPredictor(of.found(), TableModel(table())).layers(inputs_volts)


def trained(
    folder: Path,
    spec: TrainSpec = SPEC,
    model: EquilibriumNetwork | None = None,
    training: Samples | None = None,
) -> tuple[EquilibriumNetwork, tuple[Epoch, ...]]:
    model = model or network()
    history = train(
        model,
        Inverter(table(), torch.float32),
        training or blobs(),
        blobs(seed=2),
        spec,
        checkpoint=folder / "checkpoint.pt",
        on_progress=lambda progress: None,
    )
    return model, history


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("learned"))


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 36, 34, 3), (4, 3)])
def test_the_network_in_training_is_the_network_that_is_predicted(widths):
    of = network(widths)
    states = of(torch.from_numpy(inputs()).float())
    for state, layer in zip(states, predicted(of, inputs()), strict=True):
        # Cells are in single precision, which is 0.03 uV between the rails.
        assert np.abs(state.net.detach().numpy().T - layer.net).max() < 0.2e-6
        assert np.abs(state.minus.detach().numpy().T - layer.minus).max() < 1e-6
        if state.plus is not None:
            assert np.abs(state.plus.detach().numpy().T - layer.plus).max() < 5e-6
    readout = of.readout_plus(states[-1].net, states[-1].minus).detach().numpy().T
    assert np.abs(readout - predicted(of, inputs())[-1].plus).max() < 5e-6


def test_in_double_precision_they_are_the_same():
    of = network((4, 5, 4, 3)).double()
    states = of(torch.from_numpy(inputs()))
    for state, layer in zip(states, predicted(of, inputs()), strict=True):
        assert np.abs(state.minus.detach().numpy().T - layer.minus).max() < 1e-12


def test_it_predicts_the_exact_voltages():
    of = finished((4, 5, 4, 3))
    found = EquilibriumPredictor(of, TableModel(table())).layers(inputs())
    for layer, exact in zip(found, voltages(of, inputs()), strict=True):
        assert np.abs(layer.net - exact.net).max() < 1e-8
        assert np.abs(layer.minus - exact.minus).max() < 1e-7
        assert np.abs(layer.plus - exact.plus).max() < 1e-6


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize(("widths", "load"), [((4, 5, 3), 0.5), ((3, 4, 4, 2), 20.0)])
def test_its_error_against_ngspice_is_below_a_microvolt(tmp_path, corner, widths, load):
    of, volts = loaded(widths, 7, load), samples(4, widths[0])
    model = EquilibriumPredictor(of, TableModel(table(corner)))
    assert model.supply_volts == SUPPLY_VOLTS
    assert model.parameters is of
    readout = model.predict(volts)
    for number, one in enumerate(volts):
        folder = tmp_path / str(number)
        folder.mkdir()
        expected = simulated(folder, of, one, corner).layers[-1].minus
        assert np.abs(readout[number] - expected).max() < 1e-6


def test_it_takes_inputs_in_single_precision():
    model = EquilibriumPredictor(finished(), TableModel(table()))
    single = inputs().astype(np.float32)
    assert np.array_equal(model.predict(single), model.predict(single.astype(float)))


def test_it_learns(learned):
    _, history = learned
    assert len(history) == SPEC.epochs
    assert history[-1].loss < history[0].loss
    assert max(epoch.score for epoch in history) > 0.9


def test_what_it_has_learned_the_prediction_has_as_well(learned):
    model, history = learned
    held = blobs(seed=2)
    readout = predicted(model, held.inputs)[-1].minus
    assert (readout.argmax(1) == held.targets).mean() == history[-1].score


def test_a_seed_gives_the_same_bits(learned, tmp_path):
    model, history = trained(tmp_path)
    assert history == learned[1]
    for ours, theirs in zip(model.parameters(), learned[0].parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_sizes_are_trained_and_end_as_they_can_be_built(learned):
    before, after = (x.found().layers[0] for x in (network(), learned[0]))
    assert np.abs(after.size_minus - before.size_minus).max() > 0.1
    for sizes in (after.size_minus, after.size_plus):
        assert np.array_equal(sizes, on_grid(sizes, WHOLE))


def test_a_price_on_energy_lowers_the_power(tmp_path):
    watts = []
    for weight in (0.0, 1.0):
        (tmp_path / str(weight)).mkdir()
        spec = replace(SPEC, energy_weight=weight, epochs=8)
        model, _ = trained(tmp_path / str(weight), spec)
        layers = predicted(model, blobs(seed=2).inputs)
        watts.append(rail_power(inverter(), model.found(), layers))
    assert watts[1] < 0.9 * watts[0]


def test_the_price_of_power_has_gradients_to_cells_and_sizes():
    of = network((4, 5, 3)).double()
    states = of(torch.from_numpy(inputs(3)))
    hidden = of.sizes(0).chunk(2)
    power = layer_power(
        inverter(), states[0].net, states[0].minus, states[0].plus, (hidden[1], hidden[0])
    ).mean()
    power.backward()
    for parameter in (of.theta_rows[0], of.theta_rows[1], of.rho[0]):
        assert parameter.grad.abs().max() > 0


def test_a_loss_follows_its_gradient_downhill():
    of, classes = network((4, 5, 3)), torch.arange(20) % 3
    losses = []
    optimizer = torch.optim.SGD(of.parameters(), lr=0.5)
    for _ in range(6):
        readout = of(torch.from_numpy(inputs()).float())[-1].minus
        loss = task_loss(readout, classes, SPEC, SUPPLY_VOLTS)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 1e-3


def test_it_stops_where_a_circuit_does_not_come_to_rest():
    with pytest.raises(CompileError) as caught:
        network((4, 5, 3), rounds=1)(torch.from_numpy(inputs()).float())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM401"
    assert diagnostic.message == (
        "training met a circuit whose layer `layer0` does not come to rest"
    )
    assert diagnostic.help == "lower `learning_rate`, allow larger sizes, or train by `latim`"


def test_a_prediction_that_was_not_found_is_none():
    model = EquilibriumPredictor(finished(), TableModel(table()), rounds=1)
    with pytest.raises(CompileError, match=r"no operating point was found for 20 of 20 samples"):
        model.predict(inputs())


SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 800 nS   levels 64   variation 3 % }
network points {
    input  x[4] in -0.25 V .. 0.25 V
    layer  hidden[5] { inverter size 1 .. 10 }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 6   batch 16   energy_weight 0.01 }
verify { samples 6   corners ff   tolerance 1 uV }
emit ngspice, programming csv
"""


@pytest.fixture(scope="module")
def compilation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    source = write_source(folder, SOURCE)
    return imnnc.compile(source, folder / "out", jobs=1, cache=folder / "cache")


def test_a_compile_verifies_within_a_microvolt(compilation):
    found = compilation.verification
    assert found["method"] == "equilibrium"
    assert found["passed"] is True
    for node in found["prediction_error_v"]["layers"]:
        assert node["max"] < 1e-6
    assert found["accuracy"]["agreement"] == 1.0


def test_what_it_left_predicts_the_same(compilation):
    first = compilation.predict(np.zeros((1, 4)))
    assert first.shape == (1, 3)
    assert np.isfinite(first).all()
    assert compilation.verify().passed
