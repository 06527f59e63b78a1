"""Several pairs of bias rows in training: drawn apart, trained, and worth what they can trim."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network
from imnnc.methods.choice import METHODS, trainable
from imnnc.parasitics import Parasitics, Wires
from imnnc.physics.crossbars import crossbar_of
from imnnc.physics.network import LayerParameters
from tests.support.exact import CONDUCTANCES
from tests.support.measured import SUPPLY_VOLTS, curves, table, tangents

SIZES = InverterSizes(1, 10)
MEMRISTOR = Memristor("tio2", *CONDUCTANCES, levels=64, variation=0.0)
NETWORK = Network(
    "points",
    InputPort("x", 2, -0.25, 0.25),
    (Layer("hidden", 4, SIZES, bias_pairs=3), Layer("kind", 3, SIZES)),
)


def curves_of(method: str) -> object:
    kind = METHODS[method].curves
    return next(x for x in (curves(), tangents(), kind_of_table()) if isinstance(x, kind))


def kind_of_table() -> object:
    return METHODS["equilibrium"].curves(table())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wires", [None, (Wires(50.0, 100.0), None)])
def test_every_method_trains_every_pair(method, wires):
    memristor = replace(MEMRISTOR, parasitics=Parasitics(wires=wires))
    model = trainable(method, NETWORK, memristor, curves_of(method), 1)
    states = model(0.25 * torch.rand(8, 2) - 0.1)
    states[-1].minus.square().sum().backward()
    gradient = model.theta_bias[0].grad
    assert gradient.shape == (6, 4)
    assert (gradient.abs().sum(1) > 0).all()
    assert [x.bias_pairs for x in model.found().layers] == [3, None]


def test_what_one_pair_begins_with_does_not_depend_on_the_others():
    one = replace(NETWORK, layers=tuple(replace(x, bias_pairs=None) for x in NETWORK.layers))
    few, many = (trainable("latim", x, MEMRISTOR, curves(), 7).found() for x in (one, NETWORK))
    for before, after in zip(few.layers, many.layers, strict=True):
        rows = len(before.g_plus_siemens)
        assert (after.g_plus_siemens[:rows] == before.g_plus_siemens).all()
        assert (after.g_minus_siemens[:rows] == before.g_minus_siemens).all()


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_pairs_trim_a_column_by_their_conductance_over_that_of_the_column(pairs):
    low, high = CONDUCTANCES
    inputs = 20
    plus, minus = np.full((2, inputs + pairs, 1), 4e-7)

    def net(at_plus: float, at_minus: float) -> float:
        plus[inputs:], minus[inputs:] = at_plus, at_minus
        sizes = np.ones((2, 1))
        layer = LayerParameters("x", plus, minus, *sizes, bias_pairs=pairs)
        crossbar = crossbar_of(layer, Parasitics(), SUPPLY_VOLTS)
        return float(crossbar.nets(torch.zeros(2 * inputs, 1).double())[0, 0])

    column = 2 * inputs * 4e-7 + pairs * (low + high)
    assert net(high, low) == pytest.approx(pairs * (high - low) / column * SUPPLY_VOLTS)
    assert net(low, high) == -net(high, low)
