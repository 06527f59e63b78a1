"""Networks with wires at rest, against ngspice; and what training sees of wires."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.parasitics import NO_PARASITICS, Parasitics, Wires
from imnnc.physics.crossbar import IdealCrossbar
from imnnc.physics.crossbars import crossbar_of, crossbars_of
from imnnc.physics.currents import source_currents
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import NetworkParameters
from imnnc.physics.operating_point import Nodes
from imnnc.physics.wired import lean, leaning, wired
from tests.support.circuits import largest_difference, loaded, samples, simulated, solver
from tests.support.measured import SUPPLY_VOLTS, table

INTERLEAVED = Wires(5.0, 15.0, 100.0)
HALVES = Wires(20.0, 20.0, None, "halves")


def with_wires(of: NetworkParameters, *wires: Wires | None) -> NetworkParameters:
    return replace(of, parasitics=replace(of.parasitics, wires=wires))


@pytest.mark.parametrize(
    ("widths", "wires", "bias_pairs"),
    [
        ((5, 4, 3), (INTERLEAVED, HALVES), None),
        ((6, 8, 5, 3), (HALVES, INTERLEAVED, None), None),
        ((4, 40, 3), (None, Wires(None, 50.0, None, "halves")), None),
        ((4, 3), (Wires(None, None, 1e4),), None),
        ((6, 5, 4, 3), (INTERLEAVED, HALVES, None), 3),
        ((32, 32, 3), (INTERLEAVED, HALVES), None),  # 66 x 32 cells
    ],
)
def test_every_node_and_every_source_is_as_in_ngspice(tmp_path: Path, widths, wires, bias_pairs):
    of = with_wires(loaded(widths, seed=3, bias_pairs=bias_pairs), *wires)
    inputs = samples(4, widths[0])[3]
    found = solver().solve(of, inputs[None]).require()
    circuit = simulated(tmp_path, of, inputs)
    ours = [Nodes(*(node[0] for node in layer)) for layer in found.layers]
    assert largest_difference(ours, circuit.layers) < 2e-8
    currents = source_currents(Inverter(table()), of, inputs[None], found.layers)
    for source, amperes in (
        ("dd", currents.rail_plus),
        ("bias_plus", currents.bias_plus),
        ("bias_minus", currents.bias_minus),
        ("pixels_plus_1", currents.inputs_plus[:, 1]),
        ("pixels_minus_2", currents.inputs_minus[:, 2]),
    ):
        assert amperes[0] == pytest.approx(circuit.amperes[source], rel=2e-4, abs=2e-12)


@pytest.mark.parametrize("ohms", [None, 2e5])
def test_wires_that_vanish_leave_the_network_as_it_was(ohms):
    of = loaded((6, 8, 5, 3), resistor_ohms=ohms)
    inputs = samples(6, 6)
    thin = with_wires(of, *[Wires(1e-3, 1e-3, 1e-3)] * 3)
    found, ideal = (solver().solve(x, inputs).require().layers for x in (thin, of))
    assert largest_difference(found, ideal) < 2e-7


def test_conductive_cells_behind_long_wires_still_come_to_rest():
    of = with_wires(loaded((6, 40, 8, 3), load=5.0), *[Wires(2e3, 4e3, 2e4, "halves")] * 3)
    found = solver().solve(of, samples(20, 6))
    assert found.converged.all()
    first, second = crossbars_of(of, SUPPLY_VOLTS)[1:]
    outputs = [torch.from_numpy(np.concatenate([x.plus, x.minus], 1).T) for x in found.layers[:2]]
    for crossbar, v, nodes in zip((first, second), outputs, found.layers[1:], strict=True):
        assert np.abs(crossbar.nets(v).numpy().T - nodes.net).max() < 1e-9


def cells(inputs: int = 6, columns: int = 4, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    every = 1e-6 * (1 + 7 * torch.rand(2 * inputs + 2, columns, generator=random).double())
    return every[:-2], every[-2:]


def test_what_training_sees_is_exact_for_the_cells_that_it_was_solved_for():
    rows, bias = cells()
    of = leaning(rows, bias, lean(rows, bias, HALVES), SUPPLY_VOLTS)
    v = torch.linspace(-0.2, 0.2, 12).double()[:, None]
    exactly = wired(rows, bias, HALVES, SUPPLY_VOLTS)
    assert torch.allclose(of.nets(v), exactly.nets(v), rtol=0, atol=1e-14)
    inputs = v[:6]
    assert torch.allclose(of.nets_of_inputs(inputs), exactly.nets_of_inputs(inputs), atol=1e-14)


def test_and_nearly_so_for_cells_that_have_drifted_from_there():
    wires = Wires(200.0, 200.0, None, "halves")
    rows, bias = cells(20, 12)
    ratio = lean(rows, bias, wires)
    random = torch.Generator().manual_seed(7)
    drifted = rows * (1 + 0.02 * torch.randn(rows.shape, generator=random).double())
    v = 0.25 * torch.sign(torch.randn(40, 50, generator=random).double())
    ideal = IdealCrossbar(drifted, bias, SUPPLY_VOLTS).nets(v)
    exactly = wired(drifted, bias, wires, SUPPLY_VOLTS).nets(v)
    seen = leaning(drifted, bias, ratio, SUPPLY_VOLTS).nets(v)
    assert (seen - exactly).square().mean().sqrt() < 0.02 * (ideal - exactly).square().mean().sqrt()


def test_the_gradients_of_what_training_sees_are_those_of_small_changes():
    rows, bias = (1e6 * x for x in cells(2, 3))
    ratio = lean(rows * 1e-6, bias * 1e-6, HALVES)
    v = torch.linspace(-0.2, 0.2, 4).double()[:, None]

    def nets(rows: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return leaning(rows, bias, ratio, SUPPLY_VOLTS).nets(v)

    rows.requires_grad_(), bias.requires_grad_()
    assert torch.autograd.gradcheck(nets, (rows, bias))


def test_the_load_of_a_row_is_its_own_conductance_and_what_the_others_put_behind_it():
    of = loaded((4, 5, 3)).layers[1]
    crossbar = crossbar_of(of, Parasitics(1e6, (HALVES,)), SUPPLY_VOLTS)
    sizes = torch.full((10,), 2.0).double()
    load = crossbar.load(sizes)
    v = torch.linspace(-0.2, 0.2, 10).double()[:, None]
    behind = load.row_shares @ (load.column_shares.T @ v + load.bias_share)
    taken = sizes[:, None] * load.g[:, None] * (v - behind)
    given = crossbar.row_currents(v, crossbar.nets(v)) + 1e-6 * v
    assert torch.allclose(taken, given, rtol=1e-12, atol=1e-20)


def test_in_single_precision_a_crossbar_is_the_same():
    of = loaded((4, 5, 3)).layers[1]
    exactly = crossbar_of(of, replace(NO_PARASITICS, wires=(HALVES,)), SUPPLY_VOLTS)
    single = exactly.to("cpu", torch.float32)
    v = torch.linspace(-0.2, 0.2, 10)[:, None]
    assert torch.allclose(single.nets(v).double(), exactly.nets(v.double()), atol=1e-7)
