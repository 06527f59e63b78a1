"""A die of a small network, measured, calibrated, and proven in ngspice."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import imnnc
from imnnc import api
from imnnc.api import Compilation
from imnnc.api.calibration import device_of
from imnnc.api.origin import rails_of
from imnnc.artifacts.reading import read_stored
from imnnc.diagnostics import CompileError
from imnnc.emit.programming import read_program
from imnnc.files.manifest import read_manifest
from imnnc.lang import load_technology
from imnnc.measure.calibration import Calibration
from imnnc.measure.measured import measure_chip, members, read_measured, write_measured
from imnnc.physics.chips import ChipSolver, Spread, draw, spread_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices
from imnnc.simulate.characterize import characterize_devices
from tests.support.small import MEMRISTOR, Alone

LVT90 = load_technology("lvt90")

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def out(points: Compilation, net: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, with what would be measured of two of its chips."""
    folder = shutil.copytree(points.out, tmp_path_factory.mktemp("dies") / "out")
    api.chips(folder, net, count=2, measure=2, workers=Alone(), jobs=1)
    return folder


@pytest.fixture(scope="module")
def arrays(out: Path) -> Arrays:
    with np.load(out / "chips" / "0" / "measured.npz") as loaded:
        return dict(loaded)


@pytest.fixture(scope="module")
def calibrated(out: Path, net: Path) -> tuple[Calibration, Path]:
    to = out.parent / "calibrated"
    found, proof = api.calibrate(
        out, out / "chips" / "0" / "measured.npz", to, net, prove=2, jobs=1
    )
    assert proof is not None
    assert proof.passed, proof
    return found, to


@pytest.fixture(scope="module")
def by_measurements(out: Path) -> tuple[Calibration, Path]:
    to = out.parent / "by_measurements"
    found, proof = api.calibrate(out, out / "chips" / "1" / "measured.npz", to, jobs=1)
    assert proof is None
    return found, to


def refused(out: Path, tmp_path: Path, arrays: Arrays) -> str:
    path = tmp_path / "die.npz"
    np.savez(path, **arrays)
    with pytest.raises(CompileError) as caught:
        api.calibrate(out, path, tmp_path / "to")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM334"
    assert not (tmp_path / "to").exists()
    return diagnostic.message.replace(f"`{path}` ", "")


def test_a_chip_is_measured_at_training_samples_with_noise(out, arrays, net):
    measured = read_measured(out / "chips" / "0" / "measured.npz", _network(out), 0.25)
    assert measured.inputs_volts.shape == (120, 4)
    assert measured.noise_volts == 0.5e-3
    exact = _readout(out, measured.inputs_volts, spread_of(LVT90, MEMRISTOR), 0)
    assert (measured.minus_volts[-1] - exact).std() == pytest.approx(0.5e-3, rel=0.15)


def _network(out: Path):
    from imnnc.artifacts.reading import read_folder

    return read_folder(out)[1].network


def test_the_die_reads_out_as_the_circuit_should(by_measurements, out):
    """The die itself, whose thresholds calibration has not seen, with the cells it asks for."""
    _, to = by_measurements
    at = read_measured(out / "chips" / "1" / "measured.npz", _network(out), 0.25).inputs_volts
    nominal = _readout(out, at, spread_of(LVT90, MEMRISTOR).only(), 1)
    spread = spread_of(LVT90, MEMRISTOR)
    before, after = (
        np.sqrt(((_readout(folder, at, spread, 1) - nominal) ** 2).mean()) for folder in (out, to)
    )
    assert after < before / 3


def _readout(folder: Path, at: np.ndarray, spread: Spread, number: int) -> np.ndarray:
    """Of a chip of the cells in a folder, in volts to ground."""
    table = read_stored(folder / "params.npz").table
    solver = ChipSolver(Inverter(table), Devices(characterize_devices(LVT90, 0.25)))
    chip = draw(read_program(folder).parameters(), spread, 1, number)
    rails_volts = rails_of(read_manifest(folder))
    moved = replace(chip, rails_volts=rails_volts)
    return solver.solve(moved, at).layers[-1].minus + rails_volts


def test_expected_scores_are_told(calibrated):
    found, to = calibrated
    written = json.loads((to / "calibration.json").read_text())
    assert written["accuracy"]["after"] >= written["accuracy"]["before"]
    assert written["changed"] == found.correction.cells
    assert written["residual_v"] < 3e-3


def test_cells_that_change_are_listed_and_no_other_differs(calibrated, out):
    _, to = calibrated
    with (to / "changes.csv").open() as file:
        listed = {
            (x["crossbar"], x["row"], x["column"], x["polarity"]): float(x["siemens"])
            for x in csv.DictReader(file)
        }
    changed = {}
    for old, new in zip(read_program(out).crossbars, read_program(to).crossbars, strict=True):
        for polarity in ("plus", "minus"):
            ohms = [getattr(x, f"ohms_{polarity}") for x in (old, new)]
            for row, column in np.argwhere(ohms[0] != ohms[1]).tolist():
                name = "bias" if row == len(ohms[0]) - 1 else str(row)
                changed[old.name, name, str(column), polarity] = 1 / ohms[1][row, column]
    assert listed == pytest.approx(changed, rel=1e-8)
    assert listed


