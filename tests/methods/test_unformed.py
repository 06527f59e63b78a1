"""Cells left unformed: which they are, what they conduct, and what they are worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.methods.base import LayerVoltages
from imnnc.methods.choice import METHODS, trainable
from imnnc.methods.latim import LatimNetwork
from imnnc.methods.power import crossbar_power, source_power
from imnnc.methods.training import train
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.memristor import program
from imnnc.physics.network import NetworkParameters
from tests.support.exact import CONDUCTANCES, in_training, inputs, network, voltages
from tests.support.measured import SUPPLY_VOLTS, curves, table, tangents
from tests.support.points import blobs

LEAK = 2e-9
SIZES = InverterSizes(1, 10)
MEMRISTOR = Memristor("tio2", *CONDUCTANCES, levels=64, variation=0.0, unformed_siemens=LEAK)
NETWORK = Network(
    "points",
    InputPort("x", 2, -0.25, 0.25),
    (Layer("hidden", 6, SIZES, unformed=(0.5,)), Layer("kind", 3, SIZES)),
)
SPEC = TrainSpec("latim", "cross_entropy", epochs=3, batch=16, learning_rate=0.05)


def shares(found: NetworkParameters) -> list[float]:
    """The shares of cells that are not formed, by layer; 0 where nothing is said of them."""
    return [
        0.0 if layer.formed_plus is None else 1 - np.mean([layer.formed_plus, layer.formed_minus])
        for layer in found.layers
    ]


def leaving(share: float) -> LatimNetwork:
    model = in_training((4, 5, 3))
    model.leave_unformed([share, 0.0], LEAK)
    return model


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_the_cells_that_conduct_least_are_left_out(share):
    whole = in_training((4, 5, 3)).found().layers[0]
    model = leaving(share)
    model.form(1.0)
    layer = model.found().layers[0]
    assert shares(model.found()) == [pytest.approx(share, abs=0.011), 0.0]
    for cells, formed, before in (
        (layer.g_plus_siemens, layer.formed_plus, whole.g_plus_siemens),
        (layer.g_minus_siemens, layer.formed_minus, whole.g_minus_siemens),
    ):
        assert (cells[~formed] == np.float32(LEAK)).all()
        assert (cells[formed] == before[formed]).all()
    left = np.concatenate([whole.g_plus_siemens[~layer.formed_plus],
                           whole.g_minus_siemens[~layer.formed_minus]])  # fmt: skip
    kept = np.concatenate([whole.g_plus_siemens[layer.formed_plus],
                           whole.g_minus_siemens[layer.formed_minus]])  # fmt: skip
    if share <= 0.5:  # beyond, some columns have nothing but their two best
        assert left.max() <= kept.min()


def test_no_column_is_left_without_cells():
    model = leaving(0.999)
    model.form(1.0)
    layer = model.found().layers[0]
    assert (layer.formed_plus.sum(0) + layer.formed_minus.sum(0) >= 2).all()


def test_their_share_grows_by_a_cubic_law_from_nothing():
    model = leaving(0.64)
    for progress, share in ((0.0, 0.0), (0.5, 0.56), (0.75, 0.63), (1.0, 0.64)):
        model.form(progress)
        assert shares(model.found())[0] == pytest.approx(share, abs=0.011)


def test_a_cell_that_is_left_out_has_no_gradient_and_comes_back_where_others_sink_below_it():
    model = leaving(0.5)
    model.form(1.0)
    formed = model.get_buffer("formed_0")
    model(torch.from_numpy(inputs().astype(np.float32)))[-1].minus.square().sum().backward()
    gradient = torch.cat([model.theta_rows[0].grad, model.theta_bias[0].grad])
    assert not gradient[~formed].any()
    assert gradient[formed].all()
    with torch.no_grad():
        for theta in (model.theta_rows[0], model.theta_bias[0]):
            theta.neg_()
    model.form(1.0)
    assert (model.get_buffer("formed_0") & ~formed).any()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_to_the_share_that_is_asked_for(method, tmp_path):
    known = {"latim": curves, "rim": lambda: tangents(5, 0.9e6, 2e5), "phax": tangents}
    fitted = known.get(method, lambda: _table())()
    model = trainable(method, NETWORK, MEMRISTOR, fitted, 1)
    train(
        model,
        Inverter(table(), torch.float32),
        blobs(),
        blobs(seed=2),
        replace(SPEC, method=method),
        checkpoint=tmp_path / "checkpoint.pt",
        on_progress=lambda _: None,
    )
    assert shares(model.found()) == [0.5, 0.0]


def _table():
    from imnnc.physics.vtc import TableModel

    return TableModel(table())


def test_programmed_they_have_no_level_and_the_resistance_of_their_leak():
    model = leaving(0.5)
    model.form(1.0)
    found = model.found()
    crossbar = program(found, MEMRISTOR).crossbars[0]
    assert crossbar.unformed_cells == 25
    for ohms, level, formed in (
        (crossbar.ohms_plus, crossbar.level_plus, crossbar.formed_plus),
        (crossbar.ohms_minus, crossbar.level_minus, crossbar.formed_minus),
    ):
        assert (ohms[~formed] == 5e8).all()
        assert (level[~formed] == -1).all()
        assert (level[formed] >= 0).all()


def test_what_sources_give_is_what_flows_times_what_they_are_at():
    of, volts = network((4, 5, 3)), inputs()
    layers = voltages(of, volts)
    watts = 0.0
    for number, (layer, nodes) in enumerate(zip(of.layers, layers, strict=True)):
        plus, minus = layer.g_plus_siemens, layer.g_minus_siemens
        rows = [(SUPPLY_VOLTS, plus[-1]), (-SUPPLY_VOLTS, minus[-1])]
        if number == 0:
            rows += [(x[:, None], cells) for x, cells in zip(volts.T, plus[:-1], strict=True)]
            rows += [(-x[:, None], cells) for x, cells in zip(volts.T, minus[:-1], strict=True)]
        watts += sum((at * cells * (at - nodes.net)).sum(1).mean() for at, cells in rows)
    assert source_power(SUPPLY_VOLTS, of, volts, layers) == pytest.approx(watts, rel=1e-12)


def test_what_they_save_is_what_inputs_no_longer_give():
    model, volts = in_training((4, 5, 3)), inputs()
    model.leave_unformed([0.5, 0.0], LEAK)
    before = source_power(SUPPLY_VOLTS, model.found(), volts, voltages(model.found(), volts))
    model.form(1.0)
    after = source_power(SUPPLY_VOLTS, model.found(), volts, voltages(model.found(), volts))
    assert after < 0.8 * before


def test_the_price_of_sources_has_the_gradients_of_finite_differences():
    of, volts = network((4, 5, 3)), torch.from_numpy(inputs(3))
    layers = voltages(of, volts.numpy())
    nets = [torch.from_numpy(x.net.T) for x in layers]
    driven = torch.from_numpy(np.concatenate([layers[0].plus, layers[0].minus], 1).T)
    rows = [torch.cat([volts.T, -volts.T]), driven]
    crossbars = crossbars_of(of, SUPPLY_VOLTS)

    def microwatts(*leaves: torch.Tensor) -> torch.Tensor:
        first = replace(crossbars[0], rows=leaves[0] * 1e-6, bias=leaves[1] * 1e-6)
        return crossbar_power([first, crossbars[1]], rows, nets) * 1e6

    leaves = [(x * 1e6).requires_grad_() for x in (crossbars[0].rows, crossbars[0].bias)]
    assert torch.autograd.gradcheck(microwatts, leaves, eps=1e-6, atol=1e-6)


def test_trained_with_their_price_inputs_give_less(tmp_path):
    watts = []
    for weight in (0.0, 100.0):
        model = trainable("latim", NETWORK, MEMRISTOR, curves(), 1)
        train(
            model,
            Inverter(table(), torch.float32),
            blobs(),
            blobs(seed=2),
            replace(SPEC, epochs=10, batch=4, energy_weight=3.0, source_weight=weight),
            checkpoint=tmp_path / f"{weight}.pt",
            on_progress=lambda _: None,
        )
        found, volts = model.found(), blobs(seed=2).inputs.astype(np.float64)
        nodes: list[LayerVoltages] = voltages(found, volts)
        watts.append(source_power(SUPPLY_VOLTS, found, volts, nodes))
    assert watts[1] < 0.9 * watts[0]
