"""What the inverters draw, from node voltages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from imnnc.methods.power import layer_power, rail_power
from tests.methods.exact import inputs, network, voltages, with_sizes
from tests.physics.measured import inverter, volts


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
