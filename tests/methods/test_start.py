"""Cells that begin at a model: shares are its weights, and the circuit answers about as it does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.methods.choice import trainable
from imnnc.methods.start import Device, answers_of, begin_at, columns
from imnnc.methods.training import LOGIT_SHARE, task_loss
from imnnc.perceptron.model import ACTIVATIONS, Dense, Perceptron
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.vtc import TableModel
from tests.support.measured import table

RANGE = (1.2e-7, 1e-6)
DEVICE = Device(*RANGE, 0.25)
SIZES = InverterSizes(1, 10)


def network(*widths: int, pairs: int = 4) -> Network:
    layers = [Layer(f"l{n}", m, SIZES, bias_pairs=pairs) for n, m in enumerate(widths[1:])]
    return Network("n", InputPort("x", widths[0], -0.25, 0.25), tuple(layers))


def perceptron(*widths: int, activation: str = "tanh", seed: int = 0) -> Perceptron:
    """Weights as torch draws them, for inputs in volts that a model takes as four times that."""
    random = np.random.default_rng(seed)
    layers = []
    for number, (n, m) in enumerate(pairwise(widths)):
        reach = np.sqrt(3 / n) * (4 if number == 0 else 1)
        kind = activation if number + 2 < len(widths) else "linear"
        layers.append(Dense(random.uniform(-reach, reach, (m, n)), random.normal(0, 0.1, m), kind))
    return Perceptron(tuple(layers))


def samples(count: int, width: int) -> np.ndarray:
    return np.random.default_rng(7).uniform(-0.25, 0.25, (count, width))


def begun(model: Perceptron, inputs: np.ndarray, loss: str = "cross_entropy"):
    design = network(*model.widths)
    memristor = Memristor("m", *RANGE, levels=None, variation=0.0)
    found = trainable("equilibrium", design, memristor, TableModel(table()), 1)
    begin_at(found, model, inputs, Inverter(table()), loss)
    return found.found()


def readout(parameters: NetworkParameters, inputs: np.ndarray) -> np.ndarray:
    solver = OperatingPointSolver(Inverter(table()))
    return solver.solve(parameters, inputs).require().layers[-1].minus


@given(
    rows=st.integers(1, 12),
    pairs=st.integers(1, 5),
    gain=st.floats(1e-3, 1e3),
    seed=st.integers(0, 1000),
)
def test_cells_are_within_their_range_and_shares_are_those_that_are_wanted_but_smaller(
    rows, pairs, gain, seed
):
    random = np.random.default_rng(seed)
    wanted = gain * random.normal(size=(rows, 6))
    bias = random.normal(0, 0.3, 6)
    found = columns(wanted, bias, DEVICE, pairs)
    assert np.abs(found.rows).max() <= DEVICE.reach * (1 + 1e-9)
    assert np.abs(found.bias).max() <= pairs * DEVICE.reach * (1 + 1e-9)
    ratio = found.rows / found.total / wanted
    assert (ratio > 0).all()
    assert (ratio <= 1 + 1e-6).all()
    assert np.allclose(ratio, ratio.mean(axis=0), rtol=1e-6)  # all of a column alike
    cells = 2 * (rows + pairs) * DEVICE.floor + np.abs(found.rows).sum(0) + np.abs(found.bias)
    assert np.allclose(found.total, cells)


def test_shares_that_cells_can_have_are_exact():
    wanted, bias = np.array([[0.1], [-0.2], [0.05]]), np.array([-0.1])
    found = columns(wanted, bias, DEVICE, 1)
    assert np.allclose(found.rows / found.total, wanted)
    assert np.allclose(found.bias / found.total, bias)


def test_before_training_shares_have_the_signs_and_the_order_of_the_weights():
    model = perceptron(8, 6, 3)
    layers = begun(model, samples(200, 8)).layers
    for number, (layer, dense) in enumerate(zip(layers, model.layers, strict=True)):
        # V- is read, which falls with its column: weights of the output have the other sign.
        weight = dense.weight.T if number == 0 else -dense.weight.T
        share = (layer.g_plus_siemens - layer.g_minus_siemens)[: -layer.biases]
        assert (np.sign(share) == np.sign(weight)).all()
    first = (layers[0].g_plus_siemens - layers[0].g_minus_siemens)[:8]
    for share, weight in zip(first.T, model.layers[0].weight, strict=True):
        assert (np.diff(np.abs(share)[np.argsort(np.abs(weight))]) >= -1e-15).all()


@pytest.mark.parametrize("activation", [x for x in ACTIVATIONS if x != "linear"])
def test_before_training_most_decisions_are_the_models(activation):
    model, inputs = perceptron(8, 6, 3, activation=activation), samples(400, 8)
    decided = readout(begun(model, inputs[:200]), inputs).argmax(1)
    assert (decided == model.answers(inputs).argmax(1)).mean() > 0.8


def test_a_deeper_network_begins_at_its_model_as_well():
    model, inputs = perceptron(8, 10, 8, 3, seed=2), samples(400, 8)
    decided = readout(begun(model, inputs), inputs).argmax(1)
    assert (decided == model.answers(inputs).argmax(1)).mean() > 0.75


def test_a_regression_begins_about_at_the_volts_of_its_model():
    model = replace(perceptron(4, 8, 1, seed=4), slope=0.25)
    inputs = samples(300, 4)
    wanted = model.answers(inputs)
    found = readout(begun(model, inputs, "mse"), inputs)
    assert abs(found.mean() - wanted.mean()) < 0.02
    assert np.corrcoef(found[:, 0], wanted[:, 0])[0, 1] > 0.8


def test_a_single_layer_is_a_model_too():
    model, inputs = perceptron(6, 3), samples(300, 6)
    decided = readout(begun(model, inputs), inputs).argmax(1)
    assert (decided == model.answers(inputs).argmax(1)).mean() > 0.9


def test_a_teacher_of_classes_gives_probabilities_that_readouts_can_show():
    model, inputs = perceptron(4, 5, 3), samples(50, 4)
    found = answers_of(model, inputs, "cross_entropy")
    assert np.allclose(found.sum(1), 1)
    assert (found.argmax(1) == model.answers(inputs).argmax(1)).all()
    hot = replace(model, slope=1000.0)
    logits = np.log(answers_of(hot, inputs, "cross_entropy"))
    assert np.quantile(np.ptp(logits, axis=1), 0.5) < 2 / LOGIT_SHARE


def test_the_answers_of_a_teacher_count_as_much_as_is_said():
    volts = torch.tensor([[0.1, -0.2], [0.0, 0.1]])
    classes = torch.tensor([0, 1])
    probabilities = torch.tensor([[0.3, 0.7], [0.9, 0.1]])
    spec = TrainSpec("latim", "cross_entropy")
    own = task_loss(volts, classes, spec, 0.25)
    whole = task_loss(volts, classes, replace(spec, teacher=1.0), 0.25, probabilities)
    half = task_loss(volts, classes, replace(spec, teacher=0.25), 0.25, probabilities)
    assert whole != own
    assert float(half) == pytest.approx(float(0.75 * own + 0.25 * whole))
    assert task_loss(volts, classes, replace(spec, teacher=0.5), 0.25) == own
