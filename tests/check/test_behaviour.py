"""Both netlists in ngspice, on the stimuli of the golden."""

import csv
import hashlib
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from imnnc.api import check_golden
from imnnc.artifacts.reading import read_plan
from imnnc.check.behaviour import Voltages, sample_groups, simulate
from imnnc.check.golden import read_golden, read_output
from imnnc.check.netlist.reader import read_deck
from imnnc.diagnostics import CompileError
from imnnc.measure.simulation import Simulation
from tests.check.test_mutations import UNSEEN_IN_VOLTS
from tests.support.disguise import disguised
from tests.support.mutations import applied, mutations, read_out_moves

TESTBENCH = "points.tb.ngspice.sp"
NETLIST = "points.ngspice.sp"


def texts(out, golden, **options):
    result = check_golden(out, golden, levels=["behaviour"], jobs=1, edited=True, **options)
    return [text for level in result.levels for case in level.cases for text in case.texts]


def test_the_same_netlist_gives_the_same_voltages_at_every_corner(points, golden):
    result = check_golden(points.out, golden, levels=["behaviour"], jobs=1)
    assert result.passed
    assert [case.name for case in result.levels[0].cases] == [
        "corner tt, stored voltages",
        "corner ff, stored voltages",
        "corner tt, samples 0 to 5",
        "corner ff, samples 0 to 5",
    ]


def test_another_order_and_layout_move_less_than_the_tolerance(golden, out, tmp_path):
    # Sums in another order: some nanovolts, amplified by the neurons.
    for seed in (1, 2, 3):
        path = disguised(
            read_deck(golden / TESTBENCH), tmp_path, golden / "models", seed, keep_outside=True
        )
        (out / TESTBENCH).write_bytes(path.read_bytes())
        assert texts(out, golden) == []


def test_a_corner_that_has_changed_is_seen_with_the_sample_where_it_is_seen_most(golden, out):
    (out / NETLIST).write_text((out / NETLIST).read_text().replace('" tt', '" ss'))
    (text,) = texts(out, golden)
    assert re.fullmatch(
        r"corner tt, samples 0 to 5: 6 of 6 differ by more than 1 µV,"
        r" largest \S+ mV at layer1_(minus|plus)_\d of sample \d",
        text,
    )
    assert texts(out, golden, tolerance_volts=0.5) == []


def test_groups_of_samples_are_told_apart():
    def volts(*samples):
        read_out = np.zeros((20, 1))
        read_out[list(samples)] = 1e-3
        return Voltages(("kind_minus_0",), {"tt": read_out}, "ngspice 39")

    cases = list(sample_groups("tt", volts(), volts(4, 6, 12), 1e-6))
    assert [case.texts for case in cases] == [
        (
            "corner tt, samples 0 to 9: 2 of 10 differ by more than 1 µV,"
            " largest 1 mV at kind_minus_0 of sample 4",
        ),
        (
            "corner tt, samples 10 to 19: 1 of 10 differs by more than 1 µV,"
            " largest 1 mV at kind_minus_0 of sample 12",
        ),
    ]


def test_a_netlist_that_cannot_be_simulated_differs(golden, out):
    (out / TESTBENCH).write_text((out / TESTBENCH).read_text().replace("layer1_minus_0", "lost"))
    (text,) = texts(out, golden)
    assert text.startswith("the netlist cannot be simulated: ")


def test_voltages_that_were_stored_by_another_simulator_are_not_mistaken_for_the_netlist(
    points, golden, tmp_path
):
    other = tmp_path / "golden"
    shutil.copytree(golden, other)
    rows = list(csv.reader((other / "expected.csv").read_text().splitlines()))
    rows[1][2] = f"{float(rows[1][2]) + 1e-4:.9f}"
    text = "".join(",".join(row) + "\n" for row in rows)
    (other / "expected.csv").write_text(text)
    index = json.loads((other / "golden.json").read_text())
    index["files"]["expected.csv"] = hashlib.sha256(text.encode()).hexdigest()
    index["simulator"]["version"] = "38"
    (other / "golden.json").write_text(json.dumps(index))
    (found,) = texts(points.out, other)
    assert found.startswith("corner tt: the golden's own netlist gives voltages that are 100 µV")
    assert found.endswith("here simulates ngspice 39, then ngspice 38")


def test_a_folder_without_a_netlist_for_ngspice_is_refused(golden, out):
    (out / TESTBENCH).unlink()
    for level in ("structure", "behaviour"):
        with pytest.raises(CompileError) as error:
            check_golden(out, golden, levels=[level])
        assert error.value.diagnostics[0].code == "IM536"


def test_faults_that_move_a_read_out_are_seen(points, golden, out):
    # Each fifteenth of them; `python -m tests.support.mutations` simulates all.
    output = read_output(out, edited=True)
    plan = read_plan(golden / "stimuli.npz")
    plan = replace(plan, corners=plan.corners[:1])
    volts = simulate(read_golden(golden), plan, plan.network, Simulation())
    promised = [x for x in mutations(points.out) if x.kind not in UNSEEN_IN_VOLTS]
    escaped = []
    for mutation in promised[::15]:
        with applied(mutation, out):
            if not read_out_moves(output, plan, volts):
                escaped.append((mutation.kind, mutation.what))
    assert escaped == []
