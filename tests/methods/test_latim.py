"""The network in training: its voltages, and the way its gradients point."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from imnnc.design import InverterSizes, TrainSpec
from imnnc.methods.latim import LatimNetwork, LatimPredictor
from imnnc.methods.training import task_loss
from imnnc.physics.network import FloatArray
from tests.support.exact import CONDUCTANCES, in_training, inputs, voltages
from tests.support.measured import SUPPLY_VOLTS, curves, inverter, volts

SPEC = TrainSpec("latim", "cross_entropy")
CLASSES = torch.from_numpy(np.random.default_rng(5).integers(0, 3, 20))


def at_rest(network: LatimNetwork, inputs_volts: FloatArray) -> LatimNetwork:
    """The network when its mean load voltages have followed the samples."""
    network.train()
    with torch.no_grad():
        for _ in range(60):
            network(torch.from_numpy(inputs_volts).float())
    return network.eval()


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 3)])
def test_it_agrees_with_the_prediction_of_the_finished_network(widths):
    network = at_rest(in_training(widths), inputs())
    states = network(torch.from_numpy(inputs()).float())
    predicted = LatimPredictor(network.found(), curves()).layers(inputs())
    for state, layer in zip(states, predicted, strict=True):
        # One evaluation around the mean load, against each sample's own.
        assert rms(state.net.detach().numpy().T - layer.net) < 0.3e-3
        assert rms(state.minus.detach().numpy().T - layer.minus) < 1e-3
        if state.plus is not None:
            assert rms(state.plus.detach().numpy().T - layer.plus) < 4e-3
    readout = network.readout_plus(states[-1].net, states[-1].minus).detach().numpy().T
    assert rms(readout - predicted[-1].plus) < 5e-3


def test_it_agrees_with_the_exact_voltages_as_well():
    network = at_rest(in_training(), inputs())
    found = network(torch.from_numpy(inputs()).float())[-1].minus.detach().numpy().T
    assert rms(found - voltages(network.found(), inputs())[-1].minus) < 1.5e-3


def test_leaving_the_load_out_would_be_far_worse():
    network = at_rest(in_training(), inputs())
    hidden, _ = network(torch.from_numpy(inputs()).float())
    exact = voltages(network.found(), inputs())[0]
    unloaded = inverter().loaded_output(torch.from_numpy(exact.net), volts(0.0), volts(0.0))
    assert rms(unloaded.numpy() - exact.minus) > 10e-3
    assert rms(hidden.minus.detach().numpy().T - exact.minus) < 1e-3


def loss_of_prediction(network: LatimNetwork) -> float:
    # The differences are small: columns have to rest within less than a microvolt.
    of = LatimPredictor(network.found(), curves(), settled_volts=1e-10)
    readout = of.predict(inputs())
    return float(task_loss(torch.from_numpy(readout.T), CLASSES, SPEC, SUPPLY_VOLTS))


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3)])
def test_its_gradients_are_the_finite_differences_of_the_predicted_loss(widths):
    network = at_rest(in_training(widths), inputs())
    readout = network(torch.from_numpy(inputs()).float())[-1].minus
    task_loss(readout, CLASSES, SPEC, SUPPLY_VOLTS).backward()
    # Slopes count as constants in training, which leaves out what is of second order in the
    # spread of the loads: little for the cells, more for the sizes of the first layer, whose
    # whole gradient is a hundredth of that.
    for group, alike in ((network.theta_rows, 0.995), (network.theta_bias, 0.99)):
        for parameter in group:
            assert likeness(parameter, network) > alike
    for parameter in list(network.rho)[:-1]:
        assert likeness(parameter, network) > 0.95
    last = list(network.rho)[-1]
    assert last.grad is None or not last.grad.any()  # the read-out's load is fixed


def likeness(parameter: torch.Tensor, network: LatimNetwork) -> float:
    """The cosine of the gradient and of the finite differences over the same elements."""
    flat = parameter.detach().view(-1)
    chosen = parameter.grad.view(-1).abs().argsort(descending=True)[:12]
    step = 0.02
    differences = []
    for index in chosen.tolist():
        losses = []
        for shift in (step, -step):
            before = flat[index].clone()
            flat[index] += shift
            losses.append(loss_of_prediction(network))
            flat[index] = before
        differences.append((losses[0] - losses[1]) / (2 * step))
    found = parameter.grad.view(-1)[chosen]
    expected = torch.tensor(differences)
    ratio = float(found.norm() / expected.norm())
    assert 0.8 < ratio < 1.25
    return float(torch.cosine_similarity(found, expected, 0))


def test_cells_and_sizes_stay_within_their_bounds():
    network = in_training()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-60)
            parameter[..., ::2] = 60
    for layer in network.found().layers:
        for cells in (layer.g_plus_siemens, layer.g_minus_siemens):
            assert cells.min() == pytest.approx(CONDUCTANCES[0], rel=1e-6)
            assert cells.max() <= CONDUCTANCES[1] * (1 + 1e-6)
        assert layer.size_plus.min() == pytest.approx(1)
        assert layer.size_minus.max() == pytest.approx(10)


def test_a_range_of_one_size_is_that_size():
    names, range_ = ["a", "b"], [InverterSizes(3, 3)] * 2
    network = LatimNetwork(names, (2, 2, 2), CONDUCTANCES, range_, curves(), seed=1)
    for layer in network.found().layers:
        assert np.allclose([layer.size_minus, layer.size_plus], 3)


def test_a_seed_gives_the_same_start():
    first, second, other = in_training(), in_training(), in_training(seed=2)
    assert torch.equal(first.theta_rows[0], second.theta_rows[0])
    assert not torch.equal(first.theta_rows[0], other.theta_rows[0])


def test_the_found_network_has_the_shapes_and_names_of_its_layers():
    found = in_training((4, 5, 3)).found()
    assert [(x.name, x.inputs, x.width) for x in found.layers] == [
        ("layer0", 4, 5),
        ("layer1", 5, 3),
    ]
    assert found.layers[0].g_plus_siemens.dtype == np.float64
