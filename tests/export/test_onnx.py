"""Circuits as graphs of ONNX, computed by a runtime that knows nothing of us."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

import imnnc
from imnnc.cli import app
from imnnc.diagnostics import CompileError
from imnnc.export.graph import Graph
from imnnc.export.onnx_circuit import add_circuit
from imnnc.parasitics import Parasitics
from imnnc.physics.operating_point import OperatingPointSolver
from tests.export.test_circuit import PARASITICS
from tests.support.exact import inputs, network
from tests.support.measured import inverter
from tests.support.stored import SOURCE, compile_points


def computed(model: bytes, values: np.ndarray) -> np.ndarray:
    (found,) = onnxruntime.InferenceSession(model).run(None, {"inputs": values})
    return found


@pytest.mark.parametrize("parasitics", ["none", "resistor", "wires"])
@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 36, 6, 3), (4, 3)])
def test_a_runtime_finds_the_operating_points(widths, parasitics):
    wires = PARASITICS["wires"].wires[:1] * (len(widths) - 1)
    chosen = Parasitics(wires=wires) if parasitics == "wires" else PARASITICS[parasitics]
    of, graph, volts = replace(network(widths), parasitics=chosen), Graph(), inputs(8)
    readout = add_circuit(graph, "inputs", inverter(), of, inputs(20, seed=5))
    model = graph.model("net", ("inputs", 4), ("readout", readout, widths[-1]), {})
    exact = OperatingPointSolver(inverter()).solve(of, volts).require()
    found = computed(model.SerializeToString(), volts)
    assert np.abs(found - exact.layers[-1].minus).max() < 1e-8


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    folder = tmp_path_factory.mktemp("iris")
    lines = SOURCE.splitlines()
    data = next(line for line in lines if line.startswith("data"))
    return compile_points(folder, SOURCE.replace(data, "data { set iris }"))


def test_iris_is_computed_from_centimetres(iris, tmp_path):
    source = iris.out.parent / "points.imnn"
    path, flowers = tmp_path / "iris.onnx", np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6, 2.5]])
    arguments = ["export", str(iris.out), "--onnx", str(path), "--data", str(source)]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    exact = iris.to_torch(source)(torch.from_numpy(flowers)).numpy()
    assert np.abs(computed(path.read_bytes(), flowers) - exact).max() < 1e-8
    model = onnx.load(path)
    assert {x.domain for x in model.graph.node} == {""}
    said = {x.key: x.value for x in model.metadata_props}
    assert float(said["imnnc.solver_error_volts"]) < 1e-8
    assert said["imnnc.inputs"] == "values in the units of the data"
    written = path.read_bytes()
    assert iris.to_onnx(path, source).read_bytes() == written


def test_what_a_graph_cannot_be_is_refused():
    of = replace(network(), parasitics=PARASITICS["law"])
    with pytest.raises(CompileError, match="cells must be resistors for a graph of ONNX"):
        add_circuit(Graph(), "inputs", inverter(), of, inputs(4))


def test_an_export_must_be_named(points):
    result = CliRunner().invoke(app, ["export", str(points.out)])
    assert result.exit_code == 2


def test_without_the_package_it_is_said_how_to_get_it(points, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(CompileError, match="written by the package `onnx`"):
        imnnc.load(points.out).to_onnx(tmp_path / "x.onnx")
