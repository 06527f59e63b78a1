"""Columns' own time in the estimate that prices energy, where a source states capacitances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from imnnc.design import InverterSizes
from imnnc.methods.charging import Charging, charging
from imnnc.methods.power import network_seconds, settling_seconds
from imnnc.methods.trainable import TrainableNetwork
from imnnc.parasitics import Capacitances, Parasitics, Wires
from imnnc.physics.network import LayerParameters, NetworkParameters
from tests.support.exact import CONDUCTANCES, network
from tests.support.measured import SUPPLY_VOLTS, inverter, table, volts

FARADS = Capacitances(1e-16, 2e-16, 5e-17)


def stated(of: NetworkParameters, farads: Capacitances | None) -> NetworkParameters:
    every = None if farads is None else (farads,) * len(of.layers)
    return replace(of, parasitics=Parasitics(capacitances=every))


def one_neuron() -> NetworkParameters:
    cells = np.array([[3e-7], [2e-7], [5e-7]])
    return NetworkParameters(
        (LayerParameters("layer0", cells, cells, np.array([2.0]), np.array([3.0])),)
    )


def test_a_column_settles_with_its_gates_wires_and_cells_over_its_cells():
    without = network_seconds(inverter(), one_neuron())
    gates = 2 * table().input_farads / 2e-6
    for farads, more in (
        (None, 0.0),
        (Capacitances(), gates),
        (FARADS, gates + 6 * (2e-16 + 5e-17) / 2e-6),
    ):
        found = network_seconds(inverter(), stated(one_neuron(), farads))
        assert found == pytest.approx(without + more, rel=1e-12)


def test_what_drives_a_row_charges_it():
    sizes = [(volts(2.0), volts(5.0)), (volts(1.0), volts(1.0))]
    loads = [(volts(3e-6), volts(4e-6)), (volts(0.0), volts(0.0))]
    columns = volts(1e6)  # so conductive that they take no time
    wire = Charging(columns, 0.0, 0.0, 7e-16, 0.0)
    nothing = settling_seconds(inverter(), sizes, loads)
    found = settling_seconds(inverter(), sizes, loads, [None, wire])
    own = inverter().middle_siemens
    more = 7e-16 / (2 * own + 3e-6) + 7e-16 / (5 * own + 4e-6)
    assert float(found - nothing) == pytest.approx(more, rel=1e-6)


def test_rows_that_sources_drive_wait_for_their_drivers():
    wires = Wires(row_ohms=100.0, driver_ohms=5e3)
    cells = torch.full((6, 4), 1e-6, dtype=torch.float64)
    parasitics = Parasitics(wires=(wires, wires), capacitances=(FARADS, FARADS))
    first, second = (charging(cells, parasitics, number) for number in (0, 1))
    assert first.row_seconds == pytest.approx((5e3 + 2 * 100.0) * 4 * 1.5e-16, rel=1e-12)
    assert second.row_seconds == 0.0


@pytest.mark.parametrize("ohms", [10.0, 1e3, 1e4])
def test_a_column_with_resistance_is_the_ladder_that_it_is(ohms):
    """The first moment at its end, of a step at all rows: by solving the nodes."""
    rows, siemens, gates, pitch = 60, 1e-6, 3e-15, 2.5e-16
    laplacian = np.zeros((rows + 1, rows + 1))
    for i in range(rows):
        laplacian[i, i] += siemens
        laplacian[i : i + 2, i : i + 2] += np.array([[1, -1], [-1, 1]]) / ohms
    from_end = np.linalg.inv(laplacian)[-1]
    expected = pitch * from_end[:-1].sum() + gates * from_end[-1]
    parasitics = Parasitics(wires=(Wires(column_ohms=ohms),), capacitances=(FARADS,))
    cells = torch.full((rows, 1), siemens, dtype=torch.float64)
    found = charging(cells, parasitics, 0).column_seconds(volts(gates))
    assert float(found) == pytest.approx(expected, rel=0.03)


def test_training_estimates_what_the_finished_network_does():
    names, sizes = ["hidden", "kind"], [InverterSizes(1, 10)] * 2
    wires = Wires(5.0, 200.0, 1e3)
    parasitics = Parasitics(wires=(wires, wires), capacitances=(FARADS, None))
    training = TrainableNetwork(names, (4, 5, 3), CONDUCTANCES, sizes, SUPPLY_VOLTS, 1, parasitics)
    with torch.no_grad():
        pairs = [(minus, plus) for plus, minus in (training.sizes(n).chunk(2) for n in (0, 1))]
        loads, crossbars = ([of(n) for n in (0, 1)] for of in (training.loads, training.charging))
        found = float(settling_seconds(inverter(), pairs, loads, crossbars))
    assert crossbars[1] is None
    of = training.found()
    # In training what loads rows is without wires, which are far less than cells here.
    assert found == pytest.approx(network_seconds(inverter(), of), rel=5e-3)
    unsaid = replace(of, parasitics=replace(of.parasitics, capacitances=None))
    assert found > 1.05 * network_seconds(inverter(), unsaid)


def test_its_gradients_are_those_of_finite_differences():
    def nanoseconds(*leaves: torch.Tensor) -> torch.Tensor:
        first, second, cells, last, readout = leaves
        parasitics = Parasitics(wires=(Wires(column_ohms=2e4),) * 2, capacitances=(FARADS,) * 2)
        crossbars = [charging(cells * 1e-6, parasitics, 0), charging(cells.T * 1e-6, parasitics, 1)]
        loads = [(cells.sum(0) * 1e-6,) * 2, (0 * last, 0 * last)]
        return 1e9 * settling_seconds(
            inverter(), [(first, second), (last, readout)], loads, crossbars
        )

    cells = torch.tensor([[0.5, 1.0, 0.2], [0.7, 0.1, 0.9]], dtype=torch.float64)
    leaves = [volts(1.0, 3.0, 2.0), volts(2.0, 1.0, 1.9), cells, volts(1.0, 4.0), volts(3.0, 1.0)]
    assert gradcheck(nanoseconds, [x.requires_grad_() for x in leaves], eps=1e-6, atol=1e-6)


def test_a_network_whose_source_says_nothing_is_priced_as_ever():
    of = network((4, 5, 3))
    sizes = [(torch.from_numpy(x.size_minus), torch.from_numpy(x.size_plus)) for x in of.layers]
    loads = [(x, x) for x in (torch.full((5,), 2e-6), torch.zeros(3))]
    plain = settling_seconds(inverter(), sizes, loads)
    assert torch.equal(plain, settling_seconds(inverter(), sizes, loads, [None, None]))
