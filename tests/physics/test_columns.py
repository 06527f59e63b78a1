"""Columns differentiated by hand: the same bits as automatic differentiation has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from imnnc.physics.columns import Cells, InputColumns, LoadedColumns
from imnnc.physics.crossbar import IdealCrossbar
from imnnc.physics.curve import CurvePair
from imnnc.physics.loading import LoadedLayer
from tests.support.measured import SUPPLY_VOLTS, curves

INPUTS, NEURONS, COLUMNS, SAMPLES = 9, 7, 5, 12
MEAN_NETS = torch.linspace(-0.02, 0.03, COLUMNS)


def leaf(low: float, high: float, *shape: int) -> Tensor:
    random = np.random.default_rng(sum(shape))
    return torch.from_numpy(random.uniform(low, high, shape).astype(np.float32)).requires_grad_()


def of_layer() -> list[Tensor]:
    """Columns of the neurons, their sizes, rows, bias cells, thresholds."""
    return [
        leaf(-0.1, 0.1, NEURONS, SAMPLES),
        leaf(1, 4, 2 * NEURONS),
        leaf(1e-7, 6e-7, 2 * NEURONS, COLUMNS),
        leaf(1e-7, 6e-7, 2, COLUMNS),
        leaf(-0.01, 0.01, NEURONS, SAMPLES),
    ]


def by_hand(
    net: Tensor, sizes: Tensor, rows: Tensor, bias: Tensor, shift: Tensor
) -> tuple[Tensor, ...]:
    apply: Any = LoadedColumns.apply
    pair = CurvePair(curves(), torch.float32)
    found: tuple[Tensor, ...] = apply(net, sizes, rows, bias, SUPPLY_VOLTS, MEAN_NETS, pair, shift)
    return found


def recorded(
    net: Tensor, sizes: Tensor, rows: Tensor, bias: Tensor, shift: Tensor
) -> tuple[Tensor, ...]:
    crossbar = IdealCrossbar(rows, bias, SUPPLY_VOLTS)
    load = crossbar.load(sizes)
    apply: Any = LoadedLayer.apply
    g, shares = load.g.view(2, NEURONS), (load.row_shares, load.column_shares, load.bias_share)
    pair = CurvePair(curves(), torch.float32)
    outputs, drift = apply(net, g, *shares, MEAN_NETS, pair, shift)
    return outputs, crossbar.nets(outputs), drift


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cells_have_the_values_and_the_gradients_of_their_formula(dtype):
    least, span = 1 / 8.33e6, 1e-6 - 1 / 8.33e6
    apply: Any = Cells.apply
    found = []
    for by in (
        lambda *thetas: apply(*thetas, least, span),
        lambda *thetas: [least + span * torch.sigmoid(theta) for theta in thetas],
    ):
        thetas = [leaf(-3, 3, count, COLUMNS).detach().to(dtype) for count in (2 * INPUTS, 2)]
        cells = by(*(theta.requires_grad_() for theta in thetas))
        sum((x * x.detach()).sum() for x in cells).backward()
        found.append([*cells, *(x.grad for x in thetas)])
    assert all(torch.equal(ours, autograd) for ours, autograd in zip(*found, strict=True))


def test_inputs_have_the_columns_and_the_gradients_of_an_ideal_crossbar():
    inputs, weights = leaf(-0.25, 0.25, SAMPLES, INPUTS).detach().T, torch.linspace(-1, 1, SAMPLES)
    apply: Any = InputColumns.apply
    found = []
    for by in (
        lambda rows, bias: apply(rows, bias, SUPPLY_VOLTS, inputs),
        lambda rows, bias: IdealCrossbar(rows, bias, SUPPLY_VOLTS).nets_of_inputs(inputs),
    ):
        cells = leaf(1e-7, 6e-7, 2 * INPUTS, COLUMNS), leaf(1e-7, 6e-7, 2, COLUMNS)
        columns = by(*cells)
        (columns * weights).square().sum().backward()
        found.append([columns, *(x.grad for x in cells)])
    assert all(torch.equal(ours, autograd) for ours, autograd in zip(*found, strict=True))


@pytest.mark.parametrize("asked", [(1,), (0,), (0, 1)])  # of the outputs, of the columns
def test_a_loaded_layer_has_the_voltages_and_the_gradients_of_its_parts(asked):
    found = []
    for by in (by_hand, recorded):
        leaves = of_layer()
        results = by(*leaves)
        loss = torch.zeros(())
        for which in asked:
            loss = loss + results[which].square().sum()
        loss.backward()
        found.append([*results, *(x.grad for x in leaves)])
    assert all(torch.equal(ours, autograd) for ours, autograd in zip(*found, strict=True))
