"""Programming files that say how each cell is written and verified."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.diagnostics import CompileError
from imnnc.emit.planned import plan_entry, plan_of_entry
from imnnc.emit.programming import read_program, read_pulse_plan, write_program
from imnnc.physics.pulse_plan import first_guess
from tests.emit.test_programming import PROGRAM, assert_same, edit
from tests.support.pulses import plan

PLAN = plan(
    spec={"seed": 3},
    device={"set_volts": 1.2, "reset_volts": 1.4, "width_seconds": 1e-7},
    read_noise=0.01,
    stuck_low=0.001,
)


@pytest.mark.parametrize("formats", [("csv",), ("npz",), ("csv", "npz")])
def test_cells_and_plan_are_read_as_they_were_written(tmp_path, formats):
    write_program(PROGRAM, tmp_path, formats, PLAN)
    assert_same(read_program(tmp_path), PROGRAM)
    assert read_pulse_plan(tmp_path) == PLAN


def test_without_a_plan_files_say_nothing_of_one(tmp_path):
    write_program(PROGRAM, tmp_path)
    assert read_pulse_plan(tmp_path) is None
    for path in (tmp_path / "program").iterdir():
        assert b"pulse" not in path.read_bytes()


@given(
    shares=st.tuples(*[st.floats(0, 0.5)] * 2),
    optional=st.tuples(*[st.none() | st.floats(1e-9, 1)] * 4),
)
def test_any_plan_is_in_the_index_as_it_is(shares, optional):
    names = ("width_seconds", "read_seconds", "set_volts", "reset_volts")
    volts = [None if x is None else max(x, 1e-3) for x in optional[2:]]
    device = dict(zip(names, (*optional[:2], *volts), strict=True))
    of = plan(device=device, stuck_low=shares[0], stuck_high=shares[1])
    assert plan_of_entry(json.loads(json.dumps(plan_entry(of)))) == of


def test_each_line_has_the_first_guess_of_its_cell(tmp_path):
    write_program(PROGRAM, tmp_path, ("csv", "npz"), PLAN)
    with (tmp_path / "program" / "hidden.csv").open() as file:
        lines = list(csv.DictReader(file))
    siemens = np.array([1 / float(x["ohms"]) for x in lines])
    assert [int(x["pulses"]) for x in lines] == first_guess(PLAN, siemens).tolist()
    assert {(x["tolerance"], x["pulse"], x["most_tries"]) for x in lines} == {
        ("0.01", "set", "200")
    }
    with np.load(tmp_path / "program" / "conductances.npz") as arrays:
        stacked = np.stack([arrays["hidden.pulses_plus"], arrays["hidden.pulses_minus"]], axis=-1)
    assert stacked.ravel().tolist() == [int(x["pulses"]) for x in lines]
    index = json.loads((tmp_path / "program" / "index.json").read_text())
    assert set(lines[0]) - {"crossbar", "ohms"} == set(index["columns"])


def test_a_cell_that_is_not_formed_has_no_plan(tmp_path):
    crossbar = PROGRAM.crossbars[0]
    formed = np.ones((5, 3), dtype=bool)
    formed[1, 2] = False
    some = replace(crossbar, formed_plus=formed, formed_minus=np.ones((5, 3), dtype=bool))
    write_program(replace(PROGRAM, crossbars=(some, PROGRAM.crossbars[1])), tmp_path, plan=PLAN)
    lines = (tmp_path / "program" / "hidden.csv").read_text().splitlines()
    assert [line for line in lines if ",unformed," in line] == [
        line for line in lines if line.endswith(",0.01,,,")
    ]
    assert read_program(tmp_path).crossbars[0].unformed_cells == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.pop("tolerance"),
        lambda entry: entry.update(most_tries=-1),
        lambda entry: entry.update(low_siemens=1e-6),
        lambda entry: entry.update(pulses=3),
        lambda entry: entry["pulses"].update(model="other"),
        lambda entry: entry["pulses"].update(set_step_siemens="much"),
        lambda entry: entry["pulses"].update(span=1.0),
        lambda entry: entry["pulses"].update(set_saturation=2.0),
    ],
)
def test_an_index_whose_plan_does_not_add_up_is_refused(tmp_path, change):
    write_program(PROGRAM, tmp_path, plan=PLAN)
    edit(tmp_path, lambda index: change(index["write_verify"]))
    with pytest.raises(CompileError) as caught:
        read_pulse_plan(tmp_path)
    assert [x.code for x in caught.value.diagnostics] == ["IM512"]
