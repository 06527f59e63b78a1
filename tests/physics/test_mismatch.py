"""Inverters whose transistors are not alike, against ngspice with a source in each gate's lead."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from imnnc.physics.mismatch import Devices, MismatchedSettler
from imnnc.physics.network import GateVolts, NetworkParameters, NeuronGates
from imnnc.physics.operating_point import Nodes
from imnnc.physics.settle import Neurons, Settler
from imnnc.physics.table import DeviceTable
from imnnc.simulate.characterize import characterize_devices
from tests.support.circuits import largest_difference, loaded, samples, simulated, solver
from tests.support.measured import SUPPLY_VOLTS, inverter
from tests.support.networks import technology

REACH_VOLTS = 0.15
SIGMA_VOLTS = 0.03  # of a threshold: that of lvt90 at size 1


@cache
def device_table(corner: str = "tt") -> DeviceTable:
    return characterize_devices(technology(corner=corner), REACH_VOLTS)


@cache
def devices() -> Devices:
    return Devices(device_table())


def gates(width: int, seed: int = 1, sigma: float = SIGMA_VOLTS) -> GateVolts:
    return GateVolts(*np.random.default_rng(seed).normal(0, sigma, (2, width)))


def mismatched(of: NetworkParameters, seed: int = 1) -> list[NeuronGates]:
    return [
        NeuronGates(gates(x.width, 10 * seed + 2 * k), gates(x.width, 10 * seed + 2 * k + 1))
        for k, x in enumerate(of.layers)
    ]


def neurons(of: list[NeuronGates], nominal: Settler | None = None) -> list[Neurons]:
    by = nominal or solver().settler
    return [Neurons(*(MismatchedSettler(devices(), by, x) for x in layer)) for layer in of]


def test_transistors_add_up_to_the_inverter():
    v_in, v_out = torch.rand(2, 500, dtype=torch.float64) * 2 * SUPPLY_VOLTS - SUPPLY_VOLTS
    current, rise, slope = devices().value_and_partials(v_in, v_in, v_out)
    whole, to_input, to_output = inverter().spline.value_and_partials(v_in, v_out)
    assert (current - whole).abs().max() < 1e-14
    assert (rise - to_input).abs().max() < 1e-11
    assert (slope - to_output).abs().max() < 1e-11


def test_currents_of_each_transistor_are_its_splines_within_the_rails_and_beyond():
    generator = torch.Generator().manual_seed(1)
    up, down, out = (
        (torch.rand(3, 40, 25, dtype=torch.float64, generator=generator) - 0.5)
        * 2
        * (SUPPLY_VOLTS + 0.5 * REACH_VOLTS)
    )
    pulled_up, pulled_down = devices().currents(up, down, out)
    assert (pulled_up - devices().pull_up(up, out)).abs().max() < 1e-18
    assert (pulled_down - devices().pull_down(down, out)).abs().max() < 1e-18


def test_samples_among_many_come_out_as_among_few():
    network = loaded((4, 12, 3))
    unlike = mismatched(network)
    inputs = np.random.default_rng(3).uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (400, 4))
    many = solver().solve(network, inputs, neurons(unlike)).require()
    few = solver().solve(network, inputs[-40:], neurons(unlike)).require()
    for one, other in zip(many.layers, few.layers, strict=True):
        for here, there in zip(one, other, strict=True):
            assert np.abs(here[-40:] - there).max() < 1e-8


def test_gates_that_are_not_apart_change_nothing():
    of = loaded((6, 5, 4))
    none = [NeuronGates(*[GateVolts(*np.zeros((2, x.width)))] * 2) for x in of.layers]
    volts = samples(20, 6)
    apart = solver().solve(of, volts, neurons(none))
    assert largest_difference(apart.layers, solver().solve(of, volts).layers) < 1e-9


def test_both_gates_moved_alike_are_an_input_moved():
    shift = 0.02
    v_in = torch.linspace(-0.2, 0.2, 41, dtype=torch.float64).expand(3, -1).contiguous()
    g = torch.tensor([0.0, 1e-6, 1e-5], dtype=torch.float64)
    emf = torch.zeros_like(v_in)
    nominal = solver().settler
    moved = MismatchedSettler(devices(), nominal, GateVolts(*np.full((2, 3), shift)))
    found = moved.settle(v_in, g, emf, moved.guess(v_in, g, emf))
    wanted = nominal.settle(v_in + shift, g, emf, nominal.guess(v_in + shift, g, emf))
    assert (found.v_out - wanted.v_out).abs().max() < 1e-9


def test_a_weaker_pull_down_leaves_outputs_higher():
    zeros, volts = np.zeros(1), torch.zeros((1, 1), dtype=torch.float64)
    g = torch.tensor([1e-6], dtype=torch.float64)
    weak = MismatchedSettler(devices(), solver().settler, GateVolts(zeros, zeros - 0.02))
    assert (
        weak.settle(volts, g, volts, volts).v_out
        > solver().settler.settle(volts, g, volts, volts).v_out
    )


@pytest.mark.parametrize("widths", [(3, 4, 2), (6, 5, 4, 3)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_chip_is_ngspices_with_sources_at_its_gates(tmp_path, widths, seed):
    of = loaded(widths, seed)
    apart = mismatched(of, seed)
    volts = samples(4, widths[0], seed)
    found = solver().solve(of, volts, neurons(apart)).require()
    for number in range(len(volts)):
        circuit = simulated(tmp_path / str(number), of, volts[number], mismatch=apart)
        here = [Nodes(*(x[number] for x in layer)) for layer in found.layers]
        assert largest_difference(here, circuit.layers) < 1e-7


def test_slopes_are_those_of_the_solution_with_and_without_compiled_loops():
    gates_ = gates(30, 5)
    random = np.random.default_rng(3)
    v_in = torch.from_numpy(random.uniform(-0.05, 0.05, (30, 40)))
    emf = torch.from_numpy(random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (30, 40)))
    g = torch.from_numpy(10.0 ** random.uniform(-8, -4, 30))
    start = torch.zeros_like(v_in)
    found = []
    for compiled in (True, False):
        by = MismatchedSettler(devices(), Settler(inverter(), compiled), gates_)
        found.append(by.settle(v_in, g, emf, start))
    for a, b in zip(*found, strict=True):
        assert (a - b).abs().max() < 1e-4
    assert (found[0].v_out - found[1].v_out).abs().max() < 1e-9
    by = MismatchedSettler(devices(), solver().settler, gates_)
    step = 1e-5

    def slope(v: float, e: float) -> torch.Tensor:
        up, down = (by.settle(v_in + s * v, g, emf + s * e, start).v_out for s in (1, -1))
        return (up - down) / 2

    assert (slope(step, 0) / step - found[0].to_input).abs().max() < 2e-3
    assert (slope(0, step) / step - found[0].to_emf).abs().max() < 1e-4
