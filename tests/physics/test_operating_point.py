"""Operating points of networks: Kirchhoff's laws hold, ngspice has the same, none is made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.parasitics import Parasitics
from imnnc.physics.operating_point import Nodes
from tests.support.circuits import (
    CORNERS,
    largest_difference,
    loaded,
    samples,
    simulated,
    solver,
    unbalance,
)
from tests.support.substitution import exact_voltages

# Columns of up to 32 have a matrix of their own for every sample, more share their mean's.
NARROW, WIDE = (4, 6, 5, 3), (4, 36, 40, 3)
RESISTORS = (None, 1e6, 3e4, 1e3)

widths = st.lists(
    st.one_of(st.integers(1, 8), st.integers(1, 8), st.integers(33, 48)), min_size=1, max_size=4
)
networks = st.builds(
    lambda inputs, widths, seed, exponent, decades, ohms: loaded(
        [inputs, *widths], seed, 10.0**exponent, decades=decades, resistor_ohms=ohms
    ),
    st.integers(1, 8),
    widths,
    st.integers(0, 10_000),
    st.floats(-2, 3),
    st.floats(0, 2),
    st.sampled_from(RESISTORS),
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(of=networks, corner=st.sampled_from(CORNERS))
def test_every_sample_comes_to_rest_where_kirchhoff_has_it(of, corner):
    inputs = samples(6, of.layers[0].inputs)
    found = solver(corner).solve(of, inputs)
    assert found.converged.all()
    off = unbalance(solver(corner).inverter, of, inputs, found.layers)
    assert off.columns < 1e-12
    assert off.outputs < 1e-9


@settings(deadline=None, derandomize=True, max_examples=15)
@given(of=networks, corner=st.sampled_from(CORNERS))
def test_they_are_the_exact_voltages(of, corner):
    inputs = samples(4, of.layers[0].inputs)
    found = solver(corner).solve(of, inputs).require().layers
    exact = [Nodes(*x) for x in exact_voltages(solver(corner).inverter, of, inputs)]
    # Those end where columns rest within 1 nV, which the gain of neurons magnifies.
    assert largest_difference(found, exact) < 1e-6


@pytest.mark.parametrize(
    ("corner", "widths", "load", "resistor_ohms"),
    [
        ("tt", (4, 3, 2), 0.3, None),
        ("tt", (3, 5, 4, 3, 2), 3.0, None),
        ("ff", (3, 5, 4, 2), 100.0, None),
        ("ss", (3, 5, 4, 2), 1000.0, None),
        ("sf", (3, 5, 4, 2), 1.0, 1e5),
        ("fs", (3, 36, 34, 2), 0.5, None),
        ("tt", (3, 36, 34, 2), 30.0, 1e5),
        ("ss", (5, 4), 1.0, 3e5),
    ],
)
def test_ngspice_has_the_same_operating_point(tmp_path, corner, widths, load, resistor_ohms):
    of = loaded(widths, 5, load, resistor_ohms=resistor_ohms)
    inputs = samples(4, widths[0])
    found = solver(corner).solve(of, inputs).require().layers
    for number, volts in enumerate(inputs):
        folder = tmp_path / str(number)
        folder.mkdir()
        expected = simulated(folder, of, volts, corner).layers
        one = [Nodes(*(x[number] for x in layer)) for layer in found]
        assert largest_difference(one, expected) < 1e-6


@pytest.mark.parametrize(
    ("widths", "load", "within_volts"),
    [
        *((NARROW, load, 1e-9) for load in (0.3, 10.0, 1000.0)),
        *((WIDE, load, 1e-9) for load in (0.3, 10.0)),
        # Under loads so heavy columns hardly hold themselves: they rest more loosely.
        (WIDE, 1000.0, 1e-7),
    ],
)
def test_samples_do_not_depend_on_their_company(widths, load, within_volts):
    of, inputs = loaded(widths, 3, load), samples(12, widths[0])
    together = solver().solve(of, inputs).layers
    for number in range(12):
        alone = solver().solve(of, inputs[number : number + 1]).layers
        one = [Nodes(*(x[number : number + 1] for x in layer)) for layer in together]
        assert largest_difference(alone, one) < within_volts


@pytest.mark.parametrize("widths", [NARROW, WIDE])
def test_nor_on_how_many_are_solved_at_once(widths):
    of, inputs = loaded(widths, 3, 10.0), samples(25, widths[0])
    whole = solver().solve(of, inputs)
    parts = solver(chunk_numbers=7 * 2 * max(widths[1:])).solve(of, inputs)
    assert largest_difference(whole.layers, parts.layers) < 1e-9
    assert parts.converged.shape == parts.rounds.shape == parts.residual_volts.shape == (25,)


def test_a_sample_that_does_not_come_to_rest_has_no_voltages():
    of, inputs = loaded(NARROW, 5, 10.0), samples(20, 4)
    found = solver(most_rounds=2).solve(of, inputs)
    lost = ~found.converged
    assert 0 < lost.sum() < 20
    for layer in found.layers:
        for nodes in layer:
            assert np.isnan(nodes[lost]).all()
            assert np.isfinite(nodes[~lost]).all()
    assert (found.rounds[lost] == 2).all()
    assert found.residual_volts[lost].min() > found.residual_volts[~lost].max()
    # Those that do are as right as ever.
    rest = [Nodes(*(x[~lost] for x in layer)) for layer in found.layers]
    assert unbalance(solver().inverter, of, inputs[~lost], rest).outputs < 1e-9


def test_whoever_requires_all_of_them_is_told_how_many_are_lost_and_what_helps():
    with pytest.raises(CompileError) as caught:
        solver(most_rounds=1).solve(loaded(NARROW, 3, 10.0), samples(5, 4)).require()
    (diagnostic,) = caught.value.diagnostics
    assert caught.value.exit_code is ExitCode.VERIFICATION
    assert diagnostic.code == "IM332"
    assert diagnostic.message == (
        "no operating point was found for 5 of 5 samples in 1 rounds, the first is sample 0"
    )
    (note,) = diagnostic.notes
    assert note.startswith("the worst column is ")
    assert note.endswith(" V from rest")
    assert diagnostic.help == (
        "loads may be extreme for these inverters: allow larger sizes, or a smaller range of"
        " conductances"
    )


def test_where_all_are_found_require_is_what_it_was_asked_of():
    found = solver().solve(loaded(NARROW), samples(3, 4))
    assert found.require() is found


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_input_that_is_no_number_is_lost_and_the_others_are_not(value):
    inputs = samples(3, 4)
    inputs[1, 2] = value
    found = solver().solve(loaded(NARROW), inputs)
    assert found.converged.tolist() == [True, False, True]
    assert np.isnan(found.layers[-1].minus[1]).all()


def test_the_heavier_the_loads_the_nearer_outputs_are_to_ground():
    # V- and V+ of a neuron are opposite, and so are cells on the whole: a load pulls inwards.
    swings = [
        np.abs(solver().solve(loaded(NARROW, 3, load), samples(20, 4)).layers[0].plus).mean()
        for load in (0.01, 1.0, 10.0, 100.0)
    ]
    assert swings == sorted(swings, reverse=True)


@pytest.mark.parametrize("widths", [NARROW, WIDE, (4, 3)])
@pytest.mark.parametrize("load", [0.1, 1.0, 1000.0])
@pytest.mark.parametrize("corner", ["tt", "ff"])
def test_single_precision_is_within_40_microvolts(widths, load, corner):
    of, inputs = loaded(widths, 3, load), samples(20, 4)
    single = solver(corner, torch.float32).solve(of, inputs).require()
    double = solver(corner).solve(of, inputs)
    assert largest_difference(single.layers, double.layers) < 40e-6
    assert single.layers[0].net.dtype == np.float64


@pytest.mark.parametrize("widths", [NARROW, WIDE, (4, 3)])
def test_no_samples_have_no_voltages(widths):
    found = solver().solve(loaded(widths), np.zeros((0, 4))).require()
    assert [x.net.shape for x in found.layers] == [(0, width) for width in widths[1:]]
    assert found.converged.shape == (0,)


def test_a_single_layer_takes_no_rounds():
    of, inputs = loaded((4, 3)), samples(5, 4)
    found = solver().solve(of, inputs)
    assert found.rounds.tolist() == [0] * 5
    assert unbalance(solver().inverter, of, inputs, found.layers).outputs < 1e-11


def test_the_solver_serves_one_network_after_another():
    inputs, first, second = samples(3, 4), loaded(NARROW, 1), loaded(WIDE, 2)
    before = solver().solve(first, inputs)
    solver().solve(second, inputs)
    again = solver().solve(first, inputs)
    assert largest_difference(before.layers, again.layers) == 0


def test_a_resistor_that_is_hardly_there_changes_nothing():
    of, inputs = loaded(NARROW), samples(5, 4)
    without = solver().solve(of, inputs).layers
    assert (
        largest_difference(
            without, solver().solve(replace(of, parasitics=Parasitics(1e15)), inputs).layers
        )
        < 1e-7
    )
