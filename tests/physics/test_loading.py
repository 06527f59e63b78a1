"""A layer under the load that it drives: right to first order, forward and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.crossbar import Crossbar, IdealCrossbar
from imnnc.physics.curve import CurvePair, bank
from imnnc.physics.loading import LoadedLayer
from tests.support.measured import SUPPLY_VOLTS, curves, inverter

NEURONS, COLUMNS, SAMPLES = 4, 3, 6


@dataclass
class Case:
    """Neurons on their columns, the crossbar that they drive, and mean voltages of its columns."""

    net: Tensor
    g: Tensor
    crossbar: Crossbar
    mean_nets: Tensor

    def inputs(self) -> list[Tensor]:
        of = self.crossbar
        return [self.net, self.g, of.row_shares, of.column_shares, of.bias_share]


def case(spread: float = 0.05) -> Case:
    random = np.random.default_rng(11)
    cells = random.uniform(1e-7, 6e-7, (2 * NEURONS + 2, COLUMNS))
    of = IdealCrossbar(torch.from_numpy(cells[:-2]), torch.from_numpy(cells[-2:]), SUPPLY_VOLTS)
    sizes = torch.from_numpy(random.uniform(1, 4, 2 * NEURONS))
    net = torch.from_numpy(random.normal(0, spread, (NEURONS, 1 if not spread else SAMPLES)))
    g = (of.row_siemens / sizes).view(2, NEURONS)
    return Case(net, g, of, torch.zeros(COLUMNS, dtype=torch.float64))


def outputs(of: Case) -> tuple[Tensor, Tensor]:
    apply: Any = LoadedLayer.apply
    pair = CurvePair(curves(), torch.float64)
    found: tuple[Tensor, Tensor] = apply(*of.inputs(), of.mean_nets, pair)
    return found


def settled(of: Case) -> Case:
    """The same, its mean voltages where the samples have them."""
    for _ in range(40):
        of.mean_nets = of.mean_nets + outputs(of)[1]
    return of


def exact(of: Case) -> Tensor:
    """V+, then V-, by the inverter's own currents."""
    columns = torch.zeros(COLUMNS, of.net.shape[1], dtype=torch.float64)
    for _ in range(40):
        at_plus, at_minus = (of.crossbar.row_shares @ columns).chunk(2)
        minus = inverter().loaded_output(of.net, of.g[1][:, None], at_minus)
        plus = inverter().loaded_output(minus, of.g[0][:, None], at_plus)
        columns = of.crossbar.nets(torch.cat([plus, minus]))
    return torch.cat([plus, minus])


def test_the_mean_voltages_come_to_rest_at_the_mean_of_the_columns():
    of = settled(case())
    found, drift = outputs(of)
    assert torch.allclose(drift, torch.zeros_like(drift), atol=1e-9)
    assert torch.allclose(of.crossbar.nets(found).mean(1), of.mean_nets, atol=1e-3)


def test_it_is_near_the_exact_outputs():
    of = settled(case())
    error = outputs(of)[0] - exact(of)
    assert float(error.square().mean().sqrt()) < 1.5e-3


def test_what_is_left_out_is_of_second_order_in_the_distance_from_the_mean():
    of = settled(case(spread=0.0))
    at_rest = outputs(of)[0]
    errors = []
    for distance in (8e-3, 4e-3):
        away = Case(of.net, of.g, of.crossbar, of.mean_nets + distance)
        errors.append(float((outputs(away)[0] - at_rest).abs().max()))
    assert errors[0] < 3e-3
    assert 3 < errors[0] / errors[1] < 5


def test_it_differentiates_as_autograd_through_its_formula_with_slopes_held():
    of = settled(case())
    weights = torch.from_numpy(np.random.default_rng(8).normal(size=(2 * NEURONS, SAMPLES)))
    of.mean_nets = of.mean_nets + 5e-3
    ours = [x.clone().requires_grad_() for x in of.inputs()]
    apply: Any = LoadedLayer.apply
    pair = CurvePair(curves(), torch.float64)
    found = apply(*ours, of.mean_nets, pair)[0]
    (found * weights).sum().backward()

    theirs = [x.clone().requires_grad_() for x in of.inputs()]
    expected = _by_formula(of, pair, *theirs)
    (expected * weights).sum().backward()
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)
    for mine, autograd in zip(ours, theirs, strict=True):
        bound = 1e-10 * float(autograd.grad.abs().max())
        assert torch.allclose(mine.grad, autograd.grad, rtol=1e-8, atol=bound)


def _by_formula(
    of: Case,
    pair: CurvePair,
    net: Tensor,
    g: Tensor,
    row_shares: Tensor,
    column_shares: Tensor,
    bias_share: Tensor,
) -> Tensor:
    """What the docstring says, on autograd; the curves are linear around where they are."""
    emf = (row_shares @ of.mean_nets).view(2, NEURONS)
    tangents = pair.tangents(g.detach(), emf.detach())

    def curve(v_in: Tensor, which: int) -> tuple[Tensor, Tensor, Tensor]:
        value, to_input, to_load = bank(v_in.detach(), tangents.of(which))
        moved_g = (g[which] - g[which].detach())[:, None]
        moved_emf = (emf[which] - emf[which].detach())[:, None]
        value = value + to_input * (v_in - v_in.detach())
        return value + to_load[:, 0] * moved_g + to_load[:, 1] * moved_emf, to_input, to_load[:, 1]

    minus, _, minus_slopes = curve(net, 1)
    plus, plus_in, plus_slopes = curve(minus, 0)
    through = plus_in * minus_slopes

    def answer(load: Tensor) -> Tensor:
        at_plus, at_minus = load.chunk(2)
        return torch.cat([plus_slopes * at_plus + through * at_minus, minus_slopes * at_minus])

    # A, column by column, from the mean slopes.
    fixed_rows, fixed_columns = row_shares.detach(), column_shares.detach()
    feedback = []
    for column in torch.eye(COLUMNS, dtype=torch.float64):
        load = (fixed_rows @ column)[:, None].expand(-1, SAMPLES)
        feedback.append(fixed_columns.T @ answer(load).mean(1))
    system = torch.eye(COLUMNS, dtype=torch.float64) - torch.stack(feedback, 1)
    columns = column_shares.T @ torch.cat([plus, minus]) + bias_share
    deviation = torch.linalg.solve(system, columns - of.mean_nets[:, None])
    return torch.cat([plus, minus]) + answer(row_shares @ deviation)
