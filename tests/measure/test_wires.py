"""Crossbars with wires that ngspice cannot simulate whole are reduced, and proven on a tile."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from imnnc import tables
from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan
from imnnc.check.behaviour import simulate
from imnnc.check.golden import read_output
from imnnc.diagnostics import CompileError
from imnnc.measure.folder import verify_folder
from imnnc.measure.reduction import LARGEST_WIRED_CELLS
from imnnc.measure.simulation import Simulation
from tests.support.large import compile_large

INPUTS, HIDDEN = 60, 20
SOURCE = f"""
technology lvt90
memristor tio2 {{ conductance 1 uS .. 8 uS   levels 64 }}
crossbar {{ wire row 2 Ohm   column 5 Ohm   driver 50 Ohm }}
network large {{
    input  x[{INPUTS}] in -0.25 V .. 0.25 V
    layer  hidden[{HIDDEN}] {{ inverter size 5 .. 50 }}
    output kind[3]    {{ inverter size 1 .. 50 }}
}}
data {{ file "points.csv"   test_file "points.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }}
train phax {{ loss cross_entropy   epochs 5   batch 8   load 20 kOhm   size 50 }}
verify {{ samples 3   tolerance 200 mV   transient_samples 2 }}
emit ngspice, programming csv
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Compilation:
    return compile_large(tmp_path_factory.mktemp("large"), SOURCE, INPUTS)


def test_a_crossbar_beyond_ngspice_is_proven_on_its_largest_tile(large):
    assert (2 * INPUTS + 2) * HIDDEN > LARGEST_WIRED_CELLS
    assert large.verification["reduction_tile"] == {"rows": 104, "columns": 20}
    assert 0.0 <= large.verification["reduction_error_v"] < 1e-9
    assert large.verification["delay_s"] > 0


def test_the_reduced_circuit_is_the_predicted_one_at_its_columns(large):
    errors = large.verification["prediction_error_v"]["layers"]
    (columns,) = (x for x in errors if (x["layer"], x["node"]) == ("hidden", "net"))
    assert columns["max"] < 1e-9


def test_all_sources_give_what_the_operating_points_say(large):
    """At rest, once the transients are over: the power of rows is that of the whole crossbar."""
    evaluation = large.evaluate(prove=0).to_json()
    measured = large.verification["power_w"]["all_sources"]
    assert measured == pytest.approx(evaluation["power_w"]["all_sources"]["mean"], rel=0.2)


def test_what_is_proven_of_all_samples_says_that_the_crossbar_was_reduced(large):
    found = large.evaluate(prove=2)
    assert found.reduced
    assert found.proof_worst_volts < 1e-6
    assert "the first crossbar reduced" in tables.evaluation(found.to_json())


def test_goldens_are_made_of_the_reduced_circuit_too(large):
    plan = read_plan(large.out / "stimuli.npz")
    simulation = Simulation(timeout_seconds=60.0)
    found = simulate(read_output(large.out), plan, plan.network, simulation)
    verified = verify_folder(large.out, sha256=None, simulation=simulation).design
    assert np.abs(found.corners["tt"][:, :3] - verified.simulated_volts).max() < 1e-9


def test_wires_that_somebody_has_changed_are_not_taken_for_those_that_were_compiled(
    large, tmp_path
):
    folder = shutil.copytree(large.out, tmp_path / "out")
    wires = folder / "large.ngspice.wires.hidden.inc"
    wires.write_text(re.sub(r"(?m)^(Rplus_3_wire_4 .*) \S+$", r"\1 200", wires.read_text()))
    with pytest.raises(CompileError) as caught:
        verify_folder(folder, sha256=None, simulation=Simulation(timeout_seconds=60.0))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert "wires must be as they were compiled for a crossbar to be reduced" in diagnostic.message
