"""PHAX: two fitted curves for every neuron, cells that count by their share of a column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from imnnc.design import Sweep, TrainSpec
from imnnc.methods.phax import PhaxNetwork, PhaxPredictor, nominal_points
from imnnc.methods.training import task_loss
from imnnc.physics.network import NetworkParameters
from imnnc.physics.vtc import NominalPoint, TanhCurve, TanhPair
from tests.support.exact import CONDUCTANCES, inputs, network, voltages, with_sizes
from tests.support.measured import SUPPLY_VOLTS, table, tangents

SPEC = TrainSpec("phax", "cross_entropy")
CLASSES = torch.from_numpy(np.random.default_rng(5).integers(0, 3, 20))
PUBLISHED_CELLS = (1 / 8.33e6, 1 / 1e6)
HUGE = 1e6  # units: an inverter that no crossbar loads


def in_training(widths=(4, 5, 3), seed=1, pair=None, cells=CONDUCTANCES) -> PhaxNetwork:
    names = [f"layer{number}" for number in range(len(widths) - 1)]
    return PhaxNetwork(names, widths, cells, [], pair or tangents(), seed)


def loss_of(network: PhaxNetwork) -> torch.Tensor:
    readout = network(torch.from_numpy(inputs()))[-1].minus
    return task_loss(readout, CLASSES, SPEC, SUPPLY_VOLTS)


def gain(curve: TanhCurve) -> float:
    return abs(curve.c2 * curve.c4)


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 3)])
def test_its_gradients_are_finite_differences_of_the_predicted_loss(widths):
    network = in_training(widths).double()
    loss_of(network).backward()

    def predicted_loss() -> float:
        readout = PhaxPredictor(network.found(), tangents()).predict(inputs())
        return float(task_loss(torch.from_numpy(readout.T), CLASSES, SPEC, SUPPLY_VOLTS))

    step = 1e-4
    for parameter in (*network.theta_rows, *network.theta_bias):
        flat, gradient = parameter.detach().view(-1), parameter.grad.view(-1)
        for index in range(0, len(flat), max(1, len(flat) // 5)):
            before = float(flat[index])
            losses = []
            for moved in (before + step, before - step):
                flat[index] = moved
                losses.append(predicted_loss())
            flat[index] = before
            slope = (losses[0] - losses[1]) / (2 * step)
            assert float(gradient[index]) == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_gradients_go_through_the_sum_of_a_column():
    # A column whose cells all grow alike stays where it is, its bias cells among them.
    network = in_training((4, 5, 4, 3)).double()
    loss_of(network).backward()
    for number, (rows, bias) in enumerate(zip(network.theta_rows, network.theta_bias, strict=True)):
        crossbar = network.crossbar(number)
        low, high = CONDUCTANCES
        along = torch.zeros(rows.shape[1], dtype=torch.float64)
        across = torch.zeros_like(along)
        for theta, cells in ((rows, crossbar.rows), (bias, crossbar.bias)):
            by_theta = (cells - low) * (high - cells) / (high - low)
            along += (theta.grad / by_theta * cells).sum(0)
            across += (theta.grad / by_theta * cells).abs().sum(0)
        assert (across > 0).all()
        assert (along.abs() < 1e-12 * across).all()


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 3)])
def test_it_predicts_in_training_what_it_predicts_when_finished(widths):
    network = in_training(widths)
    states = network(torch.from_numpy(inputs()).float())
    predicted = PhaxPredictor(network.found(), tangents()).layers(inputs())
    readout = network.readout_plus(states[-1].net, states[-1].minus)
    assert states[-1].plus is None
    for state, layer in zip(states, predicted, strict=True):
        plus = readout if state.plus is None else state.plus
        for ours, theirs in (
            (state.net, layer.net),
            (state.minus, layer.minus),
            (plus, layer.plus),
        ):
            # In single precision; V+ is a hundred times as steep as its column.
            assert np.abs(ours.detach().numpy().T - theirs).max() < 1e-5


def test_every_inverter_has_the_size_that_the_curves_were_fitted_at():
    network = in_training((4, 5, 4, 3), pair=tangents(3))
    with torch.no_grad():
        for rho in network.rho:
            rho.fill_(5.0)  # what would make LATIM's inverters large
    found = network.found()
    assert found.parasitics.resistor_ohms is None
    assert found.total_size == pytest.approx(3 * 2 * (5 + 4 + 3))
    for layer in found.layers:
        for sizes in (layer.size_minus, layer.size_plus):
            assert (sizes == 3).all()


def test_a_cell_is_one_and_a_bounded_share_of_k_over_the_smallest():
    # Published: sigma = 1 + K / (1 + e^-theta), K = 7.33, sigma = 1 at 8.33 MOhm.
    network = in_training(cells=PUBLISHED_CELLS)
    cells = network.found().layers[0].g_plus_siemens
    thetas = torch.cat([network.theta_rows[0].chunk(2)[0], network.theta_bias[0][:1]]).detach()
    sigma = 1 + 7.33 / (1 + np.exp(-thetas.numpy().astype(float)))
    assert np.allclose(cells * 8.33e6, sigma, rtol=1e-6)


def test_the_weight_of_a_cell_is_its_share_of_its_column():
    # Published: net = sum of sigma V over the sum of all sigma, biases included.
    network = in_training((4, 3), cells=PUBLISHED_CELLS)
    (layer,) = network.found().layers
    plus, minus = layer.g_plus_siemens * 8.33e6, layer.g_minus_siemens * 8.33e6
    volts = np.hstack([inputs(), np.full((20, 1), SUPPLY_VOLTS)])
    net = volts @ ((plus - minus) / (plus + minus).sum(0))
    found = network(torch.from_numpy(inputs()).float())[0].net.detach().numpy().T
    assert np.allclose(found, net, rtol=0, atol=1e-7)


def test_no_neuron_knows_what_it_drives():
    of = with_sizes(network(), 1.0)
    light, heavy = of.layers[1], of.layers[1]
    heavy = replace(
        heavy,
        g_plus_siemens=4 * light.g_plus_siemens,
        g_minus_siemens=4 * light.g_minus_siemens,
    )
    other = NetworkParameters((of.layers[0], heavy))
    for ours, theirs in zip(predicted(of, tangents(1)), predicted(other, tangents(1)), strict=True):
        assert np.allclose(ours.minus, theirs.minus, rtol=0, atol=1e-12)
    exact, exact_other = voltages(of, inputs())[0], voltages(other, inputs())[0]
    assert np.abs(exact.minus - exact_other.minus).max() > 50e-3


def predicted(of: NetworkParameters, pair: TanhPair):
    return PhaxPredictor(of, pair).layers(inputs())


def test_without_a_load_one_layer_is_predicted_as_well_as_the_curves_are_fitted():
    of, pair = network((4, 3)), tangents(1, 1e15)
    (found,), (exact,) = predicted(of, pair), voltages(of, inputs())
    assert np.allclose(found.net, exact.net, rtol=0, atol=1e-15)
    assert np.abs(found.minus - exact.minus).max() < 1.01 * pair.minus.max_error_volts
    assert np.abs(found.plus - exact.plus).max() < 1.01 * pair.plus.max_error_volts
    # A curve that was fitted under a load that is not there does worse.
    loaded = np.abs(predicted(of, tangents(1))[0].minus - exact.minus).max()
    assert loaded > 2 * pair.minus.max_error_volts


def test_as_its_loads_vanish_its_error_falls_to_that_of_the_fit():
    pair = tangents(HUGE, 1e15)
    errors = []
    for size in (1.0, 5.0, HUGE):
        of = with_sizes(network((4, 5, 4, 3)), size)
        hidden, exact = predicted(of, pair)[0], voltages(of, inputs())[0]
        errors.append(float(np.abs(hidden.minus - exact.minus).max()))
    assert errors[0] > 3 * errors[1] > 3 * errors[2]
    assert errors[2] < 1.01 * pair.minus.max_error_volts


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3)])
def test_without_loads_columns_average_the_errors_of_the_fit_and_neurons_amplify_them(widths):
    pair = tangents(HUGE, 1e15)
    of = with_sizes(network(widths), HUGE)
    column = 0.0  # bounds the error of a layer's columns, those of the inputs are exact
    for found, exact in zip(predicted(of, pair), voltages(of, inputs()), strict=True):
        minus = 1.01 * pair.minus.max_error_volts + gain(pair.minus) * column
        plus = 1.01 * pair.plus.max_error_volts + gain(pair.plus) * column
        assert np.abs(found.net - exact.net).max() <= column + 1e-12
        assert np.abs(found.minus - exact.minus).max() < minus
        assert np.abs(found.plus - exact.plus).max() < plus
        column = max(minus, plus)


def test_every_size_meets_every_load_and_the_first_begins():
    sizes, loads = Sweep("size", (5.0, 3.0)), Sweep("load_ohms", (9e5, 3e5, 3e6))
    points = nominal_points(replace(SPEC, sweeps=(sizes, loads)), table())
    assert points[0] == NominalPoint(5.0, 9e5)
    assert len(points) == len(set(points)) == 6
    assert nominal_points(SPEC, table()) == (NominalPoint(5.0, 0.9e6),)


def test_no_samples_have_no_voltages():
    assert PhaxPredictor(network(), tangents()).predict(np.empty((0, 4))).shape == (0, 3)


def test_single_precision_inputs_are_as_good():
    model = PhaxPredictor(network(), tangents())
    assert np.allclose(
        model.predict(inputs().astype(np.float32)), model.predict(inputs()), atol=1e-5
    )
