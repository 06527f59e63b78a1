"""Exact voltages: Kirchhoff's laws hold at every node, and ngspice has the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.circuit.names import Node, layer_nets
from imnnc.emit.ngspice import probe_names
from imnnc.parasitics import Parasitics
from imnnc.physics.network import FloatArray, NetworkParameters
from tests.support.decks import operating_point, write_deck
from tests.support.exact import inputs, network, with_sizes
from tests.support.measured import SUPPLY_VOLTS, inverter
from tests.support.substitution import Nodes, exact_voltages

NODES: tuple[Node, ...] = ("net", "minus", "plus")
RESISTORS = [None, 1e6, 3e4]

networks = st.builds(
    lambda widths, seed, ohms: replace(network(widths, seed), parasitics=Parasitics(ohms)),
    st.lists(st.integers(1, 6), min_size=2, max_size=4),
    st.integers(0, 10_000),
    st.sampled_from(RESISTORS),
)


def solved(of: NetworkParameters, samples: int = 3, **limits: int) -> list[Nodes]:
    return exact_voltages(inverter(), of, inputs(samples, of.layers[0].inputs), **limits)


def given_amperes(v_in: FloatArray, v_out: FloatArray, sizes: FloatArray) -> FloatArray:
    """What inverters of these sizes give to their outputs, (S, M)."""
    current = inverter().output_current(torch.from_numpy(v_in), torch.from_numpy(v_out))
    return sizes * current.numpy()


def taken_amperes(v_out: FloatArray, cells: FloatArray, columns: FloatArray) -> FloatArray:
    """What the cells (M, C) of a row take to each of their columns (S, C), added up: (S, M)."""
    taken: FloatArray = (cells * (v_out[:, :, None] - columns[:, None])).sum(2)
    return taken


@settings(deadline=None, derandomize=True, max_examples=40)
@given(networks)
def test_what_an_inverter_gives_its_cells_and_its_resistor_take(of):
    found = solved(of)
    for layer, following, (net, minus, plus), after in zip(
        of.layers, [*of.layers[1:], None], found, [*found[1:], None], strict=True
    ):
        first = given_amperes(net, minus, layer.size_minus) - minus * of.parasitics.output_siemens
        second = given_amperes(minus, plus, layer.size_plus) - plus * of.parasitics.output_siemens
        if following is not None and after is not None:
            first -= taken_amperes(minus, following.g_minus_siemens[:-1], after[0])
            second -= taken_amperes(plus, following.g_plus_siemens[:-1], after[0])
        # Columns rest within 1 nV; their cells are some microsiemens.
        assert np.abs(first).max() < 1e-14
        assert np.abs(second).max() < 1e-14


@settings(deadline=None, derandomize=True, max_examples=40)
@given(networks)
def test_columns_carry_no_current(of):
    found = solved(of)
    volts = inputs(3, of.layers[0].inputs)
    outputs = [(-volts, volts), *((minus, plus) for _, minus, plus in found[:-1])]
    for layer, (minus, plus), (net, _, _) in zip(of.layers, outputs, found, strict=True):
        bias = np.full((len(net), 1), SUPPLY_VOLTS)
        into = np.zeros_like(net)
        for rows, cells in (
            (np.hstack([plus, bias]), layer.g_plus_siemens),
            (np.hstack([minus, -bias]), layer.g_minus_siemens),
        ):
            into += (cells * (rows[:, :, None] - net[:, None])).sum(1)
        assert np.abs(into).max() < 1e-19


@pytest.mark.parametrize("resistor_ohms", RESISTORS)
@pytest.mark.parametrize("widths", [(4, 3, 2), (3, 4, 3, 2)])
def test_ngspice_has_the_same_operating_point(tmp_path, widths, resistor_ohms):
    deck = write_deck(tmp_path, widths, resistor_ohms=resistor_ohms)
    vectors = operating_point(tmp_path)
    probes = probe_names(deck.circuit)
    found = exact_voltages(inverter(), deck.program.parameters(), deck.stimulus_volts[None])
    for layer, nodes in zip(deck.network.layers, found, strict=True):
        for node, volts in zip(NODES, nodes, strict=True):
            nets = layer_nets(layer.name, node, layer.width)
            simulated = [vectors[probes[net]] for net in nets]
            assert np.abs(volts[0] - simulated).max() < 1e-6


def test_a_resistor_pulls_every_output_of_the_first_layer_towards_ground():
    of = network()
    for weak, strong in pairwise([None, 1e6, 1e5, 1e4]):
        (_, before, _), *_ = solved(replace(of, parasitics=Parasitics(weak)))
        (_, after, _), *_ = solved(replace(of, parasitics=Parasitics(strong)))
        outer = np.abs(before) > 0.05
        assert outer.any()
        assert (np.abs(after) < np.abs(before))[outer].all()


@pytest.mark.parametrize("resistor_ohms", RESISTORS)
def test_one_layer_needs_no_iteration(resistor_ohms):
    of = replace(network((4, 3)), parasitics=Parasitics(resistor_ohms))
    (found,), (iterated,) = solved(of, rounds=0), solved(of)
    for volts, expected in zip(found, iterated, strict=True):
        assert volts.shape == (3, 3)
        assert np.array_equal(volts, expected)


@pytest.mark.parametrize("resistor_ohms", RESISTORS)
def test_samples_do_not_depend_on_their_company(resistor_ohms):
    of = replace(with_sizes(network((4, 5, 4, 3)), 1.0), parasitics=Parasitics(resistor_ohms))
    whole = solved(of, 10)
    for together, apart in zip(whole, solved(of, 10, chunk=3), strict=True):
        for a, b in zip(together, apart, strict=True):
            assert a.shape == b.shape
            assert np.abs(a - b).max() < 1e-8


def test_no_samples_have_no_voltages():
    assert [x.shape for layer in solved(network(), 0) for x in layer] == 3 * [(0, 5)] + 3 * [(0, 3)]
