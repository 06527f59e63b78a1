"""Transitions that settle last, by the estimate, beside what ngspice measures of all of them."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE
from imnnc.circuit.names import layer_nets
from imnnc.emit.ngspice import NGSPICE, read_flat_names
from imnnc.measure.figures import (
    EDGE_SECONDS,
    LEAD_SECONDS,
    settled_band,
    settling,
    step_waveform,
)
from imnnc.physics.inverter import Inverter
from imnnc.physics.operating_point import Nodes, OperatingPointSolver
from imnnc.physics.response import StepResponse
from imnnc.physics.transitions import Transition, slowest
from imnnc.simulate.pool import open_simulator
from tests.support.measured import charges
from tests.support.stored import compile_points

WINDOW_SECONDS = 32e-9


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    return compile_points(tmp_path_factory.mktemp("points"))


def solved(folder: Path) -> tuple[StepResponse, list[Nodes]]:
    stored, plan = read_stored(folder / PARAMETERS_FILE), read_plan(folder / STIMULI_FILE)
    inverter = Inverter(stored.table)
    parameters = stored.program.parameters()
    found = OperatingPointSolver(inverter).solve(parameters, plan.stimuli.inputs_volts).require()
    return StepResponse(inverter, charges(), parameters, EDGE_SECONDS), list(found.layers)


def measured(folder: Path, layers: list[Nodes]) -> dict[Transition, float]:
    """The delay of every transition, in ngspice."""
    plan = read_plan(folder / STIMULI_FILE)
    names = read_flat_names(folder, plan.network.name)
    rows = [f"vx_{sign}_{i}" for sign, i in product(("plus", "minus"), range(4))]
    output = plan.network.output
    probes = [names.probe(net) for net in layer_nets(output.name, "minus", output.width)]
    volts = np.concatenate([plan.stimuli.inputs_volts, -plan.stimuli.inputs_volts], 1)
    pairs = list(permutations(range(len(volts)), 2))
    waveforms = [
        {
            row: step_waveform(before, after)
            for row, before, after in zip(rows, volts[a].tolist(), volts[b].tolist(), strict=True)
        }
        for a, b in pairs
    ]
    with open_simulator(folder / NGSPICE.testbench_name(plan.network.name), "pyspice", 60) as run:
        transients = run.transients(
            waveforms, LEAD_SECONDS + WINDOW_SECONDS, WINDOW_SECONDS / 200, probes
        )
    return {
        Transition(a, b): settling(*transient, layers[-1].minus[b]).delay_seconds
        for (a, b), transient in zip(pairs, transients, strict=True)
    }


def test_the_estimate_orders_transitions_as_the_simulator_does(points):
    response, layers = solved(points.out)
    found = slowest(response, layers, 30, settled_band)
    truth = measured(points.out, layers)
    assert set(found) == set(truth)
    order = [truth[transition] for transition in found]
    assert spearmanr(np.arange(30), order).statistic < -0.99
    assert order[0] == max(order)


def test_as_many_as_are_asked_for_and_no_more_than_there_are(points):
    response, layers = solved(points.out)
    every = slowest(response, layers, 100, settled_band)
    assert len(every) == len(set(every)) == 6 * 5
    assert slowest(response, layers, 4, settled_band) == every[:4]
    one = [Nodes(*(volts[:1] for volts in layer)) for layer in layers]
    assert slowest(response, one, 10, settled_band) == ()


def test_a_step_between_samples_that_are_alike_comes_last(points):
    response, layers = solved(points.out)
    twice = [Nodes(*(np.concatenate([volts, volts[-1:]]) for volts in layer)) for layer in layers]
    last = slowest(response, twice, 100, settled_band)[-2:]
    assert {(x.before, x.after) for x in last} == {(5, 6), (6, 5)}
