"""Dies: how read-outs answer to cells, and what a die is like from what was measured of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from imnnc.measure.measured import measure_chip
from imnnc.parasitics import Wires
from imnnc.physics.chips import Chip, ChipSolver, Spread, draw
from imnnc.physics.crossbars import crossbar_of
from imnnc.physics.currents import source_currents
from imnnc.physics.die import Die, DieSolver, nominal_die, siemens_of, signal_weights
from imnnc.physics.estimate import Measured, estimate
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import FloatArray, GateVolts, NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.sensitivity import cell_gradients
from imnnc.simulate.characterize import characterize_devices
from tests.support.exact import inputs, network
from tests.support.measured import inverter
from tests.support.networks import technology

NET = network((6, 5, 4, 3))
SPREAD = Spread(up_volts=0.025, down_volts=0.032)


@cache
def devices() -> Devices:
    """Gates as far off as four deviations of thresholds and of a corner."""
    return Devices(characterize_devices(technology(), 0.35))


@cache
def solver() -> DieSolver:
    return DieSolver(inverter(), devices())


def measured(chip: Chip, samples: int, noise_volts: float) -> Measured:
    at = inputs(samples, chip.parameters.layers[0].inputs)
    layers = ChipSolver(inverter(), devices()).solve(chip, at).require().layers
    random = np.random.default_rng(5)

    def read(volts: np.ndarray) -> np.ndarray:
        return volts + noise_volts * random.standard_normal(volts.shape)

    minus, plus = ([read(getattr(x, node)) for x in layers] for node in ("minus", "plus"))
    return Measured(at, tuple(minus), tuple(plus[:-1]), noise_volts)


def chip_of(spread: Spread, parameters: NetworkParameters = NET) -> Chip:
    return draw(parameters, spread, 1, 0)


def die_of(chip: Chip) -> Die:
    assert chip.gates is not None
    return Die(chip.parameters, chip.gates)


def test_a_die_whose_transistors_are_alike_is_the_circuit():
    at = inputs(8, 6)
    nominal = OperatingPointSolver(inverter()).solve(NET, at).layers
    for here, there in zip(solver().solve(nominal_die(NET), at).layers, nominal, strict=True):
        assert np.abs(here.minus - there.minus).max() < 1e-7


def test_a_die_that_leans_is_exact_until_its_cells_move_and_then_near():
    wires = replace(NET.parasitics, wires=(Wires(row_ohms=2e3, column_ohms=2e3),) * 3)
    die, at = die_of(chip_of(SPREAD, replace(NET, parasitics=wires))), inputs(8, 6)
    ideal = replace(die, parameters=replace(die.parameters, parasitics=NET.parasitics))
    cells = siemens_of(die.parameters.layers[0])
    moved = cells * np.random.default_rng(3).uniform(0.98, 1.02, cells.shape)

    def apart(one: Die, other: Die, siemens: FloatArray) -> float:
        first, second = (
            solver().solve(x.with_cells(0, siemens), at).require().layers[0].net
            for x in (one, other)
        )
        return float(np.abs(first - second).max())

    assert apart(die.leaning(), die, cells) < 1e-12
    assert apart(die.leaning(), die, moved) < 0.05 * apart(ideal, die, moved)


def test_rails_that_are_moved_are_gates_that_are_moved_by_what_inputs_weigh():
    die, at, volts = die_of(chip_of(SPREAD)), inputs(8, 6), 0.03
    first = NET.layers[0]
    crossbar = crossbar_of(first, NET.parasitics, inverter().supply_volts)
    off = volts * signal_weights(first, crossbar).sum(0).numpy()
    minus = GateVolts(*(x - off for x in die.gates[0].minus))
    shifted = replace(die, gates=(die.gates[0]._replace(minus=minus), *die.gates[1:]))
    moved = replace(die, rails_volts=volts)
    here, there = (solver().solve(x, at).require().layers for x in (moved, shifted))
    for some, others in zip(here, there, strict=True):
        for node in ("minus", "plus"):
            assert np.abs(getattr(some, node) - getattr(others, node)).max() < 1e-9
    assert np.abs(here[0].net + off - there[0].net).max() < 1e-12


def test_what_sources_give_does_not_depend_on_where_volts_are_seen_from():
    die, at, volts = die_of(chip_of(SPREAD)), inputs(4, 6), 0.03
    layers = solver().solve(replace(die, rails_volts=volts), at).require().layers
    of = source_currents(inverter(), NET, at, layers, (devices(), die.gates), volts)
    every = (of.rail_plus, of.rail_minus, of.bias_plus, of.bias_minus)
    sides = of.inputs_plus, of.inputs_minus
    assert np.abs(sum(every) + sum(x.sum(1) for x in sides)).max() < 1e-12
    from_rails = of.supply_volts * (every[0] - every[1] + every[2] - every[3])
    for side, rows in zip(sides, (at - volts, -at - volts), strict=True):
        from_rails = from_rails + (rows * side).sum(1)
    assert of.all_sources_watts(at) == pytest.approx(from_rails, rel=1e-6)


def test_a_die_is_known_between_rails_that_were_moved():
    chip = replace(chip_of(SPREAD), rails_volts=0.03)
    seen = measure_chip(chip, ChipSolver(inverter(), devices()), inputs(200, 6), 0.5e-3)
    die = estimate(NET, solver(), SPREAD, seen)
    assert die.rails_volts == 0.03
    at = inputs(50, 6, seed=9)
    found, true = (
        solver().solve(x, at).layers[-1].minus
        for x in (die, replace(die_of(chip), rails_volts=0.03))
    )
    assert np.sqrt(((found - true) ** 2).mean()) < 2e-3


@pytest.mark.parametrize("rails_volts", [0.0, 0.03])
def test_cells_of_every_layer_have_the_gradients_of_finite_differences(rails_volts):
    die, at = replace(die_of(chip_of(SPREAD)), rails_volts=rails_volts), inputs(5, 6)
    points = solver().solve(die, at).require().layers
    weights = np.random.default_rng(2).standard_normal(points[-1].minus.shape)

    def loss(die: Die) -> float:
        return float((weights * solver().solve(die, at).layers[-1].minus).sum())

    found = cell_gradients(die, devices(), at, points, torch.from_numpy(weights.T))
    for number, layer in enumerate(NET.layers):
        cells = siemens_of(die.parameters.layers[number])
        # A plus cell, a bias cell and a minus cell.
        for row in (1, layer.inputs, layer.inputs + 2):
            step = np.zeros_like(cells)
            step[row, 1] = 1e-11
            up, down = (loss(die.with_cells(number, cells + s * step)) for s in (1, -1))
            assert float(found[number][row, 1]) == pytest.approx((up - down) / 2e-11, rel=1e-4)


def test_gates_are_found_to_a_fraction_of_a_millivolt():
    chip = chip_of(SPREAD)
    die = estimate(NET, solver(), SPREAD, measured(chip, 200, 0.5e-3))
    assert chip.gates is not None
    for found, of in zip(die.gates[:-1], chip.gates[:-1], strict=True):
        for here, there in zip(found, of, strict=True):
            mean = (np.array(here).sum(0) - np.array(there).sum(0)) / 2
            assert np.sqrt((mean**2).mean()) < 2e-3


def test_a_die_reads_out_as_it_was_measured_at_samples_that_it_was_not():
    spread = replace(SPREAD, cells=0.03)
    chip = chip_of(spread)
    die = estimate(NET, solver(), spread, measured(chip, 200, 0.5e-3))
    new = inputs(50, 6, seed=9)
    found, true, nominal = (
        solver().solve(x, new).layers[-1].minus for x in (die, die_of(chip), nominal_die(NET))
    )
    assert np.sqrt(((found - true) ** 2).mean()) < 2e-3
    assert np.sqrt(((nominal - true) ** 2).mean()) > 20e-3


def test_what_all_transistors_share_is_found():
    chip = chip_of(SPREAD)
    assert chip.gates is not None
    shifted = tuple(
        type(of)(*(type(x)(x.up + 0.06, x.down + 0.06) for x in of)) for of in chip.gates
    )
    moved = replace(chip, gates=shifted)
    die = estimate(NET, solver(), SPREAD, measured(moved, 200, 0.5e-3))
    apart = [
        np.array(here.minus).sum(0) - np.array(there.minus).sum(0)
        for here, there in zip(die.gates, shifted, strict=True)
    ]
    # Where outputs are at a rail for all samples there is nothing to find it by.
    assert np.median(np.abs(np.concatenate(apart))) / 2 < 3e-3


def test_a_cell_that_is_stuck_is_told_from_the_others():
    spread = replace(SPREAD, cells=0.02, stuck_high=0.01, high_siemens=3e-6)
    chip = chip_of(replace(spread, stuck_high=0.0))
    cells = siemens_of(chip.parameters.layers[1]).copy()
    cells[2, 3] = 3e-6
    stuck = replace(chip, parameters=die_of(chip).with_cells(1, cells).parameters)
    die = estimate(NET, solver(), spread, measured(stuck, 400, 0.5e-3))
    factors = siemens_of(die.parameters.layers[1]) / siemens_of(NET.layers[1])
    assert np.unravel_index(factors.argmax(), factors.shape) == (2, 3)
