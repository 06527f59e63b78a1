"""Lists of cells that cannot be programmed: written of a simulation, read of whatever there is."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.measure.failed import read_failed, write_failed
from imnnc.measure.programming import programming_figures
from imnnc.physics.write_verify import write_verify
from imnnc.report.pulses import pulses_text
from tests.support.networks import network, program
from tests.support.pulses import plan

PROGRAM = program(network([20, 8, 3], bias_pairs=2))
PLAN = plan(
    spec={"most_tries": 20},
    device={"cycle_to_cycle": 0.3, "device_to_device": 0.3, "width_seconds": 1e-7},
    stuck_low=0.02,
    stuck_high=0.02,
)
HEAD = "crossbar,row,column,polarity,siemens\n"


def test_what_was_written_is_read(tmp_path):
    path, written = tmp_path / "cells.csv", tuple(write_verify(PLAN, PROGRAM))
    write_failed(path, PROGRAM, written)
    found = read_failed(path, PROGRAM)
    for cells, siemens in zip(written, found, strict=True):
        listed = np.stack(np.split(siemens, 2))[tuple(cells.places.T)]
        np.testing.assert_array_equal(~np.isnan(listed), cells.failed)
        np.testing.assert_allclose(listed[cells.failed], cells.read[cells.failed], rtol=1e-8)
    with path.open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(int(x.failed.sum()) for x in written) > 5
    assert int(lines[0]["pulses"]) >= 20


def test_figures_are_those_of_all_cells():
    written = tuple(write_verify(PLAN, PROGRAM))
    found = programming_figures(PLAN, written, 0)
    pulses = np.concatenate([x.pulses for x in written])
    assert found["cells"] == len(pulses) == 2 * (22 * 8 + 10 * 3)
    assert found["pulses"]["mean"] == pytest.approx(pulses.mean(), rel=1e-5)
    within = found["pulses"]["most_of_95_percent"]
    assert (pulses <= within).mean() >= 0.95 > (pulses < within).mean()
    assert found["time_s"] == pytest.approx(pulses.sum() * 1e-7)
    assert found["failed"] == sum(x["failed"] for x in found["layers"])
    assert 0 < found["failed_stuck"] <= found["stuck"]
    assert found["error"]["rms"] < found["error"]["max"] <= 0.01
    assert found["cells_energy_j"] is None
    assert pulses_text(found) == (
        f"{found['pulses']['mean']:.3g} a cell, 95 % of cells within {within};"
        f" {found['failed']} of 412 cells fail, {found['failed_stuck']} of them stuck;"
        f" the others within {found['error']['rms']:.2%} rms;"
        f" {found['time_s'] * 1e3:.3g} ms in all, without reads"
    )


def test_a_list_by_hand_needs_no_more_than_the_cells(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text(
        "polarity, row, column, crossbar, who, siemens\n"
        "minus, bias_1, 7, hidden, me,\n"
        "\n"
        "plus,3,0,label,you,1e-7\n"
    )
    hidden, label = read_failed(path, PROGRAM)
    assert np.argwhere(~np.isnan(hidden)).tolist() == [[22 + 21, 7]]
    assert np.isinf(hidden[43, 7])
    assert np.argwhere(~np.isnan(label)).tolist() == [[3, 0]]
    assert label[3, 0] == 1e-7
    path.write_text("crossbar,row,column,polarity\nhidden,0,0,plus\n")
    assert np.isinf(read_failed(path, PROGRAM)[0][0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 of `cells.csv` must name a column `crossbar`, it is ``"),
        ("a,b\n", "line 1 of `cells.csv` must name a column `crossbar`, it is `a,b`"),
        (
            "crossbar,row,column,polarity,row\n",
            "line 1 of `cells.csv` must name a column `row`, it is"
            " `crossbar,row,column,polarity,row`",
        ),
        (HEAD + "hidden,0,0\n", "line 2 of `cells.csv` must have 5 values, it has 3"),
        (
            HEAD + "other,0,0,plus,1e-7\n",
            "line 2 of `cells.csv` must name crossbar `hidden` or `label`, not `other`",
        ),
        (
            HEAD + "hidden,20,0,plus,1e-7\n",
            "line 2 of `cells.csv` must name a row of `hidden`, `0` to `bias_1`, not `20`",
        ),
        (
            HEAD + "label,0,3,plus,1e-7\n",
            "line 2 of `cells.csv` must name a column of `label`, `0` to `2`, not `3`",
        ),
        (
            HEAD + "hidden,0,0,up,1e-7\n",
            "line 2 of `cells.csv` must name a polarity of `hidden`, `plus` to `minus`, not `up`",
        ),
        (
            HEAD + "hidden,0,0,plus,1e-7\nhidden,0,0,plus,1e-7\n",
            "line 3 of `cells.csv` must be of another cell, this one is listed above",
        ),
        (
            HEAD + "hidden,0,0,plus,0.1 uS\n",
            "line 2 of `cells.csv` must have siemens from 1 fS to 1 S, not `0.1 uS`",
        ),
        (
            HEAD + "hidden,0,0,plus,-1\n",
            "line 2 of `cells.csv` must have siemens from 1 fS to 1 S, not `-1`",
        ),
    ],
)
def test_what_is_no_list_of_cells_of_the_network_is_refused(tmp_path, text, message):
    path = tmp_path / "cells.csv"
    path.write_text(text)
    with pytest.raises(CompileError) as caught:
        read_failed(path, PROGRAM)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM335"
    assert diagnostic.message.replace(f"{tmp_path}/", "") == message
