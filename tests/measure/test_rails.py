"""A die of a skewed corner, between rails that follow it, measured there again, and in ngspice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from imnnc import api
from imnnc.api import Compilation
from imnnc.artifacts.reading import read_folder
from imnnc.emit.ngspice import NGSPICE
from imnnc.measure.calibration import Calibration
from imnnc.measure.measured import read_measured
from tests.support.small import Alone

MEASURED = Path("chips") / "0" / "measured.npz"


@pytest.fixture(scope="module")
def out(points: Compilation, net: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, with what would be measured of one chip whose NMOS are slow and whose PMOS fast."""
    folder = shutil.copytree(points.out, tmp_path_factory.mktemp("rails") / "out")
    api.chips(folder, net, corner="sf", count=1, measure=1, workers=Alone(), jobs=1)
    return folder


@pytest.fixture(scope="module")
def moved(out: Path, net: Path) -> tuple[Calibration, Path]:
    to = out.parent / "moved"
    found, proof = api.calibrate(out, out / MEASURED, to, prove=2, jobs=1)
    assert proof is not None
    assert proof.passed, proof
    return found, to


def test_the_rails_of_a_skewed_die_are_moved_and_ngspice_agrees(moved):
    found, to = moved
    vdd, vss = found.rails["vdd"], found.rails["vss"]
    assert vdd - vss == pytest.approx(0.5)
    # PMOS that are fast switch at more volts: the rails go down.
    assert -0.2 < vdd + vss < -0.02
    assert found.score_after < found.score_before / 20
    written = json.loads((to / "calibration.json").read_text())
    assert written["rails_v"] == found.rails
    deck = _deck(to / "die")
    for name, volts in (("dd", vdd), ("ss", vss), ("bias_plus", vdd), ("bias_minus", vss)):
        assert _source(deck, name) == pytest.approx(volts)
    # Its own netlist is that of transistors that are alike, between rails as they were.
    assert _source(_deck(to), "dd") == 0.25


def _deck(folder: Path) -> str:
    return (folder / NGSPICE.testbench_name("points")).read_text()


def _source(deck: str, name: str) -> float:
    (line,) = (line for line in deck.splitlines() if line.startswith(f"V{name} "))
    return float(line.split()[-1])


def test_chips_of_its_folder_are_between_its_rails(moved, net):
    found, to = moved
    chips = api.chips(to, net, corner="sf", count=1, measure=1, prove=1, workers=Alone(), jobs=1)
    assert chips.passed, chips.proofs
    stored, plan = read_folder(to)
    middle = found.correction.die.rails_volts
    there = read_measured(to / MEASURED, plan.network, stored.table.supply_volts, middle)
    assert there.minus_volts[0].min() < -0.25
    again, _ = api.calibrate(to, to / MEASURED, to.parent / "again", jobs=1)
    assert again.residual_volts < 10e-3
    assert again.die.rails_volts == middle


def test_rails_stay_where_they_are_to(out, net):
    kept, _ = api.calibrate(out, out / MEASURED, out.parent / "kept", rails=False, jobs=1)
    assert kept.rails == {"vdd": 0.25, "vss": -0.25}
