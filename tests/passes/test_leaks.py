"""Netlists without the leaks of unformed cells: fewer devices, and all else to fit them."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

import imnnc
from imnnc import tables
from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.check.behaviour import simulate
from imnnc.check.golden import read_output
from imnnc.diagnostics import CompileError
from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation
from tests.support.stored import write_source

SOURCE = """
technology lvt90
memristor tio2 { conductance 1 uS .. 8 uS   levels 64   unformed 50 nS }
crossbar kind { bias 2   wire row 20 Ohm column 60 Ohm }
network tiny {
    input  x[4] in -0.25 V .. 0.25 V
    layer  hidden[6] { inverter size 1 .. 10   unformed 75 % }
    output kind[3]   { inverter size 1 .. 10   unformed 80 % }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 3   batch 16 }
verify { samples 5   tolerance 10 uV   transient_samples 2 }
emit ngspice, hspice, spectre, xyce, ltspice, cdl, programming csv
"""
CELL = re.compile(r"(?m)^R\w*(?:plus|minus)\w*_[0-9]+ \(?\S*(?:plus|minus)")


@pytest.fixture(scope="module")
def leaking(tmp_path_factory) -> Compilation:
    folder = tmp_path_factory.mktemp("leaking")
    return imnnc.compile(write_source(folder, SOURCE), folder / "out")


@pytest.fixture(scope="module")
def bare(leaking) -> Compilation:
    folder = leaking.out.parent
    return imnnc.compile(
        folder / "points.imnn",
        folder / "bare",
        params=leaking.out / "params.npz",
        settings=("netlist.leaks=false",),
    )


def test_every_dialect_has_the_formed_cells_alone(leaking, bare):
    program = read_stored(bare.out / "params.npz").program
    for crossbar in program.crossbars:
        every = 2 * crossbar.ohms_plus.size
        files = [x for x in bare.out.iterdir() if f".cells.{crossbar.name}." in x.name]
        assert len(files) == 5
        for path in files:
            assert len(CELL.findall(path.read_text())) == every - crossbar.unformed_cells
            assert len(CELL.findall((leaking.out / path.name).read_text())) == every
    formed = sum(2 * x.ohms_plus.size - x.unformed_cells for x in program.crossbars)
    assert (bare.out / "tiny.cdl").read_text().count("$[tio2]") == formed


def test_a_row_or_a_column_place_without_a_cell_is_possible(bare):
    crossbar = read_stored(bare.out / "params.npz").program.crossbars[1]
    formed = np.vstack([crossbar.formed_plus, crossbar.formed_minus])
    assert not formed.any(1).all()


def test_the_prediction_is_without_them_too_and_it_is_said_what_they_do(leaking, bare):
    assert bare.verification["passed"]
    assert bare.verification["prediction_error_v"]["max"] < 2e-6
    assert bare.verification["leaks_move_v"]["max"] > 1e-3
    assert "leaks_move_v" not in leaking.verification
    assert "the netlist has only cells that are formed" in tables.verification(bare.verification)
    text = (bare.out / "report.html").read_text()
    assert "which the netlist leaves out" in text
    assert "which the netlist leaves out" not in (leaking.out / "report.html").read_text()


def test_operating_points_of_all_samples_are_those_of_the_netlist(bare):
    found = bare.evaluate(prove=3)
    assert found.proof_worst_volts < 1e-7
    assert found.to_json()["without_leaks"]
    assert "as in the netlist" in tables.evaluation(found.to_json())


def test_the_reduced_deck_is_the_full_one(bare):
    simulation = Simulation(timeout_seconds=60.0, reduce=True)
    found = verify_folder(bare.out, sha256=None, simulation=simulation).design
    assert found.reduction_error_v < 1e-8
    full = bare.verification["power_w"]["all_sources"]
    assert found.dynamics.power_all_sources_w == pytest.approx(full, rel=1e-4)


def test_a_formed_cell_that_somebody_took_out_is_not_taken_for_an_unformed_one(bare, tmp_path):
    folder = shutil.copytree(bare.out, tmp_path / "out")
    cells = folder / "tiny.ngspice.cells.hidden.inc"
    cells.write_text(re.sub(r"(?m)^R.*\n", "", cells.read_text(), count=1))
    simulation = Simulation(timeout_seconds=60.0, reduce=True)
    with pytest.raises(CompileError) as caught:
        verify_folder(folder, sha256=None, simulation=simulation)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert "a cell is missing, there twice or not in its place" in diagnostic.message


def test_the_voltages_of_a_golden_are_those_of_its_netlist(bare):
    plan = read_plan(bare.out / "stimuli.npz")
    simulation = Simulation(timeout_seconds=60.0)
    found = simulate(read_output(bare.out), plan, plan.network, simulation).corners["tt"]
    verified = verify_folder(bare.out, sha256=None, simulation=simulation).design
    assert np.abs(found[:, :3] - verified.simulated_volts).max() < 1e-9
