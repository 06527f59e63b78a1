"""Cells of a user's subcircuit: ngspice with the subcircuit itself is where the solver is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from imnnc.parasitics import Sine
from imnnc.physics.crossbar import IdealCrossbar, SinhLoad
from imnnc.physics.law_fit import fit_law
from imnnc.physics.operating_point import Nodes
from imnnc.physics.rest import rest
from imnnc.physics.settle import Settler
from imnnc.physics.sinh import SinhCrossbar
from tests.support.cells import CUBIC, DIODES, MIXED, SINH, TANH, model, written
from tests.support.circuits import largest_difference, loaded, samples, simulated, solver
from tests.support.measured import SUPPLY_VOLTS, inverter

SINES = (Sine(1.0, -2.0), Sine(4.0, 3.0))
VOLTS = np.linspace(-2 * SUPPLY_VOLTS, 2 * SUPPLY_VOLTS, 161)
_MICRO = 1e6


@pytest.mark.parametrize(
    ("text", "quantity", "within"),
    [
        (SINH, "conductance", 2e-9),
        (MIXED, "conductance", 1e-7),
        (CUBIC, "resistance", 1e-7),
        (TANH, "conductance", 1e-6),
        # ngspice's diode has a kink in reverse, which no sum of sines has.
        (DIODES, "conductance", 5e-6),
    ],
)
def test_every_node_is_where_ngspice_with_the_model_itself_finds_it(
    tmp_path, text, quantity, within
):
    source = written(tmp_path, text, quantity)
    cells = model(text, quantity)
    for seed, widths in enumerate(((4, 5, 3), (3, 6, 4, 2))):
        of = loaded(widths, seed, load=1.0)
        of = replace(of, parasitics=replace(of.parasitics, model=cells))
        volts = samples(5, widths[0], seed)[3:]
        found = solver().solve(of, volts).require().layers
        (tmp_path / str(seed)).mkdir()
        there = simulated(tmp_path / str(seed), of, volts[1], cells=source.library).layers
        assert largest_difference(there, [Nodes(*(x[1] for x in n)) for n in found]) < within


def crossbar() -> SinhCrossbar:
    random = np.random.default_rng(1)
    rows, bias = (torch.from_numpy(random.uniform(1e-7, 1e-6, (n, 3))) for n in (6, 2))
    return SinhCrossbar(IdealCrossbar(rows, bias, SUPPLY_VOLTS), SINES)


def carried(volts: np.ndarray) -> np.ndarray:
    return sum(x.weight * np.sinh(x.per_volt * volts) / x.per_volt for x in SINES)


def test_a_column_of_a_sum_of_sines_that_floats_carries_no_current():
    of, rows = crossbar(), torch.from_numpy(samples(9, 6).T.copy())
    nets = of.nets(rows)
    biases = torch.tensor([[SUPPLY_VOLTS], [-SUPPLY_VOLTS]], dtype=torch.float64).expand(-1, 9)
    cells = torch.cat([of.rows, of.bias]).numpy()
    into = cells[..., None] * carried((torch.cat([rows, biases])[:, None] - nets).numpy())
    assert np.abs(into.sum(0) / cells.sum(0)[:, None]).max() < 1e-13
    taken = torch.cat([of.row_currents(rows, nets), of.bias_currents(rows, nets)])
    assert np.allclose(taken.numpy(), into.sum(1), rtol=1e-9, atol=1e-20)


def test_columns_of_inputs_have_gradients():
    of, volts = crossbar(), torch.from_numpy(samples(4, 3)[2:].T.copy())

    def columns(rows: torch.Tensor, volts: torch.Tensor) -> torch.Tensor:
        cells = replace(of.cells, rows=rows / _MICRO)
        return replace(of, cells=cells).nets_of_inputs(volts)

    moved = [(_MICRO * of.rows).requires_grad_(), volts.requires_grad_()]
    assert gradcheck(columns, moved, eps=1e-5, atol=1e-7)


def test_gradients_of_a_layer_are_finite_differences():
    random = torch.Generator().manual_seed(1)
    net = 0.02 * torch.randn(2, 2, generator=random, dtype=torch.float64)
    rows = 0.1 + torch.rand(4, 3, generator=random, dtype=torch.float64)
    bias = 0.1 + torch.rand(2, 3, generator=random, dtype=torch.float64)
    sizes = 1 + 5 * torch.rand(4, generator=random, dtype=torch.float64)

    def outputs(*of: torch.Tensor) -> torch.Tensor:
        net, rows, bias, sizes = of
        cells = IdealCrossbar(rows / _MICRO, bias / _MICRO, SUPPLY_VOLTS, 1e-6)
        found, at_rest = rest(net, SinhLoad(cells, SINES, sizes), Settler(inverter()))
        assert at_rest.all()
        return found

    moved = [x.requires_grad_() for x in (net, rows, bias, sizes)]
    assert gradcheck(outputs, moved, eps=1e-6, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("per_volt", [0.05, 1.0, 3.0, 20.0])
def test_one_sine_is_fitted_exactly(per_volt):
    found = fit_law(VOLTS, 2e-6 * np.sinh(per_volt * VOLTS) / per_volt)
    assert found.siemens == pytest.approx(2e-6, rel=1e-7)
    assert [x.per_volt for x in found.sines] == [pytest.approx(per_volt, rel=1e-5)]


def test_other_odd_laws_are_sums_of_few():
    for law, worst in ((VOLTS + 10 * VOLTS**3, 1e-8), (np.arctan(4 * VOLTS), 1e-4)):
        found = fit_law(VOLTS, law)
        assert len(found.sines) <= 8
        assert found.off_volts(VOLTS, law) < worst
