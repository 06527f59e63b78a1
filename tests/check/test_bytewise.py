"""What is said of files whose bytes differ: nothing too much."""

import re

import pytest

from imnnc.api import check_golden
from imnnc.check.netlist.reader import read_deck
from imnnc.check.programming import programming_differences
from imnnc.files.files import sha256_file
from tests.support.disguise import disguised

CELLS = "points.ngspice.cells.layer0.inc"
OTHER_CELLS = "points.ngspice.cells.layer1.inc"
NETLIST = "points.ngspice.sp"
TESTBENCH = "points.tb.ngspice.sp"
PROGRAM = "program/layer0.csv"
LAYOUT = "only comments or layout differ"
SAME = "written differently, the same circuit"


def edit(path, pattern, new):
    text, count = re.subn(pattern, new, path.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def told(out, golden):
    """The lines about each file that differs."""
    (level,) = check_golden(out, golden, levels=["bytes"], edited=True).levels
    return {case.name: list(case.texts) for case in level.cases if not case.passed}


@pytest.mark.parametrize(
    ("pattern", "new", "expected"),
    [
        (r"^\* points", "* Points", LAYOUT),
        (r"^Rplus_0_0 plus_0 ", "rplus_0_0\tPLUS_0\n+ ", LAYOUT),
        (r"^Rplus_0_0 (\S+) (\S+)", r"Rplus_0_0 \2 \1", SAME),
        (r"2148703\.96$", "2148.70396k", SAME),
        (r"^(Rplus_0_0 .*\n)(Rplus_0_1 .*\n)", r"\2\1", SAME),
    ],
)
def test_cells_that_say_the_same_are_told_by_how_they_say_it(out, golden, pattern, new, expected):
    edit(out / CELLS, pattern, new)
    assert told(out, golden) == {CELLS: [f"{CELLS}: {expected}"]}


@pytest.mark.parametrize(
    ("pattern", "new", "expected"),
    [
        (
            r"2148703\.96$",
            "21x48703.96",
            f"{CELLS}: line 5 cannot be read:"
            " the value of `rplus_0_0` must be one number, it is `21x48703.96`",
        ),
        (
            r"\Z",
            "Rplus_0_0 plus_0 net_0 2148703.96\n",
            f"{CELLS}: line 55 cannot be read:"
            " device `rplus_0_0` must be there once, it is there twice",
        ),
        (
            r"\Z",
            "Rspare plus_0 net_0 1e6\n",
            "crossbar layer0: cell row 0 column 0 is added (plus)",
        ),
        (r"\Z", ".global net_0\n", "global nets are net_0, were none"),
        (r"\Z", ".nodeset v(net_0)=0.1\n", "testbench: .nodeset v(net_0) is added"),
    ],
)
def test_cells_that_are_not_the_same_are_never_told_as_layout(out, golden, pattern, new, expected):
    edit(out / CELLS, pattern, new)
    assert told(out, golden) == {CELLS: [expected]}


def test_beside_a_line_that_cannot_be_read_other_files_are_told_by_their_lines(out, golden):
    edit(out / CELLS, r"2148703\.96$", "21x48703.96")
    edit(out / OTHER_CELLS, r"5748175\.18$", "5748.17518k")
    edit(out / NETLIST, r"\A", "* a note\n")
    found = told(out, golden)
    assert found[CELLS][0].startswith(f"{CELLS}: line 5 cannot be read: ")
    assert found[OTHER_CELLS] == [f"{OTHER_CELLS}: differs from line 5 on (41 lines, had 41)"]
    assert found[NETLIST] == [f"{NETLIST}: {LAYOUT}"]


def test_beside_cells_that_have_changed_others_may_be_the_same(out, golden):
    edit(out / CELLS, r"2148703\.96$", "2000000")
    edit(out / OTHER_CELLS, r"5748175\.18$", "5748.17518k")
    assert told(out, golden) == {
        CELLS: [
            "crossbar layer0: 1 of 50 conductances differs, largest 7.4 % at row 0 column 0 (plus)"
        ],
        OTHER_CELLS: [f"{OTHER_CELLS}: {SAME}"],
    }


@pytest.mark.parametrize(
    ("file", "pattern", "new", "expected"),
    [
        (NETLIST, r"\A", "* a note\n", f"{NETLIST}: {LAYOUT}"),
        (NETLIST, r"^Xlayer0_minus_0 (\S+) ", r"xlayer0_minus_0  \1\n+ ", f"{NETLIST}: {LAYOUT}"),
        (NETLIST, r"^(Xlayer0_minus_0.*\n)(Xlayer0_plus_0.*\n)", r"\2\1", f"{NETLIST}: {SAME}"),
        (NETLIST, r"w=2e-07", "w=0.2u", f"{NETLIST}: {SAME}"),
        (NETLIST, r'" tt$', '" ff', "corner is ff, was tt"),
        (TESTBENCH, r"\A.*", "a title", f"{TESTBENCH}: {LAYOUT}"),
        (TESTBENCH, r"^(Vdd.*\n)(Vss.*\n)", r"\2\1", f"{TESTBENCH}: {SAME}"),
        (TESTBENCH, r"^\.temp 27", ".temp 85", "temperature is 85, was 27"),
        (
            *(TESTBENCH, r"^\.temp 27", ".control"),
            f"{TESTBENCH}: line 26 cannot be read:"
            " `.control` is not known in a netlist that can be compared",
        ),
    ],
)
def test_netlist_and_testbench_are_told_by_what_they_say(out, golden, file, pattern, new, expected):
    edit(out / file, pattern, new)
    assert told(out, golden) == {file: [expected]}


def test_other_ends_of_lines_are_layout_in_a_netlist_and_a_difference_in_a_model(out, golden):
    for name in (NETLIST, CELLS, "models/lvt90.lib"):
        (out / name).write_bytes((out / name).read_bytes().replace(b"\n", b"\r\n"))
    assert told(out, golden) == {
        "models/lvt90.lib": ["models/lvt90.lib: differs from line 1 on (85 lines, had 85)"],
        CELLS: [f"{CELLS}: {LAYOUT}"],
        NETLIST: [f"{NETLIST}: {LAYOUT}"],
    }


def test_a_netlist_with_other_names_is_the_same_circuit(out, golden, tmp_path):
    path = disguised(
        read_deck(golden / TESTBENCH), tmp_path, golden / "models", 1, keep_outside=True
    )
    (out / TESTBENCH).write_bytes(path.read_bytes())
    assert told(out, golden) == {TESTBENCH: [f"{TESTBENCH}: {SAME}"]}


@pytest.mark.parametrize(
    ("pattern", "new", "expected"),
    [
        (
            *("plus,32,", "plus,33,"),
            "programming layer0: 1 of 50 levels differs, 33 instead of 32 at row 0 column 0 (plus)",
        ),
        (
            *("plus,32,(.*),0.03$", r"plus,32,\1,0.05"),
            "programming layer0: 1 of 50 tolerances differs,"
            " 0.05 instead of 0.03 at row 0 column 0 (plus)",
        ),
        (
            *("4.65396825e-07", "5.11936508e-07"),
            "programming layer0: 1 of 50 cells differs, largest 10 % at row 0 column 0 (plus)",
        ),
        (
            *("2148703.96", "1953367.24"),
            "programming layer0: 1 of 50 cells differs, largest 10 % at row 0 column 0 (plus)",
        ),
        ("2148703.96", "2148703.960", f"{PROGRAM}: written differently, the same cells"),
        (
            r"^(layer0,0,0,plus.*\n)(.*\n)",
            r"\2\1",
            f"{PROGRAM}: written differently, the same cells",
        ),
        ("2148703.96", "2148x703.96", f"{PROGRAM}: differs from line 2 on (52 lines, had 52)"),
        (
            r"^(layer0,0,0,plus.*\n)",
            r"\1\1",
            f"{PROGRAM}: differs from line 3 on (53 lines, had 52)",
        ),
        (
            "polarity,level",
            "level,polarity",
            f"{PROGRAM}: differs from line 1 on (52 lines, had 52)",
        ),
    ],
)
def test_programming_is_told_by_what_it_says(out, golden, pattern, new, expected):
    edit(out / PROGRAM, pattern, new)
    assert told(out, golden) == {PROGRAM: [expected]}


def test_the_structure_tells_levels_too(out, golden):
    before = sha256_file(out / PROGRAM)
    edit(out / PROGRAM, "plus,32,", "plus,33,")
    index = out / "program" / "index.json"
    index.write_text(index.read_text().replace(before, sha256_file(out / PROGRAM)))
    assert [x.text for x in programming_differences(golden, out, 1e-6)] == [
        "programming layer0: 1 of 50 levels differs, 33 instead of 32 at row 0 column 0 (plus)"
    ]
