"""Training that begins at a file of weights, and learns what its model answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc import tables
from imnnc.artifacts.training import StartingModel, TrainedNetwork
from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
from imnnc.methods.choice import METHODS
from imnnc.passes.load_model import LoadModel
from imnnc.passes.teach import Teach
from imnnc.passes.train import Train
from imnnc.perceptron.model import Dense, Perceptron, read_model, write_model
from tests.support.measured import curves
from tests.support.small import NETWORK, SPAN, SPEC, artifacts, context, dataset
from tests.support.stored import SOURCE, compile_points

RANDOM = np.random.default_rng(5)
MODEL = Perceptron(
    (
        Dense(RANDOM.normal(0, 6, (5, 4)), RANDOM.normal(0, 0.2, 5), "tanh"),
        Dense(RANDOM.normal(0, 1, (3, 5)), RANDOM.normal(0, 0.2, 3), "linear"),
    )
)
UNITS = Encoding(0.0, 1.0, -0.25, 0.25)


def load(folder, model=MODEL, target=None):
    write_model(folder / "points.weights.npz", model)
    loading = LoadModel(folder / "points.weights.npz", UNITS, target, SPAN)
    (found,) = loading.run(artifacts(), context(folder))
    assert isinstance(found, StartingModel)
    return found.model


def test_a_file_of_weights_holds_what_was_written(tmp_path):
    write_model(tmp_path / "w.npz", MODEL)
    found = read_model(tmp_path / "w.npz")
    x = RANDOM.normal(size=(7, 4))
    assert np.array_equal(found.answers(x), MODEL.answers(x))
    assert found.widths == (4, 5, 3)


def test_a_model_that_was_loaded_takes_and_gives_volts(tmp_path):
    x = RANDOM.uniform(0, 1, (9, 4))
    volts = 0.5 * x - 0.25
    assert np.allclose(load(tmp_path).answers(volts), MODEL.answers(x))
    of_volts = load(tmp_path, target=Encoding(-2.0, 2.0, -0.2, 0.2))
    assert np.allclose(of_volts.answers(volts), 0.1 * MODEL.answers(x))


def test_a_model_of_other_widths_is_refused(tmp_path):
    with pytest.raises(CompileError) as caught:
        load(tmp_path, Perceptron(MODEL.layers[:1]))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM430"
    assert diagnostic.message == (
        "the model of `from` must be 4-5-3, as `points` is, `points.weights.npz` is 4-5"
    )
    assert diagnostic.span == SPAN


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((), "`layers` must be a layer at least"),
        (MODEL.layers[::-1], "`layers.1.weight` must have 3 columns, as layers before say"),
        ((replace(MODEL.layers[0], bias=np.zeros(4)),), "`layers.0.bias` must be of shape (5,)"),
        ((replace(MODEL.layers[0], bias=np.full(5, np.nan)),), "`layers.0.bias` must be finite"),
        ((replace(MODEL.layers[0], weight=np.zeros(4)),), "must be of shape (outputs, inputs)"),
    ],
)
def test_a_file_whose_layers_do_not_fit_is_damaged(tmp_path, layers, message):
    write_model(tmp_path / "w.npz", Perceptron(layers))
    with pytest.raises(CompileError) as caught:
        read_model(tmp_path / "w.npz")
    assert caught.value.diagnostics[0].code == "IM512"
    assert message in "\n".join(map(str, caught.value.diagnostics[0].notes)) + str(caught.value)


def agreement(trained: TrainedNetwork) -> float:
    inputs = dataset(train=120, test=300).test_inputs
    predicted = METHODS["latim"].predictor(trained.parameters, curves()).predict(inputs)
    return float((predicted.argmax(1) == MODEL.answers(inputs).argmax(1)).mean())


def test_a_network_that_is_taught_by_a_model_answers_as_it_does(tmp_path):
    spec = replace(SPEC, epochs=20, teacher=1.0, learning_rate=0.02)
    there = artifacts(StartingModel(MODEL))
    (taught,) = Teach(spec).run(there, context(tmp_path))
    trained, history = Train(spec).run(artifacts(StartingModel(MODEL), taught), context(tmp_path))
    assert agreement(trained) > 0.9
    assert history.losses[-1] < history.losses[0]


def test_samples_without_a_teacher_teach_alone(tmp_path):
    begun, _ = Train(replace(SPEC, epochs=1)).run(
        artifacts(StartingModel(MODEL)), context(tmp_path)
    )
    assert [layer.inputs for layer in begun.parameters.layers] == [4, 5]
    assert NETWORK.widths == MODEL.widths


def test_a_compile_says_how_often_the_circuit_answers_as_the_model(tmp_path):
    write_model(tmp_path / "points.weights.npz", MODEL)
    source = SOURCE.replace("train latim {", 'train latim { from "points.weights.npz"')
    compilation = compile_points(tmp_path, source)
    found = compilation.summary["model"]
    data = dataset()
    volts = data.test_inputs.astype(float)
    decided = MODEL.of_volts(Encoding(-0.25, 0.25, -0.25, 0.25), None).answers(volts).argmax(1)
    read_out = compilation.predict(volts).argmax(1)
    assert found["agreement"]["predicted"] == pytest.approx((read_out == decided).mean(), abs=1e-6)
    assert found["accuracy"] == pytest.approx((decided == data.test_targets).mean(), abs=1e-6)
    assert (found["samples"], found["simulated_samples"]) == (30, 6)
    assert [*compilation.manifest["model"]] == ["points.weights.npz"]
    assert "as the model" in tables.compilation(compilation)
    assert "As the model" in (compilation.out / "report.html").read_text()
