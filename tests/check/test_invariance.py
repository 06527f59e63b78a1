"""Renaming, reordering and reformatting a netlist are no differences."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imnnc.check.netlist.reader import read_deck
from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure
from tests.support.disguise import disguised
from tests.support.goldens import CASES, HERE

TESTBENCH = "points.tb.ngspice.sp"
QUICKLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICKLY
@given(seed=st.integers(0, 2**32), rename=st.booleans(), keep_outside=st.booleans())
def test_another_writer_is_no_difference(golden, tmp_path, seed, rename, keep_outside):
    deck = read_deck(golden / TESTBENCH)
    path = disguised(
        deck, tmp_path, golden / "models", seed, rename=rename, keep_outside=keep_outside
    )
    result = check_structure(golden / TESTBENCH, path, DEFAULT_TOLERANCE)
    assert [text for case in result.cases for text in case.texts] == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_nor_in_netlists_with_resistors_kits_and_several_layers(tmp_path, case, seed):
    (testbench,) = (HERE / case).glob("*.tb.ngspice.sp")
    path = disguised(read_deck(testbench), tmp_path, HERE / case / "models", seed)
    assert check_structure(testbench, path, DEFAULT_TOLERANCE).passed


@pytest.mark.parametrize(("factor", "passes"), [(1 + 1e-7, True), (1 + 1e-5, False)])
def test_numbers_agree_within_the_tolerance(golden, out, tmp_path, factor, passes):
    cells = out / "points.ngspice.cells.layer0.inc"
    lines = [line.split() for line in cells.read_text().splitlines()]
    cells.write_text(
        "\n".join(
            " ".join([*words[:3], repr(float(words[3]) * factor)] if words[0] != "*" else words)
            for words in lines
        )
    )
    assert check_structure(golden / TESTBENCH, out / TESTBENCH, 1e-6).passed == passes
    renamed = disguised(read_deck(out / TESTBENCH), tmp_path, golden / "models", 1)
    assert check_structure(golden / TESTBENCH, renamed, 1e-6).passed == passes
