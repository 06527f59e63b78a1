"""A compile whose crossbars have several pairs of bias rows, from the source to every file."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import imnnc
from imnnc.api import Compilation
from imnnc.artifacts.reading import read_stored
from imnnc.check.programming import programming_differences
from imnnc.diagnostics import CompileError
from imnnc.emit.programming import read_program
from tests.support.stored import write_source

SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 800 nS   levels 64   unformed 2 nS }
crossbar { bias 3 }
crossbar kind { bias 2   wire row 20 Ohm column 60 Ohm }
network tiny {
    input  x[4] in -0.25 V .. 0.25 V
    layer  hidden[6] { inverter size 1 .. 10   unformed 25 % }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train equilibrium { loss cross_entropy   epochs 3   batch 16   source_weight 1 }
verify { samples 5   tolerance 1 mV   transient_samples 2 }
emit ngspice, spectre, cdl, programming csv
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Compilation:
    folder = tmp_path_factory.mktemp("biases")
    return imnnc.compile(write_source(folder, SOURCE), folder / "out")


def test_ngspice_has_every_node_where_the_exact_solver_has_it(compiled):
    found = compiled.evaluate(prove=3)
    assert found.passed
    assert found.proof_worst_volts < 1e-7


def test_the_reduced_deck_is_the_full_one(compiled, tmp_path):
    again = imnnc.compile(
        compiled.out.parent / "points.imnn",
        tmp_path / "out",
        params=compiled.out / "params.npz",
        reduce=True,
    )
    assert again.verification["reduction_error_v"] < 1e-8
    assert again.verification["power_w"]["all_sources"] == pytest.approx(
        compiled.verification["power_w"]["all_sources"], rel=1e-4
    )
    for name in ("tiny.ngspice.cells.hidden.inc", "program/hidden.csv", "params.npz"):
        assert (again.out / name).read_bytes() == (compiled.out / name).read_bytes()


def test_every_pair_is_trained_and_programmed(compiled):
    program = read_stored(compiled.out / "params.npz").program
    assert [x.ohms_plus.shape for x in program.crossbars] == [(7, 6), (8, 3)]
    for crossbar in program.crossbars:
        biases = crossbar.ohms_plus[-crossbar.biases :]
        assert len(np.unique(biases)) > crossbar.ohms_plus.shape[1]
    read = read_program(compiled.out)
    assert [x.bias_pairs for x in read.crossbars] == [3, 2]
    assert (read.crossbars[0].ohms_plus == program.crossbars[0].ohms_plus).all()
    with (compiled.out / "program" / "kind.csv").open() as file:
        rows = list(dict.fromkeys(row["row"] for row in csv.DictReader(file)))
    assert rows == [*"012345", "bias", "bias_1"]
    assert not list(programming_differences(compiled.out, compiled.out, 0.0))
    summary = json.loads((compiled.out / "summary.json").read_text())
    assert [x["bias_pairs"] for x in summary["network"]["layers"]] == [3, 2]
    assert [x["inputs"] for x in summary["network"]["layers"]] == [4, 6]


def test_parameters_of_another_number_of_pairs_are_those_of_another_network(compiled, tmp_path):
    source = compiled.out.parent / "one.imnn"
    source.write_text(SOURCE.replace("bias 3", "bias 1"))
    with pytest.raises(CompileError) as caught:
        imnnc.compile(source, tmp_path / "out", params=compiled.out / "params.npz")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == (
        "`params.npz` holds the parameters of another network: `hidden` 4-6 with 3 bias pairs,"
        " `kind` 6-3 with 2 bias pairs, the source describes `hidden` 4-6,"
        " `kind` 6-3 with 2 bias pairs"
    )
