"""Every single fault of a small network's netlist, at the levels that promise to see it."""

from collections import Counter

import pytest

from imnnc.check.bytewise import check_bytes
from imnnc.check.golden import read_golden, read_output
from imnnc.check.netlist.reader import read_deck
from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure, circuit_differences
from tests.support.disguise import disguised
from tests.support.mutations import applied, mutations

TESTBENCH = "points.tb.ngspice.sp"

# What no operating point shows: a capacitor, the size of an inverter that drives nothing but
# gates, a rail exchanged for a bias row at the same voltage, drain and source of a symmetric
# transistor, how exact the solver is told to be, and the sample that the testbench begins with,
# in place of which the stimuli are put.
UNSEEN_IN_VOLTS = {
    "load",
    "size at the read-out",
    "rail of the bias",
    "drain and source",
    "option",
    "first sample",
}


def test_there_are_hundreds_of_them_of_every_kind(points):
    kinds = Counter(mutation.kind for mutation in mutations(points.out))
    assert sum(kinds.values()) > 700
    assert kinds["one level"] == 2 * 86
    assert kinds["dropped cell"] == 86
    assert {"swapped terminals", "wrong rail", "size", "corner"} < kinds.keys()


def test_bytes_and_structure_see_every_one(points, golden, out):
    kept, output = read_golden(golden), read_output(out)
    escaped = []
    for mutation in mutations(points.out):
        with applied(mutation, out):
            by_bytes = check_bytes(kept, output)
            by_structure = check_structure(kept.testbench, output.testbench, DEFAULT_TOLERANCE)
        escaped += [
            (x.level, mutation.kind, mutation.what) for x in (by_bytes, by_structure) if x.passed
        ]
    assert escaped == []


@pytest.mark.parametrize("part", range(4))
def test_structure_sees_every_one_where_names_order_and_layout_are_others(
    points, golden, out, tmp_path, part
):
    kept = read_deck(golden / TESTBENCH)
    escaped = []
    for seed, mutation in enumerate(mutations(points.out)[part::4]):
        if mutation.kind == "model":
            continue  # not a part of the netlist that is rewritten
        with applied(mutation, out):
            faulty = read_deck(out / TESTBENCH)
        path = disguised(faulty, tmp_path, golden / "models", seed, keep_outside=True)
        if not circuit_differences(kept, read_deck(path), DEFAULT_TOLERANCE):
            escaped.append((mutation.kind, mutation.what))
    assert escaped == []
