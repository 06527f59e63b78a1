"""Folders whose cells are no resistors: reduced, a crossbar is the whole one at rest alone."""

from __future__ import annotations

import pytest

from imnnc.api import Compilation
from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation
from tests.support.large import compile_large

SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 1 uS   levels 64   law sinh 3 / V }
network small {
    input  x[6] in -0.25 V .. 0.25 V
    layer  hidden[4] { inverter size 1 .. 10   unformed 30 % }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "points.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 3   batch 8 }
verify { samples 3   tolerance 1 uV   transient_samples 2 }
emit ngspice, programming csv
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Compilation:
    return compile_large(tmp_path_factory.mktemp("small"), SOURCE, 6)


def test_the_circuit_is_the_predicted_one(small):
    errors = small.verification["prediction_error_v"]["layers"]
    assert len(errors) == 6
    assert max(x["max"] for x in errors) < 1e-7


def test_evaluation_is_proven_by_ngspice_at_every_node(small):
    found = small.evaluate(prove=3)
    assert found.proof_worst_volts is not None
    assert found.proof_worst_volts < 1e-7


def test_a_folder_says_its_law(small):
    summary = small.summary
    assert summary["memristor"]["sinh_per_volt"] == 3.0


def test_reduced_it_is_the_same_at_rest_and_its_transients_are_the_whole_circuits(small):
    whole = small.verification
    reduced = verify_folder(
        small.out, sha256=None, simulation=Simulation(reduce=True, timeout_seconds=60.0)
    ).to_json()
    assert 0.0 <= reduced["reduction_error_v"] < 1e-8
    assert reduced["delay_s"] == whole["delay_s"]
    assert reduced["energy_j"] == whole["energy_j"]
