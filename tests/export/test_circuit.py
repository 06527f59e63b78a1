"""A compiled network as a module of torch: exact, with gradients, in volts or in units of data."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import imnnc
from imnnc.data import load_dataset
from imnnc.data.units import input_units
from imnnc.diagnostics import CompileError
from imnnc.export.circuit import to_volts
from imnnc.methods.choice import METHODS
from imnnc.parasitics import Parasitics, Wires
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.readout import ExactReadout
from tests.support.builders import UNIT_TO_VOLTS, data_spec
from tests.support.builders import network as design
from tests.support.exact import inputs, network, voltages
from tests.support.measured import curves, inverter, tangents

WIRES = Wires(row_ohms=2e3, column_ohms=2e3, driver_ohms=1e4)
PARASITICS = {
    "none": Parasitics(),
    "resistor": Parasitics(resistor_ohms=2e5),
    "wires": Parasitics(wires=(WIRES, WIRES)),
    "law": Parasitics(sinh_per_volt=3.0),
}


def differences(readout, volts: torch.Tensor, direction: torch.Tensor) -> np.ndarray:
    """The change of read-outs a volt along a direction, by differences."""
    step = 1e-4 * direction
    return ((readout(volts + step) - readout(volts - step)) / 2e-4).detach().numpy()


def along(readout, volts: torch.Tensor, direction: torch.Tensor) -> np.ndarray:
    """The same by gradients."""
    columns = []
    for column in range(readout(volts).shape[1]):
        point = volts.clone().requires_grad_()
        readout(point)[:, column].sum().backward()
        columns.append((point.grad * direction).sum(1))
    return torch.stack(columns, 1).numpy()


@pytest.mark.parametrize("parasitics", PARASITICS.values(), ids=PARASITICS.keys())
def test_it_is_the_operating_point_and_its_gradients_are_those_of_it(parasitics):
    of = replace(network(), parasitics=parasitics)
    readout, volts = ExactReadout(inverter(), of), torch.from_numpy(inputs(5))
    exact = OperatingPointSolver(inverter()).solve(of, volts.numpy()).require()
    assert np.abs(readout(volts).numpy() - exact.layers[-1].minus).max() < 1e-9
    direction = torch.from_numpy(np.random.default_rng(2).normal(size=(5, 4)))
    wanted = differences(readout, volts, direction)
    assert np.abs(along(readout, volts, direction) - wanted).max() < 1e-3 * np.abs(wanted).max()


@pytest.mark.parametrize(("method", "curve"), [("latim", curves), ("phax", tangents)])
def test_predictions_have_gradients_too(method, curve):
    model, volts = METHODS[method].predictor(network(), curve()), torch.from_numpy(inputs(5))
    assert np.abs(model.readout(volts).numpy() - model.predict(volts.numpy())).max() < 1e-7
    direction = torch.from_numpy(np.random.default_rng(2).normal(size=(5, 4)))
    wanted = differences(model.readout, volts, direction)
    found = along(model.readout, volts, direction)
    assert np.abs(found - wanted).max() < 1e-3 * np.abs(wanted).max()


def test_a_compiled_network_is_a_module_of_a_pipeline(points):
    circuit = points.to_torch()
    volts = torch.from_numpy(inputs(6))
    exact = voltages(points_parameters(points), volts.numpy())[-1].minus
    assert np.abs(circuit(volts).numpy() - exact).max() < 1e-7
    assert np.abs(points.to_torch(predicted=True)(volts).numpy() - exact).max() < 5e-3
    pipeline = nn.Sequential(nn.Linear(2, 4), nn.Hardtanh(-0.25, 0.25), circuit, nn.Linear(3, 1))
    answers = copy.deepcopy(pipeline)(torch.randn(5, 2))
    assert answers.dtype == torch.float32
    answers.sum().backward()
    single = torch.zeros(1, 4, requires_grad=True)
    circuit(single).sum().backward()
    assert single.grad.abs().max() > 0


def points_parameters(points):
    from imnnc.artifacts.reading import in_netlist, read_folder

    return in_netlist(*read_folder(points.out))


def test_inputs_that_are_none_of_this_network_are_refused(points):
    circuit = points.to_torch()
    with pytest.raises(CompileError, match="4 values a sample, the inputs have the shape"):
        circuit(torch.zeros(2, 5))
    with pytest.raises(CompileError, match="must be finite"):
        circuit(torch.full((2, 4), torch.nan))
    with pytest.raises(CompileError, match="some are beyond") as caught:
        circuit(torch.full((2, 4), 3.0))
    assert "to_torch" in caught.value.diagnostics[0].help


def test_samples_in_the_units_of_the_data_become_its_volts(points):
    source = points.out.parent / "points.imnn"
    circuit = points.to_torch(source)
    samples = np.loadtxt(points.out.parent / "test.csv", delimiter=",")[:, :4]
    volts = points.encode(points.out.parent / "test.csv", source).inputs_volts
    assert np.abs(circuit.volts(torch.from_numpy(samples)).numpy() - volts).max() < 1e-7


@pytest.mark.parametrize(
    ("inputs_", "outputs", "fields"),
    [
        (4, 3, {"set_name": "iris"}),
        (196, 10, {"pool": 2, "images": True}),
    ],
)
def test_units_are_those_of_compiling(tmp_path, inputs_, outputs, fields):
    if fields.pop("images", False):
        random = np.random.default_rng(1)
        images = random.integers(0, 256, (40, 28, 28)).astype(np.uint8)
        np.savez(tmp_path / "images.npz", inputs=images, targets=np.arange(40) % 10)
        fields["file"] = tmp_path / "images.npz"
    spec, of = data_spec(**fields, encode=UNIT_TO_VOLTS), design(inputs_, outputs)
    units = input_units(spec, of, "cross_entropy", 1)
    dataset = load_dataset(spec, of, "cross_entropy", 1).dataset
    from imnnc.data.dataset import prepare

    raw = torch.from_numpy(prepare(spec, of, "cross_entropy", 1).test.rows.astype(float))
    assert np.abs(to_volts(raw, units).numpy() - dataset.test_inputs).max() < 1e-7


def test_an_edited_folder_is_refused_unless_it_is_meant(copied):
    (copied / "summary.json").write_text("{}")
    with pytest.raises(CompileError, match="summary"):
        imnnc.load(copied).to_torch()
    assert imnnc.load(copied).to_torch(edited=True)(torch.zeros(1, 4)).shape == (1, 3)