def test_the_folder_is_one_of_a_compile(calibrated, net):
    _, to = calibrated
    compilation = imnnc.load(to)
    assert compilation.predict(np.zeros((2, 4))).shape == (2, 3)
    assert compilation.verify(jobs=1).passed
    assert (to / "die" / "points.ngspice.sp").read_text().count("gate_up") > 1
    again = api.chips(to, net, count=1, workers=Alone(), jobs=1)
    assert len(again.scores) == 1


def test_the_same_measurements_make_the_same_files(calibrated, out, net):
    _, to = calibrated
    other = out.parent / "again"
    api.calibrate(out, out / "chips" / "0" / "measured.npz", other, net, jobs=1)
    assert (other / "manifest.json").read_bytes() == (to / "manifest.json").read_bytes() or (
        (other / "changes.csv").read_bytes() == (to / "changes.csv").read_bytes()
    )


def test_without_a_source_samples_are_those_that_were_measured(by_measurements):
    found, _ = by_measurements
    assert (found.classification, found.nominal, found.samples) == (False, 0.0, 24)
    assert found.score_after < found.score_before / 5


def test_the_device_is_what_its_programming_shows(out):
    device = device_of(read_program(out))
    assert device.conductance_min_siemens >= MEMRISTOR.conductance_min_siemens * (1 - 1e-6)
    assert device.conductance_max_siemens <= MEMRISTOR.conductance_max_siemens * (1 + 1e-6)
    step = (device.conductance_max_siemens - device.conductance_min_siemens) / (device.levels - 1)
    whole = (MEMRISTOR.conductance_max_siemens - MEMRISTOR.conductance_min_siemens) / 63
    assert step == pytest.approx(whole, rel=1e-6)


def test_a_file_says_what_it_is_to_have(out):
    assert list(members(_network(out))) == [
        "inputs_volts",
        "readout_volts",
        "layer0_minus_volts",
        "layer0_plus_volts",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"layer0_plus_volts": None},
            "must have an array `layer0_plus_volts`, V+ of layer `layer0`, of shape 120 x 5",
        ),
        (
            {"inputs_volts": None},
            "must have an array `inputs_volts`, the inputs, of shape samples x 4",
        ),
        (
            {"layer0_minus_volt": np.zeros(3)},
            "has an array `layer0_minus_volt`, which is none of a die of `points`",
        ),
        (
            {"readout_volts": np.zeros((120, 4))},
            "must have an array `readout_volts` of shape 120 x 3, its shape is 120 x 4",
        ),
        (
            {"readout_volts": np.zeros((7, 3))},
            "must have an array `readout_volts` of shape 120 x 3, its shape is 7 x 3",
        ),
        (
            {"inputs_volts": np.array(0.1)},
            "must have an array `inputs_volts` of shape samples x 4, its shape is a number",
        ),
        (
            {"readout_volts": np.full((120, 3), np.nan)},
            "must have finite voltages, `readout_volts[0, 0]` is nan",
        ),
        (
            {"readout_volts": np.full((120, 3), 120.0)},
            "must have volts between the rails at -0.25 and 0.25 V, `readout_volts[0, 0]` is 120 V",
        ),
        (
            {"inputs_volts": np.full((120, 4), 0.3)},
            "must have volts between the rails at -0.25 and 0.25 V, `inputs_volts[0, 0]` is 0.3 V",
        ),
        (
            {"noise_volts": np.array(-1.0)},
            "must have one number from 0 to 0.1 V as `noise_volts`, it is -1",
        ),
        (
            {"noise_volts": np.zeros(2)},
            "must have one number from 0 to 0.1 V as `noise_volts`, it is of shape 2",
        ),
    ],
)
def test_measurements_that_are_not_of_the_die_are_refused(out, tmp_path, arrays, change, message):
    given = {name: x for name, x in {**arrays, **change}.items() if x is not None}
    assert refused(out, tmp_path, given) == message


def test_what_is_no_archive_of_numbers_is_refused(out, tmp_path):
    path = tmp_path / "die.npz"
    path.write_text("volts\n")
    codes = []
    for write in (
        lambda: None,
        lambda: np.savez(path, inputs_volts=np.array(["a"])),
        lambda: np.savez(path, inputs_volts=np.array([{}], dtype=object)),
        lambda: path.unlink(),
    ):
        write()
        with pytest.raises(CompileError) as caught:
            api.calibrate(out, path, tmp_path / "to")
        codes += [x.code for x in caught.value.diagnostics]
    assert codes == ["IM202", "IM204", "IM205", "IM201"]


def test_a_source_of_another_network_is_refused(out, net, tmp_path):
    other = tmp_path / "other.imnn"
    other.write_text(net.read_text().replace("layer0[5]", "layer0[6]"))
    with pytest.raises(CompileError) as caught:
        api.calibrate(out, out / "chips" / "0" / "measured.npz", tmp_path / "to", other)
    assert [x.code for x in caught.value.diagnostics] == ["IM716"]


def test_a_die_that_is_as_it_should_be_keeps_its_cells(out, tmp_path):
    alike = spread_of(LVT90, MEMRISTOR).only()
    table = read_stored(out / "params.npz").table
    solver = ChipSolver(Inverter(table), Devices(characterize_devices(LVT90, 0.1)))
    chip = draw(read_program(out).parameters(), alike, 1, 0)
    at = np.random.default_rng(1).uniform(-0.25, 0.25, (100, 4))
    path = tmp_path / "die.npz"
    write_measured(path, _network(out), measure_chip(chip, solver, at, 0.5e-3))
    found, _ = api.calibrate(out, path, tmp_path / "to", jobs=1)
    assert found.correction.cells <= 5
