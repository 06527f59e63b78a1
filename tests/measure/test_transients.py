"""Transients of a large crossbar are those of its exact equivalent, where that is one."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

import imnnc
from imnnc.api import Compilation
from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation

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
    folder = tmp_path_factory.mktemp("large")
    (folder / "net.imnn").write_text(SOURCE)
    random = np.random.default_rng(1)
    values = random.choice([-0.2, 0.2], (3, INPUTS))[np.arange(48) % 3]
    values += random.uniform(-0.05, 0.05, values.shape)
    lines = [",".join([f"x{i}" for i in range(INPUTS)] + ["kind"])]
    lines += [",".join([*(f"{x:.4f}" for x in row), str(i % 3)]) for i, row in enumerate(values)]
    (folder / "points.csv").write_text("\n".join(lines) + "\n")
    return imnnc.compile(folder / "net.imnn", folder / "out")


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
