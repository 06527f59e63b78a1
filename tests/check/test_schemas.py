"""A golden of every schema that there ever was is read, and compiled from, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.api import check_golden
from imnnc.artifacts.reading import read_plan, read_stored
from tests.support.compatibility import compile_stored

SCHEMAS = sorted(Path(__file__).parent.glob("schema_*"))
# Free of names: what a later version writes of them is the same, byte for byte.
CELLS = ("program/layer0.csv", "program/layer1.csv")


@pytest.fixture(params=SCHEMAS, ids=lambda folder: folder.name)
def stored(request: pytest.FixtureRequest) -> Path:
    """The folder of a golden with its source and data."""
    return request.param


def test_its_parameters_and_its_plan_are_read(stored):
    network = read_stored(stored / "golden" / "params.npz").parameters
    plan = read_plan(stored / "golden" / "stimuli.npz")
    assert [x.name for x in network.layers] == [x.name for x in plan.network.layers]


def test_the_same_cells_are_compiled_from_its_parameters_byte_for_byte(stored, tmp_path):
    out = compile_stored(tmp_path, stored).out
    for name in CELLS:
        assert (out / name).read_bytes() == (stored / "golden" / name).read_bytes()


def test_the_samples_of_its_plan_are_no_difference_of_bytes(stored, tmp_path):
    out = compile_stored(tmp_path, stored).out
    (level,) = check_golden(out, stored / "golden", levels=["bytes"]).levels
    assert [case.texts for case in level.cases if case.name == "stimuli.npz"] == [()]
