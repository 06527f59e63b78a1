"""Programming files: what is read is what was written, and damage is refused by file name."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from imnnc.diagnostics import CompileError
from imnnc.emit.programming import read_program, write_program
from imnnc.files.files import sha256_file
from imnnc.parasitics import Parasitics, Wires
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from tests.support.networks import network, program

PROGRAM = program(network([4, 3, 2]))

OHMS = st.integers(1, 999_999_999).flatmap(
    lambda digits: st.integers(-3, 9).map(lambda exponent: float(f"{digits}e{exponent}"))
)
SIZES = st.floats(0.1, 1e4)
SEGMENTS = st.none() | st.floats(1e-3, 1e6)
WIRES = st.none() | st.builds(
    Wires, SEGMENTS, SEGMENTS, SEGMENTS, st.sampled_from(["interleaved", "halves"])
)


@st.composite
def programs(draw):
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    has_levels, has_unformed = draw(st.booleans()), draw(st.booleans())
    pairs = draw(st.sampled_from([None, 2, 3]))
    crossbars, sizes = [], []
    for index, (inputs, width) in enumerate(pairwise(widths)):
        shape = (inputs + (pairs or 1), width)

        def cells(kind, elements, shape=shape):
            return draw(arrays.arrays(kind, shape, elements=elements))

        level = st.integers(0, 2**31)
        formed = [cells(np.bool_, st.booleans()) if has_unformed else None for _ in range(2)]
        levels = [cells(np.int64, level) if has_levels else None for _ in range(2)]
        if has_levels and has_unformed:
            levels = [np.where(*of, -1) for of in zip(formed, levels, strict=True)]
        ohms = [cells(np.float64, OHMS) for _ in range(2)]
        crossbars.append(ProgrammedCrossbar(f"layer{index}", *ohms, *levels, *formed, pairs))
        sizes.append([draw(arrays.arrays(float, width, elements=SIZES)) for _ in range(2)])
    return CrossbarProgram(
        draw(st.sampled_from(["tio2", "hfo2"])),
        draw(st.floats(0, 1)),
        tuple(crossbars),
        tuple(x[0] for x in sizes),
        tuple(x[1] for x in sizes),
        Parasitics(
            draw(st.none() | st.floats(1, 1e12)),
            draw(st.none() | st.tuples(*[WIRES] * len(crossbars)).filter(any)),
        ),
    )


def assert_same(found, expected):
    assert (found.memristor, found.tolerance) == (expected.memristor, expected.tolerance)
    assert found.parasitics == expected.parasitics
    for name in ("name", "bias_pairs"):
        named = [[getattr(x, name) for x in y.crossbars] for y in (found, expected)]
        assert named[0] == named[1]
    for a, b in zip(found.crossbars, expected.crossbars, strict=True):
        names = [f"{x}_{y}" for x in ("ohms", "level", "formed") for y in ("plus", "minus")]
        for name in names:
            x, y = getattr(a, name), getattr(b, name)
            assert (x is None) == (y is None)
            if x is not None:
                assert x.dtype == y.dtype
                np.testing.assert_array_equal(x, y)
    for name in ("size_minus", "size_plus"):
        for x, y in zip(getattr(found, name), getattr(expected, name), strict=True):
            np.testing.assert_array_equal(x, y)


@given(written=programs(), formats=st.sampled_from([("csv",), ("npz",), ("csv", "npz")]))
def test_a_program_is_read_as_it_was_written(tmp_path_factory, written, formats):
    folder = tmp_path_factory.getbasetemp() / "round_trip"
    shutil.rmtree(folder, ignore_errors=True)
    write_program(written, folder, formats)
    assert_same(read_program(folder), written)


def test_the_files_are_an_index_a_table_a_crossbar_and_the_arrays(tmp_path):
    assert write_program(PROGRAM, tmp_path) == [
        "program/hidden.csv",
        "program/label.csv",
        "program/conductances.npz",
        "program/index.json",
    ]
    assert write_program(PROGRAM, tmp_path / "npz", ["npz"]) == [
        "program/conductances.npz",
        "program/index.json",
    ]


def test_a_table_has_a_line_a_cell(tmp_path):
    write_program(PROGRAM, tmp_path)
    lines = (tmp_path / "program" / "hidden.csv").read_text().splitlines()
    assert lines[0] == "crossbar,row,column,polarity,level,siemens,ohms,tolerance"
    assert len(lines) == 1 + 2 * 5 * 3
    crossbar = PROGRAM.crossbars[0]
    ohms, level = crossbar.ohms_minus[4, 2], crossbar.level_minus[4, 2]
    assert lines[-1] == f"hidden,bias,2,minus,{level},{1 / ohms:.9g},{float(ohms)!r},0.03"


def test_the_level_of_a_continuous_device_is_empty(tmp_path):
    write_program(program(network([1, 1]), with_levels=False), tmp_path)
    lines = (tmp_path / "program" / "label.csv").read_text().splitlines()
    assert lines[1].split(",")[:5] == ["label", "0", "0", "plus", ""]


@pytest.mark.parametrize("with_levels", [True, False])
def test_a_cell_that_is_not_formed_says_so_where_others_have_a_level(tmp_path, with_levels):
    crossbar = program(network([1, 1]), with_levels=with_levels).crossbars[0]
    formed = np.array([[False], [True]]), np.array([[True], [True]])
    levels = [None, None]
    if with_levels:
        levels = [np.where(formed[0], 7, -1), np.full((2, 1), 7)]
    ohms = np.array([[1e9], [2e6]]), np.full((2, 1), 2e6)
    one = replace(
        program(network([1, 1])),
        crossbars=(ProgrammedCrossbar(crossbar.name, *ohms, *levels, *formed),),
    )
    write_program(one, tmp_path)
    lines = (tmp_path / "program" / "label.csv").read_text().splitlines()
    level = "7" if with_levels else ""
    assert [line.split(",")[1:5] for line in lines[1:]] == [
        ["0", "0", "plus", "unformed"],
        ["0", "0", "minus", level],
        ["bias", "0", "plus", level],
        ["bias", "0", "minus", level],
    ]
    assert lines[1].endswith(",1e-09,1000000000.0,0.03")
    index = json.loads((tmp_path / "program" / "index.json").read_text())
    assert index["crossbars"][0]["unformed"] == 1
    assert "`unformed`" in index["columns"]["level"]
    write_program(PROGRAM, tmp_path / "all")
    index = json.loads((tmp_path / "all" / "program" / "index.json").read_text())
    assert "unformed" not in json.dumps(index)


def test_the_index_has_the_sha256_of_every_file_and_says_what_a_row_is(tmp_path):
    write_program(PROGRAM, tmp_path)
    index = json.loads((tmp_path / "program" / "index.json").read_text())
    for entry in (index["npz"], *(x["csv"] for x in index["crossbars"])):
        assert entry["sha256"] == sha256_file(tmp_path / "program" / entry["file"])
    assert index["schema"] == 1
    assert index["crossbars"][0]["shape"] == [5, 3]
    assert index["crossbars"][0]["size_minus"] == PROGRAM.size_minus[0].tolist()
    assert "`bias`" in index["columns"]["row"]


def refusal(folder):
    with pytest.raises(CompileError) as caught:
        read_program(folder)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message.replace(f"{folder}/", "")


@pytest.mark.parametrize("name", ["hidden.csv", "label.csv", "conductances.npz"])
def test_a_file_that_was_changed_cut_or_removed_is_refused(tmp_path, name):
    write_program(PROGRAM, tmp_path)
    path = tmp_path / "program" / name
    content = path.read_bytes()
    changed = ("IM513", f"`program/{name}` is not as it was written: its sha256 differs")
    path.write_bytes(content[:-10])
    assert refusal(tmp_path) == changed
    path.write_bytes(content.replace(b"1", b"2", 1))
    assert refusal(tmp_path) == changed
    path.unlink()
    missing = f"`program/{name}` must be there, as its folder's list of files has it"
    assert refusal(tmp_path) == ("IM516", missing)


def test_an_index_of_a_newer_version_is_refused(tmp_path):
    write_program(PROGRAM, tmp_path)
    edit(tmp_path, lambda index: index.update(schema=2))
    message = "`program/index.json` must have schema 1 or older, has 2"
    assert refusal(tmp_path) == ("IM514", message)


def edit(folder, change):
    path = folder / "program" / "index.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.pop("crossbars"),
        lambda index: index.update(crossbars=3),
        lambda index: index.update(tolerance="much"),
        lambda index: index.update(npz=[]),
        lambda index: index["npz"].update(file="../../etc/passwd"),
        lambda index: index["crossbars"][0].update(shape=[5, 4]),
        lambda index: index["crossbars"][0].update(shape=[10**12, 10**12]),
        lambda index: index["crossbars"][0].update(size_plus=[1.0]),
        lambda index: index["crossbars"][0].pop("levels"),
    ],
)
def test_an_index_that_does_not_add_up_is_refused(tmp_path, change):
    write_program(PROGRAM, tmp_path)
    edit(tmp_path, change)
    code, message = refusal(tmp_path)
    assert code == "IM512"
    assert message.startswith("`program/index.json` is damaged: ")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("siemens", "S", "its first line must be `crossbar,row,"),
        ("hidden,1,", "hidden,0,", "line 8 is not a cell of its own"),
        ("hidden,1,", "label,1,", "line 8 is not a cell of its own"),
        ("hidden,1,0", "hidden,1,9", "line 8 is not a cell of its own"),
        ("plus", "both", "line 2 is not a cell of its own"),
        ("0.03\n", "0.03,1\n", "line 2 is not a cell of its own"),
        ("0.03\n", "0.03\n\n", "line 3 is not a cell of its own"),
    ],
)
def test_a_table_that_is_no_crossbar_is_refused_even_with_its_sha256(tmp_path, old, new, reason):
    write_program(PROGRAM, tmp_path, ["csv"])
    path = tmp_path / "program" / "hidden.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    sha256 = sha256_file(path)
    edit(tmp_path, lambda index: index["crossbars"][0]["csv"].update(sha256=sha256))
    code, message = refusal(tmp_path)
    assert code == "IM512"
    assert message.startswith(f"`program/hidden.csv` is damaged: {reason}")


def test_resistances_that_no_cell_can_have_are_refused(tmp_path):
    crossbar = replace(PROGRAM.crossbars[0], ohms_plus=-PROGRAM.crossbars[0].ohms_plus)
    write_program(replace(PROGRAM, crossbars=(crossbar, PROGRAM.crossbars[1])), tmp_path)
    assert refusal(tmp_path)[0] == "IM512"


def test_a_folder_without_programming_files_is_named(tmp_path):
    message = "cannot read `program/index.json`: no such file or directory"
    assert refusal(tmp_path) == ("IM511", message)
