"""How long outputs take to settle, beside ngspice and beside what can be written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from imnnc.measure.figures import settled_band
from imnnc.parasitics import Capacitances, Parasitics, Wires
from imnnc.physics.charges import Charges
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import LayerParameters, NetworkParameters
from imnnc.physics.operating_point import Nodes, OperatingPointSolver
from imnnc.physics.response import StepResponse
from tests.support.measured import charges, inverter, table
from tests.support.steps import delays

FARADS = Capacitances(1e-16, 2e-16, 5e-17)
LARGE = Capacitances(1e-15, 2e-15, 1e-16)


@pytest.mark.parametrize(
    ("widths", "wires", "capacitances"),
    [
        ([4, 3, 3], None, None),
        ([4, 3, 3], None, LARGE),
        ([6, 8, 4, 2], None, LARGE),
        ([24, 10, 4], Wires(20.0, 60.0, 500.0), FARADS),
        ([10, 8, 4], Wires(200.0, 300.0, 5000.0), LARGE),
    ],
)
def test_delays_are_those_of_ngspice(tmp_path, widths, wires, capacitances):
    estimated, measured = delays(tmp_path, widths, wires=wires, capacitances=capacitances)
    np.testing.assert_allclose(estimated, measured, rtol=0.03)


def test_capacitances_make_a_network_slower(tmp_path):
    found = []
    for number, capacitances in enumerate([None, FARADS, LARGE]):
        folder = tmp_path / str(number)
        folder.mkdir()
        _, measured = delays(folder, [4, 3, 3], capacitances=capacitances, samples=2)
        found.append(measured.max())
    assert 1.05 * found[0] < found[1] < found[2] / 1.5


def one_column(parasitics: Parasitics) -> NetworkParameters:
    cells = np.array([[3e-7], [2e-7], [5e-7]])
    size = np.array([2.0])
    layer = LayerParameters("layer0", cells, cells[::-1].copy(), size, size)
    return NetworkParameters((layer,), parasitics)


def test_a_column_alone_is_one_time_constant():
    """Of an inverter without charges V- follows the column, which falls exponentially."""
    parameters = one_column(Parasitics(capacitances=(LARGE,)))
    inputs = np.array([[0.2, -0.1], [-0.1, 0.15]])
    layers = OperatingPointSolver(inverter()).solve(parameters, inputs).require().layers
    nothing, pair = Charges.constant(1e-24, 1e-24), np.array([[0, 1]])
    unread = Inverter(replace(table(), input_farads=1e-24))
    (found,) = StepResponse(unread, nothing, parameters, 1e-15).seconds(layers, pair, settled_band)
    seconds = 6 * (2e-15 + 1e-16) / 2e-6
    start, end = layers[0].net[:, 0]
    times = np.linspace(0, 10 * seconds, 20_001)
    nets = torch.from_numpy(end + (start - end) * np.exp(-times / seconds))
    outputs = inverter().loaded_output(nets, torch.tensor(0.0), torch.tensor(0.0)).numpy()
    rest = layers[0].minus[:, 0]
    outside = np.abs(outputs - rest[1]) > settled_band(np.abs(np.diff(rest)))
    assert found == pytest.approx(times[outside.nonzero()[0][-1]], rel=5e-3)


def test_outputs_that_rest_elsewhere_do_not_settle():
    parameters = one_column(Parasitics())
    inputs = np.array([[0.2, -0.1], [-0.1, 0.15]])
    (layer,) = OperatingPointSolver(inverter()).solve(parameters, inputs).require().layers
    moved = Nodes(layer.net, layer.minus + np.array([[0.0], [0.1]]), layer.plus)
    response = StepResponse(inverter(), charges(), parameters, 2e-11)
    found = response.seconds([moved], np.array([[0, 1], [0, 0]]), settled_band)
    assert found.tolist() == [np.inf, 0.0]


def test_what_does_not_move_has_settled():
    parameters = one_column(Parasitics())
    layers = OperatingPointSolver(inverter()).solve(parameters, np.zeros((1, 2))).require().layers
    response = StepResponse(inverter(), charges(), parameters, 2e-11)
    assert response.seconds(layers, np.array([[0, 0]]), settled_band).tolist() == [0.0]
