"""What the inverters draw, from node voltages, and for how long, from sizes and loads."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

import imnnc
from imnnc.design import InverterSizes
from imnnc.methods.power import layer_power, network_seconds, rail_power, settling_seconds
from imnnc.methods.trainable import TrainableNetwork
from imnnc.parasitics import Parasitics
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.network import NetworkParameters
from tests.support.exact import CONDUCTANCES, in_training, inputs, network, voltages, with_sizes
from tests.support.measured import SUPPLY_VOLTS, inverter, table, volts
from tests.support.stored import SOURCE, stored_network, write_source, write_stored

NO_LOAD = (volts(0.0), volts(0.0))


def test_power_is_that_of_both_inverters_of_every_neuron():
    net, minus, plus = volts(0.01, -0.02), volts(0.05, 0.1), volts(-0.2, -0.1)
    expected = 0.0
    for j, (first, second) in enumerate([(2.0, 5.0), (3.0, 1.0)]):
        expected += first * float(inverter().rail_power(net[j], minus[j]))
        expected += second * float(inverter().rail_power(minus[j], plus[j]))
    sizes = (volts(2.0, 3.0), volts(5.0, 1.0))
    found = layer_power(inverter(), net[:, None], minus[:, None], plus[:, None], sizes)
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_the_power_of_a_network_is_the_mean_over_its_samples():
    of = network()
    each = [rail_power(inverter(), of, voltages(of, sample[None])) for sample in inputs(samples=4)]
    together = rail_power(inverter(), of, voltages(of, inputs(samples=4)))
    assert together == pytest.approx(np.mean(each), rel=1e-6)


def test_power_at_fixed_nodes_is_proportional_to_size():
    nodes = voltages(network(), inputs())
    small, large = (
        rail_power(inverter(), with_sizes(network(), size), nodes) for size in (1.0, 4.0)
    )
    assert large == pytest.approx(4 * small)
    assert small > 0


def test_its_gradients_are_those_of_finite_differences():
    def power(*nodes_and_sizes: torch.Tensor) -> torch.Tensor:
        net, minus, plus, first, second = nodes_and_sizes
        scaled = layer_power(inverter(), net, minus, plus, (first, second)) * 1e6
        return scaled  # in microwatts, for the tolerances of the check

    random = torch.Generator().manual_seed(1)
    nodes = [0.1 * torch.randn(2, 3, generator=random, dtype=torch.float64) for _ in range(3)]
    leaves = [x.requires_grad_() for x in (*nodes, volts(1.0, 3.0), volts(2.0, 1.0))]
    assert gradcheck(power, leaves, eps=1e-6, atol=1e-6)


def test_the_inverters_own_conductance_is_the_slope_of_its_current_at_rest():
    step = 1e-5
    current = inverter().output_current(volts(0.0, 0.0), volts(step, -step))
    slope = float(current[1] - current[0]) / (2 * step)
    assert inverter().middle_siemens == pytest.approx(slope, rel=1e-3)
    assert 1e-7 < inverter().middle_siemens < 1e-4


def test_one_neuron_alone_settles_with_its_drains_and_gates_over_its_conductance():
    gate, drain = table().input_farads, table().output_farads
    own = inverter().middle_siemens
    found = settling_seconds(inverter(), [(volts(2.0), volts(5.0))], [NO_LOAD])
    # The gate of its INV2, and that of the read-out, which is a unit; nobody waits for its V+.
    assert float(found) == pytest.approx((2 * drain + 5 * gate + gate) / (2 * own), rel=1e-12)
    loaded = settling_seconds(inverter(), [(volts(2.0), volts(5.0))], [(volts(3e-6), volts(9e9))])
    assert float(loaded) == pytest.approx(
        (2 * drain + 5 * gate + gate) / (2 * own + 3e-6), rel=1e-12
    )


def test_a_neuron_that_drives_a_layer_settles_at_both_outputs():
    gate, drain = table().input_farads, table().output_farads
    own = inverter().middle_siemens
    sizes = [(volts(2.0), volts(5.0)), (volts(1.0), volts(1.0))]
    last = float(settling_seconds(inverter(), sizes[1:], [NO_LOAD]))
    found = settling_seconds(inverter(), sizes, [(volts(3e-6), volts(4e-6)), NO_LOAD])
    minus = (2 * drain + 5 * gate) / (2 * own + 3e-6)
    plus = 5 * drain / (5 * own + 4e-6)
    assert float(found) == pytest.approx(minus + plus + last, rel=1e-12)


def each_alone(first: torch.Tensor, second: torch.Tensor) -> list[float]:
    return [
        float(settling_seconds(inverter(), [(first[j : j + 1], second[j : j + 1])], [NO_LOAD]))
        for j in range(len(first))
    ]


def test_the_slowest_of_a_layer_counts_and_others_hardly():
    first, second = volts(1.0, 2.0, 4.0, 3.0), volts(10.0, 1.0, 1.0, 2.0)
    free = torch.zeros(4, dtype=torch.float64)
    alone = each_alone(first, second)
    together = float(settling_seconds(inverter(), [(first, second)], [(free, free)]))
    assert np.mean(alone) < together < max(alone)
    assert together == pytest.approx(np.mean(np.power(alone, 8)) ** (1 / 8), rel=1e-12)
    # One of a hundred still tells, and equals are as slow as each.
    many = volts(*[1.0] * 99, 10.0)
    free = torch.zeros(100, dtype=torch.float64)
    slow = float(settling_seconds(inverter(), [(torch.ones_like(many), many)], [(free, free)]))
    assert slow > 0.5 * max(each_alone(volts(1.0), volts(10.0)))
    same = torch.ones(100, dtype=torch.float64)
    equals = settling_seconds(inverter(), [(same, same)], [(free, free)])
    assert float(equals) == pytest.approx(each_alone(volts(1.0), volts(1.0))[0], rel=1e-12)


def test_a_network_adds_up_its_layers_with_the_rows_that_they_drive():
    of = network((4, 5, 3, 2))
    expected = 0.0
    for number, layer in enumerate(of.layers):
        if number + 1 < len(of.layers):
            # The rows of the next crossbar, without its biases, which have sources of their own.
            following = of.layers[number + 1]
            loads = [
                torch.from_numpy(g[:-1].sum(1))
                for g in (following.g_minus_siemens, following.g_plus_siemens)
            ]
        else:
            loads = [torch.zeros(layer.width, dtype=torch.float64)] * 2
        sizes = (torch.from_numpy(layer.size_minus), torch.from_numpy(layer.size_plus))
        if number + 1 == len(of.layers):
            expected += float(settling_seconds(inverter(), [sizes], [tuple(loads)]))
        else:
            # Two layers less the second: only the last has a read-out's gate.
            second = (volts(1.0), volts(1.0))
            pair = settling_seconds(inverter(), [sizes, second], [tuple(loads), NO_LOAD])
            expected += float(pair - settling_seconds(inverter(), [second], [NO_LOAD]))
    assert network_seconds(inverter(), of) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("size", [1.0, 5.0])
def test_resistors_to_ground_speed_a_network_up(size):
    start = with_sizes(network(), size)
    taken = [
        network_seconds(inverter(), replace(start, parasitics=Parasitics(ohms)))
        for ohms in (None, 1e12, 1e6, 2e5, 5e4)
    ]
    assert taken[1] == pytest.approx(taken[0], rel=1e-4)
    for slower, faster in pairwise(taken[1:]):
        assert faster < slower


def test_training_estimates_what_the_finished_network_does():
    training = in_training((4, 5, 3, 2), seed=3)
    with torch.no_grad():
        for rho in training.rho:
            rho += torch.randn(len(rho), generator=torch.Generator().manual_seed(1))
        pairs = [training.sizes(number).chunk(2) for number in range(3)]
        sizes = [(minus, plus) for plus, minus in pairs]
        loads = [training.loads(number) for number in range(3)]
        found = float(settling_seconds(inverter(), sizes, loads))
    assert found == pytest.approx(network_seconds(inverter(), training.found()), rel=1e-5)


def test_so_it_does_with_resistors_to_ground():
    names, sizes = ["hidden", "kind"], [InverterSizes(1, 10)] * 2
    training = TrainableNetwork(
        names, (4, 5, 3), CONDUCTANCES, sizes, SUPPLY_VOLTS, 1, Parasitics(2e5)
    )
    with torch.no_grad():
        pairs = [(minus, plus) for plus, minus in (training.sizes(n).chunk(2) for n in (0, 1))]
        found = settling_seconds(inverter(), pairs, [training.loads(n) for n in (0, 1)])
    finished = training.found()
    assert finished.parasitics.resistor_ohms == 2e5
    assert float(found) == pytest.approx(network_seconds(inverter(), finished), rel=1e-5)


def test_training_and_prediction_choose_the_same_crossbar():
    names, sizes = ["hidden", "kind"], [InverterSizes(1, 10)] * 2
    training = TrainableNetwork(
        names, (4, 5, 3), CONDUCTANCES, sizes, SUPPLY_VOLTS, 1, Parasitics(2e5)
    )
    ours = training.crossbar(1)
    theirs = crossbars_of(training.found(), SUPPLY_VOLTS)[1]
    assert type(ours) is type(theirs)
    drive = training.sizes(0)
    assert torch.allclose(ours.load(drive).g.double(), theirs.load(drive.double()).g, rtol=1e-5)


def test_the_gradients_of_time_are_those_of_finite_differences():
    def nanoseconds(*leaves: torch.Tensor) -> torch.Tensor:
        first, second, at_minus, at_plus, last, readout = leaves
        loads = [(at_minus * 1e-6, at_plus * 1e-6), (0 * last, 0 * last)]
        return settling_seconds(inverter(), [(first, second), (last, readout)], loads) * 1e9

    leaves = [
        *(volts(1.0, 3.0, 2.0), volts(2.0, 1.0, 1.9)),
        *(volts(0.5, 2.0, 1.0), volts(1.0, 0.5, 0.1)),
        *(volts(1.0, 4.0), volts(3.0, 1.0)),
    ]
    assert gradcheck(nanoseconds, [x.requires_grad_() for x in leaves], eps=1e-6, atol=1e-6)


def test_training_makes_both_the_cells_and_the_sizes_faster():
    training = in_training()
    sizes = [(minus, plus) for plus, minus in (training.sizes(n).chunk(2) for n in (0, 1))]
    settling_seconds(inverter(), sizes, [training.loads(n) for n in (0, 1)]).backward()
    assert (training.theta_rows[1].grad < 0).all()  # a cell that conducts helps to settle
    assert training.theta_rows[0].grad is None or not training.theta_rows[0].grad.any()
    plus, minus = training.rho[1].grad.chunk(2)
    assert (minus < 0).all()
    assert (plus > 0).all()  # of no use in the read-out but for its gate


def measured_delay(folder: Path, of: NetworkParameters) -> float:
    """Of the network's netlist in ngspice, until its slowest output has settled."""
    folder.mkdir()
    stored = stored_network("tt", parameters=of)
    compiled = imnnc.compile(
        write_source(folder, SOURCE.replace("corners ff   ", "")),
        folder / "out",
        params=write_stored(folder / "stored.npz", stored),
        jobs=1,
        cache=folder / "cache",
    )
    return compiled.verification["delay_s"]


def test_what_is_estimated_to_be_slower_is_slower_in_ngspice(tmp_path):
    start = with_sizes(network(), 1.0)
    first = start.layers[0]
    found = []
    for size in (1.0, 4.0, 10.0):  # of the INV2 of the hidden layer, whose INV1 are units
        hidden = replace(first, size_plus=np.full(first.width, size))
        of = replace(start, layers=(hidden, *start.layers[1:]))
        delay = measured_delay(tmp_path / f"{size:g}", of)
        found.append((network_seconds(inverter(), of), delay))
    for (estimate, delay), (slower_estimate, slower_delay) in pairwise(found):
        assert slower_estimate > 1.2 * estimate
        assert slower_delay > 1.2 * delay
    for estimate, delay in found:
        assert 2 * estimate < delay < 10 * estimate  # a time constant and how long settling takes
