"""A network whose cells are a subcircuit of the user's, from its source to its proof."""

from __future__ import annotations

import json

import pytest

import imnnc
from imnnc.api import Compilation
from imnnc.api.dies import chips
from imnnc.diagnostics import CompileError
from tests.support.cells import MIXED
from tests.support.large import compile_large

SOURCE = """
technology lvt90
memristor tio2 {
    conductance 120 nS .. 1 uS   levels 64   variation 3 %
    law model "cells.lib" my_cell conductance g
}
network small {
    input  x[6] in -0.25 V .. 0.25 V
    layer  hidden[4] { inverter size 1 .. 10   unformed 30 % }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "points.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 3   batch 8 }
verify { samples 3   tolerance 1 uV   transient_samples 2 }
emit ngspice, xyce, cdl, programming csv
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Compilation:
    folder = tmp_path_factory.mktemp("small")
    (folder / "cells.lib").write_text(MIXED)
    return compile_large(folder, SOURCE, 6)


def test_the_circuit_with_the_model_is_the_predicted_one(small):
    errors = small.verification["prediction_error_v"]["layers"]
    assert max(x["max"] for x in errors) < 1e-7
    assert (small.out / "models" / "cells.lib").read_text() == MIXED
    found = small.evaluate(prove=3)
    assert found.proof_worst_volts is not None
    assert found.proof_worst_volts < 1e-7


def test_a_folder_says_what_its_cells_are(small):
    model = small.summary["memristor"]["model"]
    assert model["subcircuit"] == "my_cell"
    assert model["unit_value"] == pytest.approx(1e6)
    index = json.loads((small.out / "program" / "index.json").read_text())
    assert index["model"]["parameter"] == model["parameter"] == "g"


def test_stored_parameters_are_compiled_again_with_the_model(small):
    source = small.out.parent / "net.imnn"
    again = imnnc.compile(source, small.out.parent / "again", params=small.out / "params.npz")
    assert again.verification["prediction_error_v"] == small.verification["prediction_error_v"]


def test_a_chip_of_such_cells_is_proven_with_its_source(small):
    source = small.out.parent / "net.imnn"
    options = {"count": 1, "samples": 3, "prove": 1, "prove_samples": 1}
    found = chips(small.out, source, **options)
    assert found.proofs[0].passed
    with pytest.raises(CompileError) as caught:
        chips(small.out, None, **options)
    assert [x.code for x in caught.value.diagnostics] == ["IM307"]
