"""LATIM's prediction: near the exact voltages, and what it does not depend on."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.methods.latim import LatimPredictor
from imnnc.physics.network import NetworkParameters
from tests.support.exact import inputs, network, voltages, with_sizes
from tests.support.measured import LARGEST_LOAD_SIEMENS, curves


def predictor(of: NetworkParameters, rounds: int = 40, **limits: int) -> LatimPredictor:
    return LatimPredictor(of, curves(), rounds, **limits)


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 5, 4, 3), (4, 3)])
def test_every_node_is_near_its_exact_voltage(widths):
    of = network(widths)
    for found, exact in zip(predictor(of).layers(inputs()), voltages(of, inputs()), strict=True):
        assert rms(found.net - exact.net) < 0.5e-3
        assert rms(found.minus - exact.minus) < 1e-3
        assert rms(found.plus - exact.plus) < 5e-3


def test_the_columns_of_the_inputs_are_exact():
    of = network()
    assert np.allclose(
        predictor(of).layers(inputs())[0].net, voltages(of, inputs())[0].net, atol=1e-15
    )


def test_what_is_left_of_the_loads_falls_with_every_few_rounds():
    of = with_sizes(network(), 1.0)  # small inverters feel their loads most
    rest = predictor(of).layers(inputs())[1].net
    errors = [rms(predictor(of, rounds).layers(inputs())[1].net - rest) for rounds in (0, 1, 3, 6)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1e-4
    assert errors[-1] < 1e-6


@pytest.mark.parametrize("widths", [(4, 5, 3), (4, 8, 3), (4, 6, 6, 3)])
def test_its_error_falls_with_every_round_to_that_of_the_curves(widths):
    of = with_sizes(network(widths), 1.0)
    exact = voltages(of, inputs())[-1].minus
    at_rest = predictor(of, 40).predict(inputs())
    apart = [rms(predictor(of, k).predict(inputs()) - at_rest) for k in (0, 1, 2, 3)]
    assert apart[0] > 4 * apart[1] > 4 * 4 * apart[2] > 4 * 4 * 4 * apart[3]
    # What is left then is how far the curves are from the inverter.
    assert apart[3] < 1e-6
    assert rms(at_rest - exact) < 0.5e-3


def test_large_inverters_do_not_feel_their_loads():
    of = with_sizes(network(), 1e6)
    hidden = predictor(of).layers(inputs())[0]
    alone = NetworkParameters((of.layers[0],))
    unloaded = predictor(alone).layers(inputs())[0]
    assert np.allclose(hidden.minus, unloaded.minus, atol=2e-3)
    assert rms(hidden.minus - unloaded.minus) < 5e-4


def test_a_heavier_load_moves_every_output_towards_the_voltage_behind_it():
    of = network()
    heavy = NetworkParameters((of.layers[0], _scaled(of, 1.3)))
    for light_layer, heavy_layer in zip(
        predictor(of).layers(inputs())[:1], predictor(heavy).layers(inputs())[:1], strict=True
    ):
        columns = predictor(of).layers(inputs())[1].net
        cells = of.layers[1].g_minus_siemens[:-1]
        behind = columns @ (cells / cells.sum(1, keepdims=True)).T
        before = np.abs(light_layer.minus - behind)
        after = np.abs(heavy_layer.minus - behind)
        far = before > 0.05
        assert (after[far] < before[far]).all()


def _scaled(of: NetworkParameters, factor: float):
    layer = of.layers[1]
    return replace(
        layer,
        g_plus_siemens=factor * layer.g_plus_siemens,
        g_minus_siemens=factor * layer.g_minus_siemens,
    )


def test_a_sample_is_predicted_alone_as_among_others():
    of = network((4, 5, 4, 3))
    together = predictor(of).predict(inputs())
    alone = np.concatenate([predictor(of).predict(sample[None]) for sample in inputs()])
    # The columns rest within 1 uV; two layers multiply that by some ten.
    assert np.abs(together - alone).max() < 2e-5


def test_many_samples_come_out_as_they_do_in_pieces():
    of = network()
    whole = predictor(of).layers(inputs())
    pieces = predictor(of, chunk_numbers=7 * 5 * 10).layers(inputs())
    for a, b in zip(whole, pieces, strict=True):
        assert a.minus.shape == b.minus.shape
        assert np.abs(a.minus - b.minus).max() < 2e-5


def test_no_samples_have_no_voltages():
    assert predictor(network()).predict(np.empty((0, 4))).shape == (0, 3)


def test_single_precision_inputs_are_as_good():
    of = network()
    single = predictor(of).predict(inputs().astype(np.float32))
    assert np.allclose(single, predictor(of).predict(inputs()), atol=1e-5)


def test_a_load_beyond_what_the_curves_know_is_refused():
    of = network()
    layer = of.layers[1]
    cells = layer.g_plus_siemens.copy()
    cells[2, 0] = 5 * LARGEST_LOAD_SIEMENS * of.layers[0].size_plus[2]
    heavy = NetworkParameters((of.layers[0], replace(layer, g_plus_siemens=cells)))
    with pytest.raises(CompileError) as caught:
        predictor(heavy)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM331"
    assert re.fullmatch(
        r"the load of an inverter must be at most 4e-06 S a unit size,"
        r" V\+ of neuron 2 of layer `layer0` has 2\.\d+e-05 S",
        diagnostic.message,
    )


def test_a_load_at_the_limit_is_not():
    of = network((4, 2, 1))
    load = LARGEST_LOAD_SIEMENS * (1 + 1e-9)  # what nine digits of a resistance can add
    layer = of.layers[1]
    cells = np.full_like(layer.g_plus_siemens, load)
    at_limit = replace(layer, g_plus_siemens=cells, g_minus_siemens=cells)
    of = NetworkParameters((with_sizes(of, 1.0).layers[0], at_limit))
    assert np.isfinite(predictor(of).predict(inputs())).all()
