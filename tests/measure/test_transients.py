"""Transients of a large crossbar are those of its exact equivalent, where that is one."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from imnnc.api import Compilation
from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation
from tests.support.large import compile_large

INPUTS, HIDDEN = 60, 50
SOURCE = f"""
technology lvt90
memristor tio2 {{ conductance 120 nS .. 800 nS   levels 64 }}
network large {{
    input  x[{INPUTS}] in -0.25 V .. 0.25 V
    layer  hidden[{HIDDEN}] {{ inverter size 5 .. 20 }}
    output kind[3]    {{ inverter size 1 .. 20 }}
}}
data {{ file "points.csv"   test_file "points.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }}
train phax {{ loss cross_entropy   epochs 5   batch 8   load 0.9 MOhm   size 20 }}
verify {{ samples 4   tolerance 200 mV   transient_samples 2 }}
emit ngspice, programming csv
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Compilation:
    return compile_large(tmp_path_factory.mktemp("large"), SOURCE, INPUTS)


def test_a_large_crossbar_is_reduced_for_its_transients_and_proved_to_be_the_same(large):
    assert 0.0 <= large.verification["reduction_error_v"] < 1e-6
    assert large.verification["delay_s"] > 0


def test_of_a_deck_whose_rows_somebody_drives_otherwise_the_deck_itself_is_measured(
    large, tmp_path
):
    folder = shutil.copytree(large.out, tmp_path / "out")
    testbench = folder / "large.tb.ngspice.sp"
    text, count = re.subn(
        r"(?mi)^(vx_plus_0) (\S+) (\S+) (.*)$",
        r"\1 \2_source \3 \4\nrdriver \2_source \2 1e6",
        testbench.read_text(),
    )
    assert count == 1
    testbench.write_text(text)
    found = verify_folder(folder, sha256=None, simulation=Simulation(timeout_seconds=60.0)).design
    assert found.reduction_error_v is None
    assert found.error.max != pytest.approx(large.verification["prediction_error_v"]["max"])
    assert found.dynamics.delay_s > 0
    kept = found.dynamics.recorded
    assert kept.outputs[0] == found.dynamics.worst.output
    outside = np.abs(kept.volts[:, 0] - kept.band_volts.mean()) > np.ptp(kept.band_volts) / 2
    assert kept.seconds[outside].max() <= found.dynamics.delay_s
    assert kept.seconds[outside].max() > 0.9 * found.dynamics.delay_s
