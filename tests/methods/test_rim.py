"""RIM: PHAX with a resistor at every output, which it becomes as the resistors vanish."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.design import Sweep, TrainSpec
from imnnc.methods import phax
from imnnc.methods.phax import PhaxNetwork, PhaxPredictor
from imnnc.methods.power import rail_power
from imnnc.methods.rim import default_resistors, nominal_points
from imnnc.methods.training import train
from imnnc.parasitics import Parasitics
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import NetworkParameters
from imnnc.physics.vtc import NominalPoint, TanhPair
from tests.support.exact import CONDUCTANCES, inputs, network, voltages, with_sizes
from tests.support.measured import inverter, table, tangents
from tests.support.points import blobs

SPEC = TrainSpec("rim", "cross_entropy", epochs=4, batch=16, learning_rate=0.05)
PHAX = tangents()
ABSENT_OHMS = 1e15


def trained(pair: TanhPair, folder: Path) -> NetworkParameters:
    folder.mkdir()
    model = PhaxNetwork(["hidden", "kind"], (2, 4, 3), CONDUCTANCES, [], pair, seed=1)
    train(
        model,
        Inverter(table(), torch.float32),
        blobs(),
        blobs(seed=2),
        SPEC,
        checkpoint=folder / "checkpoint.pt",
        on_progress=lambda progress: None,
    )
    return model.found()


def largest_change(of: NetworkParameters, other: NetworkParameters) -> float:
    """Of any cell, relative."""
    return max(
        float(np.abs(getattr(x, cells) / getattr(y, cells) - 1).max())
        for x, y in zip(of.layers, other.layers, strict=True)
        for cells in ("g_plus_siemens", "g_minus_siemens")
    )


def test_without_resistors_its_curves_and_predictions_are_those_of_phax():
    rim = tangents(resistor_ohms=ABSENT_OHMS)
    for ours, theirs in ((rim.minus, PHAX.minus), (rim.plus, PHAX.plus)):
        assert ours.c1 == pytest.approx(theirs.c1, abs=1e-9)
        assert ours.c2 == pytest.approx(theirs.c2, abs=1e-9)
        assert ours.c3 == pytest.approx(theirs.c3, abs=1e-9)
        assert ours.c4 == pytest.approx(theirs.c4, rel=1e-8)
    of = replace(network(), parasitics=Parasitics(ABSENT_OHMS))
    ours = PhaxPredictor(of, rim).predict(inputs())
    theirs = PhaxPredictor(network(), PHAX).predict(inputs())
    assert np.allclose(ours, theirs, rtol=0, atol=1e-8)


def test_as_its_resistors_vanish_the_cells_that_it_trains_become_those_of_phax(tmp_path):
    theirs = trained(PHAX, tmp_path / "phax")
    changes = []
    for ohms in (1e6, 1e8, 1e10, ABSENT_OHMS):
        ours = trained(tangents(resistor_ohms=ohms), tmp_path / f"{ohms:g}")
        assert ours.parasitics.resistor_ohms == ohms
        changes.append(largest_change(ours, theirs))
    for less, more in pairwise(changes[:-1]):
        assert more < less / 50
    assert changes[0] < 0.1
    assert changes[-1] < 1e-6  # what single precision can tell


def test_the_smaller_its_resistors_the_less_an_output_minds_its_load():
    of = with_sizes(network(), 1.0)
    errors = []
    for ohms in (None, 1e6, 3e5, 1e5):
        grounded = replace(of, parasitics=Parasitics(ohms))
        found = PhaxPredictor(grounded, tangents(1, 0.9e6, ohms)).layers(inputs())[0].minus
        error = found - voltages(grounded, inputs())[0].minus
        errors.append(float(np.sqrt(np.mean(error**2))))
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 3 * errors[-1]


def test_the_smaller_its_resistors_the_more_power_it_takes():
    of = with_sizes(network(), 5.0)
    watts = []
    for ohms in (None, 1e6, 3e5, 1e5, 3e4):
        grounded = replace(of, parasitics=Parasitics(ohms))
        watts.append(rail_power(inverter(), grounded, voltages(grounded, inputs())))
    assert watts == sorted(watts)
    assert watts[-1] > 2 * watts[0]


@pytest.mark.parametrize("size", [1.0, 5.0])
def test_default_resistors_are_about_the_output_resistance_of_an_inverter(size):
    ohms = default_resistors(table(), size)
    own = sorted(ohms)[1]
    # The first is where other sweeps are made: mild.  Each is rounded to two digits.
    assert [x / own for x in ohms] == pytest.approx([4, 0.5, 1, 2, 8], rel=0.06)
    # Loaded with its own resistance, an amplifier has half its gain.
    free, half = (tangents(size, load).minus for load in (ABSENT_OHMS, own))
    assert half.c2 * half.c4 == pytest.approx(free.c2 * free.c4 / 2, rel=0.1)


def test_resistors_scale_with_the_inverters():
    small, large = default_resistors(table(), 1.0), default_resistors(table(), 5.0)
    assert [x / y for x, y in zip(small, large, strict=True)] == pytest.approx([5] * 5, rel=0.06)


def test_every_point_of_phax_meets_every_resistor_that_is_listed():
    loads, ohms = Sweep("load_ohms", (9e5, 3e5)), Sweep("resistor_ohms", (2e5, 5e5, 1e5))
    spec = replace(SPEC, load_ohms=9e5, resistor_ohms=2e5, sweeps=(loads, ohms))
    points = nominal_points(spec, table())
    assert points[0] == NominalPoint(5.0, 9e5, 2e5)
    assert len(points) == len(set(points)) == 6
    without = {replace(point, resistor_ohms=None) for point in points}
    assert without == set(phax.nominal_points(spec, table()))


def test_one_resistor_is_no_choice():
    points = nominal_points(replace(SPEC, resistor_ohms=2e5), table())
    assert points == (NominalPoint(5.0, 0.9e6, 2e5),)


def test_without_a_resistor_each_size_has_its_own_to_choose_among():
    points = nominal_points(replace(SPEC, sweeps=(Sweep("size", (5.0, 2.0)),)), table())
    for size in (5.0, 2.0):
        found = tuple(point.resistor_ohms for point in points if point.size == size)
        assert found == default_resistors(table(), size)
