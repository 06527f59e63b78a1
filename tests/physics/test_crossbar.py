"""Columns float to the average of their rows, and rows feel the columns as their load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.parasitics import NO_PARASITICS, Parasitics
from imnnc.physics.crossbar import Crossbar, IdealCrossbar
from imnnc.physics.crossbars import crossbar_of
from imnnc.physics.network import FloatArray, LayerParameters
from imnnc.simulate.ngspice import run_deck

SUPPLY_VOLTS = 0.25


def layer(inputs: int, width: int, seed: int = 1) -> LayerParameters:
    random = np.random.default_rng(seed)
    plus, minus = 10.0 ** random.uniform(-7, -5, (2, inputs + 1, width))
    return LayerParameters("hidden", plus, minus, np.ones(width), np.ones(width))


def crossbar(inputs: int, width: int, seed: int = 1) -> Crossbar:
    return crossbar_of(layer(inputs, width, seed), NO_PARASITICS, SUPPLY_VOLTS)


def row_voltages(inputs: int, samples: int = 1, seed: int = 2) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (2 * inputs, samples)))


def columns_by_kirchhoff(parameters: LayerParameters, rows: FloatArray) -> FloatArray:
    """The nodal equations of the columns, cell by cell, for row voltages (2 N,)."""
    sources = [*rows[: parameters.inputs], SUPPLY_VOLTS]
    sources_minus = [*rows[parameters.inputs :], -SUPPLY_VOLTS]
    conductances = np.zeros((parameters.width, parameters.width))
    currents = np.zeros(parameters.width)
    for cells, volts in (
        (parameters.g_plus_siemens, sources),
        (parameters.g_minus_siemens, sources_minus),
    ):
        for i, v in enumerate(volts):
            for j in range(parameters.width):
                conductances[j, j] += cells[i, j]
                currents[j] += cells[i, j] * v
    return np.linalg.solve(conductances, currents)


shapes = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(shapes)
def test_columns_are_where_kirchhoff_has_them(shape):
    inputs, width, seed = shape
    rows = row_voltages(inputs, seed=seed)
    nets = crossbar(inputs, width, seed).nets(rows)[:, 0]
    expected = columns_by_kirchhoff(layer(inputs, width, seed), rows[:, 0].numpy())
    assert np.allclose(nets, expected, rtol=0, atol=1e-15)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(shapes)
def test_the_current_of_a_row_is_that_of_its_norton_load(shape):
    inputs, width, seed = shape
    of = crossbar(inputs, width, seed)
    rows = row_voltages(inputs, seed=seed)
    nets = of.nets(rows)
    by_cells = (of.rows * (rows - nets.T)).sum(1)
    by_load = of.row_siemens * (rows - of.row_shares @ nets)[:, 0]
    assert torch.allclose(by_load, by_cells, rtol=1e-9, atol=1e-18)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(shapes)
def test_columns_draw_no_current(shape):
    inputs, width, seed = shape
    of = crossbar(inputs, width, seed)
    rows = row_voltages(inputs, seed=seed)
    bias = torch.tensor([[SUPPLY_VOLTS], [-SUPPLY_VOLTS]], dtype=torch.float64)
    nets = of.nets(rows)[:, 0]
    into = (of.rows * (rows - nets)).sum(0) + (of.bias * (bias - nets)).sum(0)
    assert torch.allclose(into, torch.zeros_like(into), atol=1e-19)


def test_only_ratios_of_conductances_set_the_columns():
    of, rows = crossbar(3, 2), row_voltages(3)
    doubled = IdealCrossbar(2 * of.rows, 2 * of.bias, SUPPLY_VOLTS)
    assert torch.allclose(doubled.nets(rows), of.nets(rows), rtol=1e-14)
    assert torch.allclose(doubled.row_siemens, 2 * of.row_siemens)
    nets = of.nets(rows)
    assert torch.allclose(doubled.row_shares @ nets, of.row_shares @ nets, rtol=1e-14)


def test_inputs_are_rows_whose_minus_rows_are_opposite():
    of, inputs = crossbar(4, 3), row_voltages(2, samples=5)
    assert torch.allclose(of.nets_of_inputs(inputs), of.nets(torch.cat([inputs, -inputs])))


def test_with_all_cells_alike_nothing_but_symmetry_is_left():
    of = IdealCrossbar(torch.full((6, 2), 1e-6), torch.full((2, 2), 1e-6), SUPPLY_VOLTS)
    assert torch.equal(of.nets_of_inputs(torch.tensor([[0.2], [0.1], [-0.2]])), torch.zeros(2, 1))


def test_a_bias_cell_on_the_plus_row_lifts_its_column():
    rows = torch.full((2, 2), 1e-6)
    bias = torch.tensor([[2e-6, 1e-6], [1e-6, 2e-6]])
    nets = IdealCrossbar(rows, bias, SUPPLY_VOLTS).nets_of_inputs(torch.zeros(1, 1))[:, 0]
    assert nets.tolist() == pytest.approx([0.05, -0.05])


def test_ngspice_has_the_same_columns_and_row_currents(tmp_path: Path):
    parameters = layer(3, 2)
    rows = row_voltages(3)
    of = crossbar_of(parameters, NO_PARASITICS, SUPPLY_VOLTS)
    columns, currents = _simulated(parameters, rows[:, 0].numpy(), tmp_path)
    nets = of.nets(rows)
    assert np.allclose(nets[:, 0], columns, rtol=0, atol=1e-9)
    expected = of.row_siemens * (rows - of.row_shares @ nets)[:, 0]
    assert np.allclose(expected, currents, rtol=1e-5, atol=1e-15)


def _simulated(
    parameters: LayerParameters, rows: FloatArray, folder: Path
) -> tuple[FloatArray, FloatArray]:
    """The columns (M,) in volts, and the current (2 N,) that each row gives, in amperes."""
    inputs = parameters.inputs
    lines = ["* a crossbar", ".options gmin=1e-18 abstol=1e-18 reltol=1e-7 vntol=1e-12"]
    volts = [*rows[:inputs], SUPPLY_VOLTS, *rows[inputs:], -SUPPLY_VOLTS]
    lines += [f"V{k} r{k} 0 {v:.17g}" for k, v in enumerate(volts)]
    cells = np.concatenate([parameters.g_plus_siemens, parameters.g_minus_siemens])
    lines += [
        f"R{k}_{j} r{k} net{j} {1 / cells[k, j]:.17g}"
        for k in range(len(volts))
        for j in range(parameters.width)
    ]
    nets = [f"v(net{j})" for j in range(parameters.width)]
    currents = [f"i(v{k})" for k in range(len(volts)) if k not in (inputs, 2 * inputs + 1)]
    names = [*nets, *currents]
    lines += [".control", "op", f"write result.raw {' '.join(names)}", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=folder, timeout_seconds=60)
    found = np.array([vector[0].real for vector in run.require(names, points=1)])
    return found[: len(nets)], -found[len(nets) :]


def test_a_resistor_to_ground_at_the_outputs_is_a_part_of_what_they_drive():
    parameters, sizes, ohms = layer(3, 2), torch.full((6,), 2.0, dtype=torch.float64), 1e5
    without = crossbar_of(parameters, NO_PARASITICS, SUPPLY_VOLTS).load(sizes)
    grounded = crossbar_of(parameters, Parasitics(ohms), SUPPLY_VOLTS).load(sizes)
    assert torch.allclose(grounded.g, without.g + 1 / (2 * ohms), rtol=1e-12)
    # The voltages behind the loads come down by the same divider.
    shares = without.row_shares * (without.g / grounded.g)[:, None]
    assert torch.allclose(grounded.row_shares, shares, rtol=1e-12)
    assert torch.equal(grounded.column_shares, without.column_shares)
