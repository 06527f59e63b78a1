"""Chips between corners, temperatures and rails, against what ngspice measures there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.design import Technology
from imnnc.lang import load_technology
from imnnc.measure.chips import Subject
from imnnc.measure.silicon import measured_at, subject_of, temperatures
from imnnc.physics.chips import Spread, draw
from imnnc.physics.family import DeviceFamily, Shared, together
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray
from imnnc.physics.table import DeviceTable
from imnnc.simulate.characterize import characterize_devices
from imnnc.technology.process import skewed_corners
from tests.support.circuits import loaded
from tests.support.measured import table

SPREAD = Spread(0.005, 0.005, process=1 / 3, cooler_kelvin=-67, warmer_kelvin=98, supply=0.05)
LOADS = torch.tensor([0.0, 1e-7, 1e-6, 5e-6], dtype=torch.float64)[:, None]


@cache
def technology() -> Technology:
    return load_technology("lvt90")


@cache
def subject() -> Subject:
    return subject_of(technology(), loaded((6, 5, 4)), table(), SPREAD, jobs=2, timeout_seconds=120)


def family() -> DeviceFamily:
    found = subject().family
    assert found is not None
    return found


def outputs(devices: DeviceTable) -> FloatArray:
    """Of inverters under several loads, over their input."""
    rail = devices.supply_volts
    v_in = torch.linspace(-rail, rail, 41, dtype=torch.float64)
    inverter = Inverter(together(devices, 1e-15, 1e-15))
    found: FloatArray = inverter.loaded_output(v_in, LOADS, torch.zeros(1)).numpy()
    return found


def worst(shared: Shared, measured: Technology | None = None) -> float:
    """The largest difference of any output, in volts, from a table measured for this chip."""
    exact = characterize_devices(
        measured or measured_at(technology(), shared, family()), family().reach_volts
    )
    return float(np.abs(outputs(family().at(shared)) - outputs(exact)).max())


def test_a_chip_at_a_corner_is_that_corner():
    assert worst(Shared(-1, 1)) < 1e-12


def test_a_supply_between_is_no_interpolation():
    assert worst(Shared(supply=-0.0317)) < 5e-8
    assert worst(Shared(supply=0.0123)) < 5e-8


@pytest.mark.parametrize("kelvin", [75.0, 25.0, -40.0])
def test_a_temperature_between_those_measured_is_a_fraction_of_a_millivolt_off(kelvin):
    assert worst(Shared(kelvin=kelvin)) < 2e-4


def test_a_process_between_corners_is_the_card_that_is_as_far_between(tmp_path):
    """The card of lvt90 has a number for the speed of each kind, which corners set to 1 or -1."""
    library = technology().library.read_text()
    skewed = library.replace(
        ".param lvt90_skew_n=0 lvt90_skew_p=0", ".param lvt90_skew_n=0.6 lvt90_skew_p=-0.4"
    )
    assert skewed != library
    path = Path(tmp_path) / "lvt90.lib"
    path.write_text(skewed)
    shared = Shared(0.6, -0.4)
    assert worst(shared, replace(technology(), library=path)) < 2e-4
    nominal = outputs(family().at(Shared()))
    assert np.abs(outputs(family().at(shared)) - nominal).max() > 0.05


def test_all_of_it_together_is_as_near():
    assert worst(Shared(1, -1, -30.0, 0.0211)) < 2e-4


def test_what_a_chip_shares_is_a_draw_of_its_own_that_moves_no_other():
    of = loaded((6, 5, 4))
    plain = replace(SPREAD, process=0.0, cooler_kelvin=0.0, warmer_kelvin=0.0, supply=0.0)
    drawn = [draw(of, SPREAD, 1, number) for number in range(300)]
    alone = draw(of, plain, 1, 7)
    assert alone.shared is None
    assert (alone.gates[0].minus.up == drawn[7].gates[0].minus.up).all()
    shared = [x.shared for x in drawn]
    speeds = np.array([(x.n_speed, x.p_speed) for x in shared])
    assert speeds.std(0) == pytest.approx([1 / 3, 1 / 3], rel=0.1)
    assert np.abs(speeds).max() <= 1
    kelvins = np.array([x.kelvin for x in shared])
    assert kelvins.min() >= -67
    assert kelvins.max() <= 98
    assert np.ptp(kelvins) > 150
    supplies = np.array([x.supply for x in shared])
    assert 0.04 < np.abs(supplies).max() <= 0.05
    warm = draw(of, SPREAD.only("temperature"), 1, 7).shared
    assert warm == Shared(0.0, 0.0, shared[7].kelvin, 0.0)


def test_the_nearest_corner_is_typical_or_skewed():
    assert Shared(0.4, 0.4).nearest_corner == (0, 0)
    assert Shared(0.7, 0.8).nearest_corner == (1, 1)
    assert Shared(-0.9, 0.6, 5.0).at_corner() == Shared(-1, 1, 5.0)


def test_four_temperatures_are_measured_wherever_the_nominal_one_lies():
    celsius = [(-67, 98), (0, 98), (23, 73)]
    found = [
        temperatures(technology(), replace(SPREAD, cooler_kelvin=a, warmer_kelvin=b))
        for a, b in celsius
    ]
    assert found == [(-40, 27, 76, 125), (27, 51.5, 76, 125), (27, 50, 75, 100)]
    assert temperatures(technology(), SPREAD.only("process")) == (27,)


def test_the_skewed_corners_are_those_that_foundries_call_so():
    assert skewed_corners(["tt", "FF", "ss", "sf", "fs"], "tt") == ("FF", "ss", "sf", "fs")
    assert skewed_corners(["tt", "ff", "ss"], "tt") == ()
    assert skewed_corners(["tt", "ff", "ss", "sf", "fs"], "sf") == ()


def test_which_transistor_a_corner_makes_fast_is_measured_whatever_it_is_called(tmp_path):
    """In sky130 the first letter is the PMOS's, unlike in lvt90 and gf180mcu."""
    names = [row[0].corner for row in family().tables]
    speeds = {"tt": (0, 0), "ff": (1, 1), "ss": (-1, -1), "sf": (-1, 1), "fs": (1, -1)}
    assert dict(zip(names, family().corners, strict=True)) == speeds
    path = Path(tmp_path) / "lvt90.lib"
    text = technology().library.read_text()
    path.write_text(
        text.replace(" sf\n", " xx\n").replace(" fs\n", " sf\n").replace(" xx\n", " fs\n")
    )
    exchanged = subject_of(
        replace(technology(), library=path),
        loaded((6, 5, 4)),
        table(),
        SPREAD.only("process"),
        jobs=2,
        timeout_seconds=120,
    ).family
    assert exchanged is not None
    swapped = dict(zip((x[0].corner for x in exchanged.tables), exchanged.corners, strict=True))
    assert swapped == {**speeds, "sf": (1, -1), "fs": (-1, 1)}
