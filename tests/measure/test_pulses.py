"""A network whose cells are programmed by pulses: compiled, kept as a golden, calibrated."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc import api, tables
from imnnc.api import Compilation, check_golden, update_golden
from imnnc.check.golden import read_golden
from imnnc.check.programming import programming_differences
from imnnc.emit.programming import read_program, read_pulse_plan, write_program
from imnnc.files.manifest import write_manifest
from imnnc.lang import load_design
from imnnc.measure.failed import FAILED_FILE, read_failed
from imnnc.passes.pipeline import Settings, build_graph
from imnnc.physics.die import siemens_of
from tests.support.small import Alone
from tests.support.stored import SOURCE, compile_points

PULSES = """variation 1 %   stuck low 5 % high 5 %
    pulses linear_step {
        set_step 10 nS   set_saturation 80 %   reset_step 10 nS   reset_saturation 80 %
        cycle_to_cycle 30 %   device_to_device 30 %   pulse_width 100 ns   read_time 1 us
        set_voltage 1.2 V   reset_voltage 1.4 V
    }
"""
PLANNED = SOURCE.replace("variation 3 %", PULSES) + (
    "program { tolerance 1 %   first_guess 80 %   most_tries 100 }\n"
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    return compile_points(tmp_path_factory.mktemp("pulses"), PLANNED)


@pytest.fixture
def out(compiled: Compilation, tmp_path: Path) -> Path:
    return shutil.copytree(compiled.out, tmp_path / "out")


def files(folder: Path) -> set[str]:
    return {x.relative_to(folder).as_posix() for x in folder.rglob("*") if x.is_file()}


def test_the_plan_adds_two_files_and_changes_those_of_programming_alone(compiled, tmp_path):
    without = compile_points(tmp_path, PLANNED.rpartition("program {")[0])
    added = {"program/pulses.json", f"program/{FAILED_FILE}"}
    assert files(compiled.out) - files(without.out) == added
    assert not files(without.out) - files(compiled.out)
    same = {
        name
        for name in files(without.out)
        if (without.out / name).read_bytes() == (compiled.out / name).read_bytes()
    }
    assert files(without.out) - same <= {
        *("manifest.json", "timings.json", "summary.json", "report.html", "chips.json"),
        *("program/index.json", "program/layer0.csv", "program/layer1.csv"),
        # The head of a netlist has the sha256 of its source.
        *(x for x in files(without.out) if x.startswith("points.")),
        "verify.json",
    }
    assert "pulse" not in (without.out / "manifest.json").read_text()


def test_what_it_comes_to_is_in_the_files_the_report_and_the_terminal(compiled):
    found = json.loads((compiled.out / "program" / "pulses.json").read_text())
    del found["schema"]
    assert compiled.summary["pulses"] == found
    assert found["cells"] == 2 * (5 * 5 + 6 * 3)
    assert found["failed_stuck"] > 0
    assert found["time_s"] > 0
    assert found["cells_energy_j"] > 0
    (row,) = [x for x in tables.compilation(compiled).splitlines() if x.startswith("pulses")]
    assert f"{found['failed']} of 86 cells fail, {found['failed_stuck']} of them stuck" in row
    page = (compiled.out / "report.html").read_text()
    assert "<h2>Programming</h2>" in page
    assert "program/failed-cells.csv" in page


def test_numbers_of_the_plan_are_options_of_the_pass(compiled):
    design = load_design(compiled.out.parent / "points.imnn")
    options = ("emit-programming.most_tries=3", "emit-programming.tolerance=0.2")
    spec = build_graph(design, Settings(options)).passes["emit-programming"].plan.spec
    assert (spec.most_tries, spec.tolerance, spec.first_guess) == (3, 0.2, 0.8)


def test_a_golden_has_the_plan_and_not_what_was_simulated(out, tmp_path):
    golden = tmp_path / "golden"
    assert update_golden(out, golden, jobs=1)
    kept = read_golden(golden).files
    assert {x for x in kept if x.startswith("program/")} == {
        "program/index.json",
        "program/layer0.csv",
        "program/layer1.csv",
    }
    assert check_golden(out, golden, levels=["bytes", "structure"], jobs=1).passed
    plan = read_pulse_plan(out)
    write_program(
        read_program(out), out, ("csv",), replace(plan, spec=replace(plan.spec, first_guess=0.5))
    )
    manifest = json.loads((out / "manifest.json").read_text())
    write_manifest(out, {k: v for k, v in manifest.items() if k not in ("files", "tool")})
    (level,) = check_golden(out, golden, levels=["bytes"]).levels
    (text,) = next(x.texts for x in level.cases if x.name == "program/layer1.csv")
    assert text.startswith("programming layer1: ")
    assert "plans of pulses differ, set " in text
    assert [x.text for x in programming_differences(golden, out, 0.0)] == [
        "programming: first guess of pulses is 0.5, was 0.8"
    ]
    write_program(read_program(out), out, ("csv",))
    assert [x.text for x in programming_differences(golden, out, 0.0)] == [
        "programming: the plan of pulses is missing"
    ]


def test_calibration_works_around_the_cells_that_failed(out, compiled, tmp_path):
    """Of chip 0 of the seed, whose stuck cells are those that programming found."""
    net, cells = compiled.out.parent / "points.imnn", out / "program" / FAILED_FILE
    api.chips(out, net, count=1, measure=1, workers=Alone(), jobs=1)
    measured = out / "chips" / "0" / "measured.npz"
    found, _ = api.calibrate(out, measured, tmp_path / "die", net, stuck=cells, jobs=1)
    unaware, _ = api.calibrate(out, measured, tmp_path / "unaware", net, jobs=1)
    assert found.residual_volts < unaware.residual_volts
    assert found.score_after > found.score_before
    listed = read_failed(cells, read_program(out))
    known = [~np.isnan(x) for x in listed]
    for changed, mask, siemens, layer in zip(
        found.correction.changed,
        known,
        listed,
        found.correction.die.parameters.layers,
        strict=True,
    ):
        assert not (changed & mask).any()
        # They are what was read of them, within what cells vary by.
        np.testing.assert_allclose(siemens_of(layer)[mask], siemens[mask], rtol=0.1)
    written = json.loads((tmp_path / "die" / "calibration.json").read_text())
    assert written["known_stuck"] == sum(int(x.sum()) for x in known) > 0
    assert "known_stuck" not in json.loads((tmp_path / "unaware" / "calibration.json").read_text())
    manifest = json.loads((tmp_path / "die" / "manifest.json").read_text())
    assert len(manifest["calibrated"]["stuck"]) == 64
    # The cells that change have a plan as all others have.
    assert read_pulse_plan(tmp_path / "die") == read_pulse_plan(out)
    with (tmp_path / "die" / "program" / "layer0.csv").open() as file:
        assert all(int(x["pulses"]) >= 0 for x in csv.DictReader(file))
