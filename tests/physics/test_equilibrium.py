"""Layers at rest: what they answer to small changes, told by gradients, differences and ngspice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from imnnc.design import InverterSizes
from imnnc.methods.equilibrium import EquilibriumNetwork
from imnnc.physics.crossbar import IdealCrossbar, Load
from imnnc.physics.crossbars import crossbar_of
from imnnc.physics.equilibrium import rest_layer
from imnnc.physics.free_output import free_output
from imnnc.physics.network import NetworkParameters
from imnnc.physics.settle import Settler
from imnnc.physics.vtc import TableModel
from tests.support.circuits import loaded, simulated
from tests.support.exact import CONDUCTANCES, inputs
from tests.support.measured import SUPPLY_VOLTS, inverter, table, volts

# Up to 32 columns have a matrix of their own for every sample, more share their mean's.
FEW, MANY = 3, 34
_MICRO = 1e6  # conductances in microsiemens are of the order of the other arguments
SETTLER = Settler(inverter())


def at(columns: int, load: float, width: int = 2, samples: int = 2) -> list[Tensor]:
    """Columns of a layer within the gain of its neurons, and what it drives, to be moved."""
    of = loaded((3, width, columns), load=load)
    layer, crossbar = of.layers[0], crossbar_of(of.layers[1], of.parasitics, SUPPLY_VOLTS)
    sizes = torch.from_numpy(np.concatenate([layer.size_plus, layer.size_minus]))
    random = torch.Generator().manual_seed(1)
    net = 0.02 * torch.randn(width, samples, generator=random, dtype=torch.float64)
    return [
        x.clone().requires_grad_()
        for x in (
            net,
            _MICRO * crossbar.row_siemens / sizes,
            crossbar.row_shares,
            crossbar.column_shares,
            crossbar.bias_share,
        )
    ]


def outputs(net: Tensor, g: Tensor, rows: Tensor, columns: Tensor, bias: Tensor) -> Tensor:
    found, at_rest = rest_layer(net, Load(g / _MICRO, rows, columns, bias), SETTLER)
    assert at_rest.all()
    return found


@pytest.mark.parametrize("load", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("columns", [1, FEW, 32])
def test_gradients_of_a_layer_are_finite_differences(columns, load):
    # To columns, loads, shares of rows and of columns, and to the bias; where there are many,
    # along directions at random instead of one by one.
    many = columns > FEW
    assert gradcheck(outputs, at(columns, load), eps=1e-6, atol=1e-5, rtol=1e-4, fast_mode=many)


@pytest.mark.parametrize("load", [0.1, 3.0, 100.0])
def test_so_they_are_where_samples_share_the_matrix_of_their_mean(load):
    samples = at(MANY, load, samples=3)
    assert gradcheck(outputs, samples, eps=1e-6, atol=1e-5, rtol=1e-4, fast_mode=True)


@pytest.mark.parametrize("which", range(5))
def test_and_for_each_argument_by_itself(which):
    arguments = at(MANY, 3.0)

    def alone(one: Tensor) -> Tensor:
        return outputs(*(one if k == which else x.detach() for k, x in enumerate(arguments)))

    assert gradcheck(alone, arguments[which], eps=1e-6, atol=1e-5, rtol=1e-4, fast_mode=True)


def test_gradients_of_a_free_output_are_finite_differences():
    net = torch.linspace(-SUPPLY_VOLTS + 1e-3, SUPPLY_VOLTS - 1e-3, 60, dtype=torch.float64)
    leaf = net.view(4, 15).requires_grad_()
    assert gradcheck(lambda x: free_output(x, SETTLER), leaf, eps=1e-6, atol=1e-5, rtol=1e-5)


def test_a_free_output_is_that_of_an_inverter_without_a_load():
    net = torch.linspace(-SUPPLY_VOLTS, SUPPLY_VOLTS, 60, dtype=torch.float64).view(4, 15)
    expected = inverter().loaded_output(net, volts(0.0), volts(0.0))
    assert float((free_output(net, SETTLER) - expected).abs().max()) < 1e-11


def test_a_sample_does_not_hear_of_the_others():
    # Not even where they share a matrix.
    net, *load = at(MANY, 3.0, samples=4)
    outputs(net, *load)[:, 2].sum().backward()
    assert net.grad[:, 2].abs().min() > 0
    assert not net.grad[:, [0, 1, 3]].any()


def network(widths: tuple[int, ...]) -> EquilibriumNetwork:
    """As training starts from it, in float64."""
    names = [f"layer{number}" for number in range(len(widths) - 1)]
    sizes = [InverterSizes(1, 10)] * len(names)
    model = TableModel(table())
    return EquilibriumNetwork(names, widths, CONDUCTANCES, sizes, model, seed=1).double()


def readout(of: EquilibriumNetwork, inputs_volts: Tensor) -> Tensor:
    """Voltages of the output layer, weighed at random."""
    found = of(inputs_volts)[-1].minus
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1)).to(found)
    return (weights * found).sum()


def differences(of: EquilibriumNetwork, moved: Tensor, at_volts: Tensor, count: int) -> None:
    """Asserts that the largest of the gradients to `moved` are finite differences."""
    gradient = moved.grad.view(-1)
    flat = moved.detach().view(-1)
    for index in gradient.abs().argsort(descending=True)[:count].tolist():
        before, step = float(flat[index]), 1e-4
        found = []
        with torch.no_grad():
            for sign in (1, -1):
                flat[index] = before + sign * step
                found.append(float(readout(of, at_volts)))
            flat[index] = before
        expected = (found[0] - found[1]) / (2 * step)
        assert float(gradient[index]) == pytest.approx(expected, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 36, 34, 3), (4, 3)])
def test_gradients_of_a_network_are_finite_differences(widths):
    of = network(widths)
    at_volts = torch.from_numpy(inputs(5)).requires_grad_()
    readout(of, at_volts).backward()
    count = 3 if max(widths) > 32 else 8
    for group in (of.theta_rows, of.theta_bias, list(of.rho)[:-1]):
        for moved in group:
            differences(of, moved, at_volts, count)
    last = list(of.rho)[-1].grad
    assert last is None or not last.any()  # the read-out drives gates alone
    assert float(at_volts.grad.abs().max()) > 1e-3
    differences(of, at_volts, at_volts, count)


Which = Literal["plus", "minus"]


def moved(
    of: NetworkParameters, layer: int, name: str, index: object, by: float
) -> NetworkParameters:
    """One cell, or one size, larger by the share `by`."""
    changed = getattr(of.layers[layer], name).copy()
    changed[index] *= 1 + by
    layers = list(of.layers)
    layers[layer] = replace(layers[layer], **{name: changed})
    return replace(of, layers=tuple(layers))


def logarithmic_gradient(
    of: NetworkParameters, at_volts: np.ndarray, layer: int, name: str, index: object, output: int
) -> float:
    """dV / d ln(x), for V- of the read-out and a cell or a size x, by the implicit gradients."""
    leaves = {
        number: {
            field: torch.from_numpy(getattr(x, field).copy()).requires_grad_()
            for field in ("g_plus_siemens", "g_minus_siemens", "size_minus", "size_plus")
        }
        for number, x in enumerate(of.layers)
    }
    crossbars = []
    for x in leaves.values():
        plus, minus = x["g_plus_siemens"], x["g_minus_siemens"]
        crossbars.append(
            IdealCrossbar(
                torch.cat([plus[:-1], minus[:-1]]), torch.stack([plus[-1], minus[-1]]), SUPPLY_VOLTS
            )
        )
    net = crossbars[0].nets_of_inputs(torch.from_numpy(at_volts)[:, None])
    for number, crossbar in enumerate(crossbars[1:]):
        sizes = torch.cat([leaves[number]["size_plus"], leaves[number]["size_minus"]])
        load = Load(
            crossbar.row_siemens / sizes,
            crossbar.row_shares,
            crossbar.column_shares,
            crossbar.bias_share,
        )
        net = crossbar.nets(rest_layer(net, load, SETTLER)[0])
    free_output(net, SETTLER)[output, 0].backward()
    leaf = leaves[layer][name]
    return float((leaf.detach() * leaf.grad)[index])


@pytest.mark.parametrize(
    ("layer", "name", "index"),
    [
        (0, "g_plus_siemens", (1, 2)),
        (1, "g_minus_siemens", (3, 1)),
        (1, "g_plus_siemens", (-1, 1)),  # of the bias
        (2, "g_plus_siemens", (2, 0)),
        (0, "size_plus", 3),
        (1, "size_minus", 0),
    ],
)
def test_ngspice_answers_to_a_cell_and_to_a_size_as_the_gradients_say(
    tmp_path: Path, layer, name, index
):
    of, at_volts, share = loaded((3, 5, 3, 2), 3, 2.0), np.array([0.02, -0.015, 0.01]), 1e-2
    found = []
    for number, by in enumerate((share, -share)):
        folder = tmp_path / str(number)
        folder.mkdir()
        found.append(
            simulated(folder, moved(of, layer, name, index, by), at_volts).layers[-1].minus
        )
    expected = (found[0] - found[1]) / (2 * share)
    output = int(np.abs(expected).argmax())
    gradient = logarithmic_gradient(of, at_volts, layer, name, index, output)
    assert gradient == pytest.approx(expected[output], rel=1e-3)
    assert abs(gradient) > 1e-6
