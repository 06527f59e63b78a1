"""Cells that carry (g / b) sinh(b V): Kirchhoff cell by cell, ngspice, and what a resistor does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck

from imnnc.design import InverterSizes
from imnnc.methods.equilibrium import EquilibriumNetwork
from imnnc.parasitics import Parasitics, Sine
from imnnc.physics.crossbar import IdealCrossbar, SinhLoad
from imnnc.physics.crossbars import crossbar_of, crossbars_of
from imnnc.physics.currents import source_currents
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import Nodes, OperatingPointSolver
from imnnc.physics.rest import rest
from imnnc.physics.settle import Settler, SineLoad
from imnnc.physics.sinh import SinhCrossbar
from imnnc.physics.vtc import TableModel
from tests.support.circuits import largest_difference, loaded, samples, simulated, solver
from tests.support.exact import CONDUCTANCES, inputs
from tests.support.measured import SUPPLY_VOLTS, inverter, table

SETTLER = Settler(inverter())
_MICRO = 1e6  # conductances in microsiemens are of the order of the other arguments


def bent(of: NetworkParameters, per_volt: float | None) -> NetworkParameters:
    return replace(of, parasitics=replace(of.parasitics, sinh_per_volt=per_volt))


def crossbar(per_volt: float, rows: int = 6, columns: int = 3, seed: int = 1) -> SinhCrossbar:
    random = np.random.default_rng(seed)
    cells, bias = (
        random.uniform(*CONDUCTANCES, (rows, columns)),
        random.uniform(0, 1e-6, (2, columns)),
    )
    ideal = IdealCrossbar(torch.from_numpy(cells), torch.from_numpy(bias), SUPPLY_VOLTS)
    return SinhCrossbar(ideal, (Sine(per_volt),))


def amperes(cells: FloatArray, volts: FloatArray, per_volt: float) -> FloatArray:
    return cells * np.sinh(per_volt * volts) / per_volt


def unbalance(of: NetworkParameters, inputs_volts: FloatArray, found: Sequence[Nodes]) -> float:
    """How far, in volts at most, nodes are from where Kirchhoff would put them, cell by cell."""
    b, ground = of.parasitics.sinh_per_volt, of.parasitics.output_siemens
    assert b is not None
    worst = 0.0
    plus, minus = inputs_volts, -inputs_volts
    for number, (layer, nodes) in enumerate(zip(of.layers, found, strict=True)):
        bias = np.full((len(plus), 1), SUPPLY_VOLTS)
        rows = np.hstack([plus, bias, minus, -bias])
        cells = np.vstack([layer.g_plus_siemens, layer.g_minus_siemens])
        across = rows[:, :, None] - nodes.net[:, None]
        columns = amperes(cells, across, b).sum(1) / (cells * np.cosh(b * across)).sum(1)
        worst = max(worst, float(np.abs(columns).max()))
        for v_in, v_out, sizes, which in (
            (nodes.net, nodes.minus, layer.size_minus, "g_minus_siemens"),
            (nodes.minus, nodes.plus, layer.size_plus, "g_plus_siemens"),
        ):
            current, _, slope = (
                x.numpy()
                for x in inverter().spline.value_and_partials(
                    torch.from_numpy(v_in), torch.from_numpy(v_out)
                )
            )
            excess, siemens = sizes * current - ground * v_out, ground - sizes * slope
            if number + 1 < len(of.layers):
                row = getattr(of.layers[number + 1], which)[:-1]
                across = v_out[:, :, None] - found[number + 1].net[:, None]
                excess -= amperes(row, across, b).sum(2)
                siemens = siemens + (row * np.cosh(b * across)).sum(2)
            worst = max(worst, float(np.abs(excess / siemens).max()))
        plus, minus = nodes.plus, nodes.minus
    return worst


@pytest.mark.parametrize("per_volt", [0.001, 0.05, 3.0, 20.0])
def test_a_column_that_floats_carries_no_current(per_volt):
    of = crossbar(per_volt)
    rows = torch.from_numpy(samples(5, 6).T.copy())
    nets = of.nets(rows)
    biases = torch.tensor([[SUPPLY_VOLTS], [-SUPPLY_VOLTS]], dtype=torch.float64).expand(-1, 5)
    cells = torch.cat([of.rows, of.bias]).numpy()
    across = torch.cat([rows, biases])[:, None] - nets
    into = amperes(cells[..., None], across.numpy(), per_volt)
    assert np.abs(into.sum(0) / cells.sum(0)[:, None]).max() < 1e-12
    # Currents of rows and of biases are those of their cells, whatever the columns are at.
    taken = torch.cat([of.row_currents(rows, nets), of.bias_currents(rows, nets)])
    assert np.allclose(taken.numpy(), into.sum(1), rtol=1e-9, atol=1e-20)


def test_inputs_are_rows_whose_minus_rows_are_opposite():
    of, volts = crossbar(3.0), torch.from_numpy(samples(4, 3).T.copy())
    expected = of.nets(torch.cat([volts, -volts]))
    assert torch.allclose(of.nets_of_inputs(volts), expected, rtol=0, atol=1e-15)


@given(st.floats(0.001, 20.0), st.integers(1, 1000))
def test_a_crossbar_upside_down_is_the_same_upside_down(per_volt, seed):
    # The law is odd: with all rows and biases at opposite voltages, so are the columns.
    of = crossbar(per_volt, seed=seed)
    flipped = replace(of, cells=replace(of.cells, bias=of.bias.flip(0)))
    rows = torch.from_numpy(samples(2, 6, seed).T.copy())
    assert torch.allclose(flipped.nets(-rows), -of.nets(rows), rtol=0, atol=1e-14)


@given(st.integers(1, 1000))
def test_a_column_is_between_its_rows(seed):
    rows = torch.from_numpy(samples(2, 6, seed).T.copy())
    assert float(crossbar(20.0, seed=seed).nets(rows).abs().max()) < SUPPLY_VOLTS


def test_without_bending_cells_are_resistors():
    of, volts = loaded((4, 5, 4, 3), resistor_ohms=2e5), samples(6, 4)
    resistors = solver().solve(of, volts).require().layers
    differences = [
        largest_difference(solver().solve(bent(of, b), volts).require().layers, resistors)
        for b in (0.1, 0.01, 0.001)
    ]
    # To second order in b.
    assert differences[0] / differences[1] == pytest.approx(100, rel=0.03)
    assert differences[1] / differences[2] == pytest.approx(100, rel=0.03)


@pytest.mark.parametrize("per_volt", [0.05, 3.0, 20.0])
@pytest.mark.parametrize("load", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 6, 3), (3, 4, 34, 2)])
def test_every_node_is_where_kirchhoff_puts_it(widths, load, per_volt):
    of = bent(loaded(widths, load=load, resistor_ohms=1e6), per_volt)
    volts = samples(20, widths[0])
    found = solver().solve(of, volts).require()
    assert unbalance(of, volts, found.layers) < 2e-9
    assert found.rounds.max() < 12


def test_leaks_bend_as_cells_do():
    of = loaded((4, 5, 3))
    layers = []
    for layer in of.layers:
        formed = np.random.default_rng(1).random((2, *layer.g_plus_siemens.shape)) < 0.3
        plus, minus = (
            np.where(mask, cells, 1e-9)
            for mask, cells in zip(
                formed, (layer.g_plus_siemens, layer.g_minus_siemens), strict=True
            )
        )
        layers.append(replace(layer, g_plus_siemens=plus, g_minus_siemens=minus))
    of = bent(replace(of, layers=tuple(layers)), 3.0)
    volts = samples(20, 4)
    assert unbalance(of, volts, solver().solve(of, volts).require().layers) < 2e-9


def test_a_sample_does_not_hear_of_the_others():
    of, volts = bent(loaded((3, 4, 34, 2)), 3.0), samples(20, 3)
    together = solver().solve(of, volts).require().layers
    alone = [solver().solve(of, volts[i : i + 1]).require().layers for i in range(4)]
    for number, found in enumerate(alone):
        own = [Nodes(*(x[number : number + 1] for x in layer)) for layer in together]
        assert largest_difference(found, own) < 1e-9


def test_torch_solves_what_compiled_loops_solve():
    torches = OperatingPointSolver(inverter())
    torches._settler = Settler(inverter(), compiled=False)
    of, volts = bent(loaded((4, 5, 3), load=3.0), 3.0), samples(20, 4)
    pair = (x.solve(of, volts).require().layers for x in (solver(), torches))
    assert largest_difference(*pair) < 1e-11


def test_in_single_precision_nodes_are_within_tens_of_microvolts():
    of, volts = bent(loaded((4, 5, 3)), 3.0), samples(20, 4)
    pair = (
        solver(dtype=x).solve(of, volts).require().layers for x in (torch.float64, torch.float32)
    )
    assert largest_difference(*pair) < 1e-4


def test_sources_give_what_cells_and_inverters_take():
    # The power of all sources is that of all currents into nodes: what rows take, biases give.
    of, volts = bent(loaded((4, 5, 3)), 3.0), samples(6, 4)
    layers = solver().solve(of, volts).require().layers
    found = source_currents(inverter(), of, volts, layers)
    first = of.layers[0]
    expected = amperes(
        first.g_plus_siemens[:-1], volts[:, :, None] - layers[0].net[:, None], 3.0
    ).sum(2)
    assert np.allclose(found.inputs_plus, expected, rtol=1e-9, atol=1e-20)
    biases = sum(
        amperes(x.g_plus_siemens[-1], SUPPLY_VOLTS - nodes.net, 3.0).sum(1)
        for x, nodes in zip(of.layers, layers, strict=True)
    )
    assert np.allclose(found.bias_plus, biases, rtol=1e-9)


def arguments(columns: int, load: float, count: int = 2) -> list[Tensor]:
    """Columns of a layer within the gain of its neurons, cells and sizes, to be moved."""
    of = loaded((3, 2, columns), load=load)
    layer, ideal = of.layers[0], crossbar_of(of.layers[1], of.parasitics, SUPPLY_VOLTS)
    assert isinstance(ideal, IdealCrossbar)
    sizes = torch.from_numpy(np.concatenate([layer.size_plus, layer.size_minus]))
    random = torch.Generator().manual_seed(1)
    net = 0.02 * torch.randn(2, count, generator=random, dtype=torch.float64)
    every = (net, _MICRO * ideal.rows, _MICRO * ideal.bias, sizes)
    return [x.clone().requires_grad_() for x in every]


def outputs(net: Tensor, rows: Tensor, bias: Tensor, sizes: Tensor) -> Tensor:
    cells = IdealCrossbar(rows / _MICRO, bias / _MICRO, SUPPLY_VOLTS, 1e-6)
    found, at_rest = rest(net, SinhLoad(cells, (Sine(3.0),), sizes), SETTLER)
    assert at_rest.all()
    return found


@pytest.mark.parametrize("load", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("columns", [1, 3, 34])
def test_gradients_of_a_layer_are_finite_differences(columns, load):
    many = columns > 3
    samples = arguments(columns, load)
    assert gradcheck(outputs, samples, eps=1e-6, atol=1e-5, rtol=1e-4, fast_mode=many)


def test_gradients_of_a_network_are_finite_differences():
    names = ("layer0", "layer1", "layer2")
    sizes = [InverterSizes(1, 10)] * 3
    law = Parasitics(sinh_per_volt=3.0)
    of = EquilibriumNetwork(
        names, (4, 5, 4, 3), CONDUCTANCES, sizes, TableModel(table()), 1, law
    ).double()
    volts = torch.from_numpy(inputs(5))

    def readout() -> Tensor:
        found = of(volts)[-1].minus
        weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1)).to(found)
        return (weights * found).sum()

    readout().backward()
    for moved in (*of.theta_rows, *of.theta_bias, *list(of.rho)[:-1]):
        flat, gradient = moved.detach().view(-1), moved.grad.view(-1)
        index = int(gradient.abs().argmax())
        before, step, found = float(flat[index]), 1e-4, []
        with torch.no_grad():
            for sign in (1, -1):
                flat[index] = before + sign * step
                found.append(float(readout()))
            flat[index] = before
        expected = (found[0] - found[1]) / (2 * step)
        assert float(gradient[index]) == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_a_load_is_the_currents_of_its_cells():
    of = crossbar(3.0)
    columns, sizes = torch.tensor([[0.1], [-0.05], [0.02]], dtype=torch.float64), torch.ones(6)
    load = of.row_loads(columns, sizes.double())
    assert isinstance(load, SineLoad)
    volts = torch.linspace(-0.2, 0.2, 6, dtype=torch.float64)[:, None].requires_grad_()
    taken, slope = load.at(volts)
    expected = amperes(of.rows.numpy(), (volts - columns.T).detach().numpy(), 3.0).sum(1)
    assert np.allclose(taken.detach().numpy()[:, 0], expected, rtol=1e-12)
    (by_torch,) = torch.autograd.grad(taken.sum(), volts)
    assert torch.allclose(slope, by_torch)


def test_which_cells_bend_is_said_by_the_parasitics():
    of = bent(loaded((4, 5, 3)), 0.05)
    assert all(isinstance(x, SinhCrossbar) for x in crossbars_of(of, SUPPLY_VOLTS))


@pytest.mark.parametrize("seed", range(8))
def test_every_node_is_where_ngspice_finds_it(tmp_path, seed):
    # The complete netlist, leaks of unformed cells, resistors and several bias pairs in it.
    random = np.random.default_rng(seed)
    widths = tuple(int(x) for x in random.integers(2, 8, int(random.integers(2, 5))))
    law, load = float(10 ** random.uniform(-1.5, np.log10(3.0))), float(10 ** random.uniform(-1, 1))
    pairs = [None, 2][seed % 2]
    of = loaded(widths, seed, load, resistor_ohms=[None, 1e6][seed // 2 % 2], bias_pairs=pairs)
    layers = [
        replace(
            layer,
            g_plus_siemens=np.where(
                random.random(layer.g_plus_siemens.shape) < 0.3, 1e-9, layer.g_plus_siemens
            ),
        )
        for layer in of.layers
    ]
    of = bent(replace(of, layers=tuple(layers)), law)
    volts = samples(5, widths[0], seed)[4:]
    found = solver().solve(of, volts).require().layers
    exact = [Nodes(*(x[0] for x in layer)) for layer in found]
    assert largest_difference(simulated(tmp_path, of, volts[0]).layers, exact) < 1e-7


def test_several_bias_pairs_are_one_of_their_sum():
    # The sine of one voltage is common to them: parallel cells add up, whatever their law.
    of = loaded((4, 5, 3), bias_pairs=2)
    summed = [
        replace(
            layer,
            g_plus_siemens=np.vstack([layer.g_plus_siemens[:-2], layer.g_plus_siemens[-2:].sum(0)]),
            g_minus_siemens=np.vstack(
                [layer.g_minus_siemens[:-2], layer.g_minus_siemens[-2:].sum(0)]
            ),
            bias_pairs=None,
        )
        for layer in of.layers
    ]
    volts = samples(5, 4)
    several, one = (
        solver().solve(bent(x, 3.0), volts).require().layers
        for x in (of, replace(of, layers=tuple(summed)))
    )
    assert largest_difference(several, one) < 1e-12
