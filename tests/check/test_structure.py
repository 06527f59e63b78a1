"""What is said of a difference, and how circuits without names are told apart."""

import re
import shutil
import time

import pytest

from imnnc.check.netlist.flat import flatten
from imnnc.check.netlist.isomorphism import Matcher
from imnnc.check.netlist.reader import read_deck
from imnnc.check.netlist.refine import pair
from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure, circuit_differences
from imnnc.diagnostics import CompileError
from imnnc.emit.corners import as_text
from imnnc.models.layout import corner_text
from tests.support.disguise import disguised
from tests.support.mutations import LEVEL_SIEMENS
from tests.support.networks import technology

TESTBENCH = "points.tb.ngspice.sp"
NETLIST = "points.ngspice.sp"
CELLS = "points.ngspice.cells.layer0.inc"


def edit(path, pattern, new):
    text, count = re.subn(pattern, new, path.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def texts(golden, out):
    result = check_structure(golden / TESTBENCH, out / TESTBENCH, DEFAULT_TOLERANCE)
    return [text for case in result.cases for text in case.texts]


def test_conductances_are_counted_and_the_largest_change_is_named(golden, out):
    lines = (out / CELLS).read_text().splitlines()
    for index, line in enumerate(lines):
        words = line.split()
        if words[0] in ("Rplus_1_2", "Rminus_3_4", "Rbias_plus_0"):
            factor = 1.05 if words[0] == "Rminus_3_4" else 1.01
            lines[index] = " ".join([*words[:3], repr(float(words[3]) / factor)])
    (out / CELLS).write_text("\n".join(lines))
    assert texts(golden, out) == [
        "crossbar layer0: 3 of 50 conductances differ, largest 5 % at row 3 column 4 (minus)"
    ]


def inline(folder):
    """Put the models of the netlist in place of the card that reads them."""
    card = '.lib "models/lvt90.lib" tt'
    text = (folder / NETLIST).read_text()
    assert card in text
    models = "\n".join(as_text([card], corner_text(technology())))
    (folder / NETLIST).write_text(text.replace(card, models))


def test_models_in_the_netlist_are_compared_as_texts(golden, out, tmp_path):
    inline(out)
    place = "netlist: the models stand in {}, stood in {}"
    files, itself = "files of their own", "the netlist itself"
    assert texts(golden, out) == [place.format(itself, files)]
    assert texts(out, golden) == [place.format(files, itself)]
    other = shutil.copytree(out, tmp_path / "other")
    assert texts(out, other) == []
    edit(other / NETLIST, r"^\* The fitted knobs.*", "*")
    assert texts(out, other) == []
    edit(other / NETLIST, r"^\.param lvt90_eta0=.*", ".param lvt90_eta0 = 0.7")
    (text,) = texts(out, other)
    assert text.startswith("netlist: 1 of ")
    assert text.endswith(".param lvt90_eta0=0.7`, was `.param lvt90_eta0=0.683`")


@pytest.mark.parametrize(
    ("pattern", "new", "message"),
    [
        (r"^\* imnnc: end of the models", "*", "models in `points.tb.ngspice.sp` have no"),
        (r"^\* imnnc: in place of.*", "*", "`.model` is not known in a netlist"),
        (r'in place of \.lib "models', 'in place of .include "cells', "files must not include"),
    ],
)
def test_models_that_do_not_begin_or_end_are_no_netlist(golden, out, pattern, new, message):
    inline(out)
    edit(out / NETLIST, pattern, new)
    assert any(message in text for text in texts(golden, out))


def test_thousands_are_written_with_commas():
    from imnnc.check.netlist.terms import Cell, conductances

    place = Cell("hidden", "14", 7, "plus")
    changes = [(place, 0.012), (Cell("hidden", "1", 2, "minus"), -0.001), (place, 0.002)]
    assert conductances("hidden", 19700, changes).text == (
        "crossbar hidden: 3 of 19,700 conductances differ, largest 1.2 % at row 14 column 7 (plus)"
    )


@pytest.mark.parametrize(
    ("file", "pattern", "new", "expected"),
    [
        (NETLIST, r'" tt$', '" ff', "corner is ff, was tt"),
        (TESTBENCH, r"^\.temp 27", ".temp 85", "temperature is 85, was 27"),
        (TESTBENCH, r" gmin=1e-15", " gmin=1e-12", "option gmin is 1e-12, was 1e-15"),
        (
            CELLS,
            r"^Rplus_2_3 .*\n",
            "",
            "crossbar layer0: cell row 2 column 3 is missing (plus)",
        ),
        (
            CELLS,
            r"^Rplus_2_3 (\S+) \S+",
            r"Rplus_2_3 \1 net_4",
            "crossbar layer0: terminal 2 of cell row 2 column 3 is at net_4, was at net_3",
        ),
        (
            NETLIST,
            r"^(Xlayer0_minus_2 \S+ \S+) vdd",
            r"\1 vss",
            "neuron layer0 2: vdd of INV1 is at vss, was at vdd",
        ),
        (
            NETLIST,
            r"^(Xlayer1_plus_1 .* size=)\d+",
            r"\g<1>20",
            "neuron layer1 1: size of INV2 is 20, was ",
        ),
        (
            NETLIST,
            r"^Mp out in",
            "Mp in out",
            "module inverter: drain of mp is at in, was at out",
        ),
        (TESTBENCH, r"^(Vss .*)-0.25", r"\1-0.2", "testbench: value of vss is -0.2 V, was -0.25 V"),
        (TESTBENCH, r"^Clayer1_minus_0 .*\n", "", "testbench: clayer1_minus_0 is missing"),
        (
            "models/lvt90.lib",
            r"0\.2256",
            "0.3",
            "models/lvt90.lib: 1 of ",
        ),
        (NETLIST, r"^Xlayer0_minus_2 ", "Qlayer0 ", "netlist: device `qlayer0` is of a kind"),
    ],
)
def test_a_difference_is_named_in_the_users_terms(golden, out, file, pattern, new, expected):
    edit(out / file, pattern, new)
    assert texts(golden, out)[0].startswith(expected)


def test_many_missing_cells_are_counted(golden, out):
    edit(out / CELLS, r"(?:^Rplus_0_\d .*\n)+", "")
    assert texts(golden, out)[-1] == "crossbar layer0: 2 more cells are missing"


def test_a_fault_in_a_renamed_netlist_is_named_as_the_golden_names_it(golden, out, tmp_path):
    cells = (out / CELLS).read_text()
    ohms = float(re.search(r"^Rplus_2_3 \S+ \S+ (\S+)", cells, re.MULTILINE)[1])
    edit(out / CELLS, r"^(Rplus_2_3 \S+ \S+) .*", rf"\1 {1 / (1 / ohms + LEVEL_SIEMENS):.9g}")
    path = disguised(read_deck(out / TESTBENCH), tmp_path, golden / "models", 3)
    result = check_structure(golden / TESTBENCH, path, DEFAULT_TOLERANCE)
    (text,) = [text for case in result.cases for text in case.texts]
    # Where two cells have one resistance, either of them may be the one.
    assert re.match(r"crossbar layer0: 1 of 50 conductances differs, largest \d", text)


def test_a_wrong_connection_in_a_renamed_netlist_is_placed(golden, out, tmp_path):
    edit(out / NETLIST, r"^(Xlayer0_minus_2 \S+ \S+) vdd", r"\1 vss")
    path = disguised(read_deck(out / TESTBENCH), tmp_path, golden / "models", 3)
    result = check_structure(golden / TESTBENCH, path, DEFAULT_TOLERANCE)
    (text,) = [text for case in result.cases for text in case.texts]
    assert "connected otherwise, seen at " in text


def circuit(folder, name, *lines):
    (folder / name).write_text("\n".join(["title", *lines, ".end"]))
    return read_deck(folder / name)


def same(folder, first, second):
    decks = circuit(folder, "a.sp", *first), circuit(folder, "b.sp", *second)
    return circuit_differences(*decks, DEFAULT_TOLERANCE) == []


def ring(nodes, letter):
    return [f"R{letter}{i} {letter}{i} {letter}{(i + 1) % nodes} 1k" for i in range(nodes)]


def test_one_ring_is_not_two_though_every_node_looks_alike(tmp_path):
    # What colour refinement alone cannot tell.
    assert not same(tmp_path, ring(6, "a"), [*ring(3, "b"), *ring(3, "c")])
    assert same(tmp_path, ring(6, "a"), list(reversed(ring(6, "z"))))


def test_rings_too_large_for_networkx_are_searched_by_choosing_partners(tmp_path):
    assert not same(tmp_path, ring(80, "a"), [*ring(40, "b"), *ring(40, "c")])
    assert same(tmp_path, [*ring(80, "a"), *ring(50, "b")], [*ring(50, "y"), *ring(80, "x")])


def test_equal_cells_everywhere_are_no_obstacle(tmp_path):
    def crossbar(row, column):
        return [f"R{row}{i}{j} {row}{i} {column}{j} 1meg" for i in range(12) for j in range(9)]

    assert same(tmp_path, crossbar("row", "column"), crossbar("line", "bit"))
    moved = crossbar("line", "bit")
    moved[5] = moved[5].replace("bit5", "bit6")
    assert not same(tmp_path, crossbar("row", "column"), moved)


def test_inputs_at_one_voltage_are_still_two_inputs(tmp_path):
    sources = ["Va a 0 0", "Vb b 0 0"]
    cells = ["R1 a out 1k", "R2 b out 2k"]
    assert not same(tmp_path, [*sources, *cells], [*sources, "R1 b out 1k", "R2 a out 2k"])


def test_ports_may_have_another_order_but_not_another_meaning(tmp_path):
    part = [".subckt part a b", "R1 a 0 1k", "R2 b 0 2k", ".ends"]
    other = [".subckt part b a", "R1 a 0 1k", "R2 b 0 2k", ".ends"]
    use = ["V1 x 0 1", "V2 y 0 2"]
    assert same(tmp_path, [*part, *use, "X1 x y part"], [*other, *use, "X1 y x part"])
    assert not same(tmp_path, [*part, *use, "X1 x y part"], [*other, *use, "X1 x y part"])


def test_the_hierarchy_is_a_part_of_the_structure(tmp_path):
    part = [".subckt part a", "R1 a 0 1k", ".ends", "V1 x 0 1"]
    assert not same(tmp_path, [*part, "X1 x part"], [*part, "R1 x 0 1k"])


def test_a_module_that_contains_itself_is_an_error_and_no_endless_search(tmp_path):
    loop = [".subckt part a", "X1 a part", ".ends", "X1 a part"]
    with pytest.raises(CompileError, match="must not be a part of itself"):
        same(tmp_path, ["X1 a part", *loop[:3]], [*loop[:3], "X2 a part"])


def test_a_module_that_nothing_uses_is_compared_too(tmp_path):
    assert not same(
        tmp_path,
        ["R1 a 0 1", ".subckt spare a", "R1 a 0 1k", ".ends"],
        ["R1 a 0 1", ".subckt spare a", "R1 a 0 2k", ".ends"],
    )


def test_numbers_near_each_other_need_not_fall_into_one_bin(tmp_path):
    values = [1000 * (1 + k * 0.9e-6) for k in range(8)]
    first = [f"Ra{k} n{k} n{k + 1} {value!r}" for k, value in enumerate(values)]
    shifted = [f"Rb{k} m{k} m{k + 1} {value * (1 + 0.5e-6)!r}" for k, value in enumerate(values)]
    assert same(tmp_path, first, shifted)


def test_guesses_belong_to_their_nets(tmp_path):
    cells = ["V1 a 0 1", "R1 a b 1k", "R2 b c 2k", "R3 c 0 3k"]
    renamed = ["V1 a 0 1", "R7 a y 1k", "R8 y z 2k", "R9 z 0 3k"]
    assert same(tmp_path, [*cells, ".nodeset v(b)=0.5"], [*renamed, ".nodeset v(y)=0.5"])
    assert not same(tmp_path, [*cells, ".nodeset v(b)=0.5"], [*renamed, ".nodeset v(z)=0.5"])


def test_too_much_symmetry_without_names_is_said_and_not_waited_for(tmp_path):
    golden = flatten(circuit(tmp_path, "a.sp", *ring(300, "a")))
    found = flatten(circuit(tmp_path, "b.sp", *ring(100, "b"), *ring(200, "c")))
    both = pair(golden, found, DEFAULT_TOLERANCE)
    start = time.perf_counter()
    with pytest.raises(CompileError) as error:
        Matcher(both, golden, found, DEFAULT_TOLERANCE, largest_work=30_000).mapping()
    assert error.value.diagnostics[0].code == "IM534"
    assert time.perf_counter() - start < 10


def test_programming_files_are_compared_by_what_they_say(golden, out):
    shutil.copyfile(out / "program/layer1.csv", out / "program/layer0.csv")
    (text,) = texts(golden, out)
    assert text.startswith("programming: ")
    assert "is not as it was written" in text
