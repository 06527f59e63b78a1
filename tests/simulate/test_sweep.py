"""Many operating points as one sweep: the same ones, and whole where a sweep is not possible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imnnc.simulate import sweep
from imnnc.simulate.driver import Driver
from imnnc.simulate.pool import open_simulator
from imnnc.simulate.staging import Deck, stage
from imnnc.simulate.sweep import LEAST_SAMPLES, sweep_of
from tests.simulate.conftest import DIVIDER

both_drivers = pytest.mark.parametrize("driver", ["pyspice", "ngspice"])
VOLTS = np.random.default_rng(1).uniform(-0.5, 0.5, (20, 1))

# Two steep transistors and a latch's worth of gain: an operating point takes many steps.
STEEP = """* an inverter that drives another
Vin in 0 DC 0
Vdd vdd 0 0.5
Vss vss 0 -0.5
.model n nmos level=1 vto=0.1 kp=1m lambda=0.01
.model p pmos level=1 vto=-0.1 kp=1m lambda=0.01
M1 mid in vss vss n
M2 mid in vdd vdd p
R1 mid load 10k
M3 out load vss vss n
M4 out load vdd vdd p
.options gmin=1e-15 abstol=1e-15 reltol=1e-06 vntol=1e-09
.op
.end
"""


@both_drivers
def test_points_of_a_sweep_are_those_of_each_by_itself(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "steep.sp"
    path.write_text(STEEP)
    probes = ["v(out)", "v(mid)", "i(vin)"]
    with open_simulator(path, driver, 20) as simulator:
        swept = simulator.operating_points(["vin"], VOLTS, probes)
        alone = [simulator.operating_points(["vin"], x, probes)[0] for x in np.split(VOLTS, 20)]
    assert np.abs(swept - np.array(alone)).max() < 1e-9
    assert np.ptp(swept[:, 0]) > 0.9


def deck_of(folder: Path, text: str, **files: str) -> Deck:
    """A deck as it is laid out for a simulator."""
    (folder / "net.sp").write_text(text)
    for name, content in files.items():
        (folder / f"{name}.inc").write_text(content)
    return stage(folder / "net.sp", folder / "deck")


def test_a_sweep_goes_from_neighbour_to_neighbour(tmp_path: Path) -> None:
    volts = np.array([[0.125], [0.5], [0.25], [0.375]])
    found = sweep_of(deck_of(tmp_path, DIVIDER), ["va"], volts, ["v(out)", "i(va)"])
    assert found is not None
    assert found.order == (0, 2, 3, 1)
    assert found.probes == ("v(out)", "i(bva)")
    assert found.testbench == "swept_0_net.sp"
    assert list(found.files) == [found.testbench]
    assert found.files[found.testbench].splitlines()[:7] == [
        "* a divider of two sources, and an RC of 1 us",
        ".global imnnc_sample",
        "Vimnnc_sample imnnc_sample 0 0",
        "BVa a 0 V=pwl(v(imnnc_sample),",
        "+ 0,0.125,1,0.25,2,0.375,3,0.5)",
        "Vb b 0 DC 0",
        "R1 a out 1k",
    ]
    assert found.in_order(np.array([[1.0], [2.0], [3.0], [4.0]]))[:, 0].tolist() == [1, 4, 2, 3]


@pytest.mark.parametrize(
    "line",
    ["Va a 0 DC 0.1 AC 1", "Va a 0 PULSE(0 1 0 1n)", "Va a 0\n+ 0.1", "Vother a 0 1", "* Va a 0 1"],
)
def test_a_source_that_is_more_than_a_dc_value_is_not_swept(tmp_path: Path, line: str) -> None:
    deck = deck_of(tmp_path, DIVIDER.replace("Va a 0 DC 0.1", line))
    assert sweep_of(deck, ["va"], np.zeros((3, 1)), ["v(out)"]) is None


def test_a_source_in_a_subcircuit_of_that_name_is_another_one(tmp_path: Path) -> None:
    text = DIVIDER.replace("Va a 0 DC 0.1", ".subckt s a\nVa a 0 0.1\n.ends\nX1 a s")
    deck = deck_of(tmp_path, text)
    assert sweep_of(deck, ["va"], np.zeros((3, 1)), ["v(out)"]) is None


@both_drivers
def test_sources_of_subcircuits_in_other_files_are_swept(tmp_path: Path, driver: Driver) -> None:
    (tmp_path / "cells.inc").write_text("Vin mid 0 dc 1\nR1 mid top 1k\n")
    (tmp_path / "other.inc").write_text("R9 top 0 1g\n")
    path = tmp_path / "nested.sp"
    path.write_text(
        "* nested\n.subckt inner top\n.include cells.inc\n.ends\n"
        ".subckt outer top\n.include other.inc\nXcrossbar top inner\n.ends\n"
        "Xdut top outer\nR2 top 0 1k\n.end\n"
    )
    source = "v.xdut.xcrossbar.vin"
    probes = ["v(xdut.xcrossbar.mid)", "v(top)", f"i({source})"]
    found = sweep_of(stage(path, tmp_path / "deck"), [source], VOLTS, probes)
    assert found is not None
    assert sorted(found.files) == ["swept_0_nested.sp", "swept_2_cells.inc"]
    with open_simulator(path, driver, 20) as simulator:
        volts = simulator.operating_points([source], VOLTS, probes)
        alone = [simulator.operating_points([source], x, probes)[0] for x in np.split(VOLTS, 20)]
    assert np.abs(volts - np.array(alone)).max() < 1e-12


@both_drivers
def test_where_a_sweep_fails_each_point_is_found_by_itself(tmp_path: Path, driver: Driver) -> None:
    # There is a source of the name that a swept one gets.
    path = tmp_path / "taken.sp"
    path.write_text(DIVIDER.replace("R1 a out 1k", "BVa other 0 V=3\nR3 other 0 1k\nR1 a out 1k"))
    volts = np.linspace(-0.2, 0.2, LEAST_SAMPLES)[:, None]
    with open_simulator(path, driver, 20) as simulator:
        found = simulator.operating_points(["va"], volts, ["v(out)", "v(other)"])
    assert found[:, 0] == pytest.approx(0.75 * volts[:, 0], rel=1e-9)
    assert found[:, 1] == pytest.approx(3.0)


def test_a_sweep_that_disagrees_with_a_point_by_itself_is_not_taken(tmp_path: Path) -> None:
    found = sweep_of(deck_of(tmp_path, DIVIDER), ["va"], np.zeros((2, 1)), ["v(out)", "i(va)"])
    assert found is not None
    points = np.array([[0.1, 1.0], [0.3, 2.0]])
    assert found.agrees(points, np.array([0.3 + 0.9 * sweep.AGREEMENT_VOLTS, 3.0]))
    assert not found.agrees(points, np.array([0.3 + 2 * sweep.AGREEMENT_VOLTS, 2.0]))
