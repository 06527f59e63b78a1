"""Whether the first line of a table is headings or a sample."""

from pathlib import Path

import numpy as np
import pytest

from imnnc.data.table import read_table
from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN

COUNTED = "line {} of `a.csv` is taken for headings, as its numbers count"


def read(text: str):
    Path("a.csv").write_text(text)
    return read_table(Path("a.csv"), SPAN)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ("a", "b")),
        ('"wide, cm";"high"\n1;2\n', ("wide, cm", "high")),
        ('"0","1"\n1.5,2\n', ("0", "1")),
        ("a\tb c\n1\t2\n", ("a", "b c")),
        ("a b\n1 2\n", ("a", "b")),
        (" a  b\n 1  2\n", ("a", "b")),
        ("label\n0\n1\n", ("label",)),
        ("my label\n0\n1\n", ("my label",)),
        (",b\n1,2\n", ("", "b")),
        ("# written by numpy\n# a,b\n1,2\n", ("a", "b")),
        ("# a remark\n1,2\n", None),
        ("1,2\n# a,b\n3,4\n", None),
        ("1;2\n3;4\n", None),
        ("1\t2\n3\t4\n", None),
        ("1 2\n3 4\n", None),
        ("0,1\n1,0\n", None),
        ("0,1,1\n1,0,2\n", None),
        ("1,2,4\n2,3,3\n", None),
    ],
)
def test_headings_are_the_first_line_without_a_number(here, text, names):
    table = read(text)
    assert table.headings == names
    assert table.remark is None
    rows = [x for x in text.splitlines() if x[0] != "#"]
    assert len(table.values) == len(rows) - (names is not None and "#" not in text)


@pytest.mark.parametrize(
    "first",
    ["0,1,2,3", "1,2,3,4", "0,1,2,label", "label,0,1,2", "400,410,420,class", ",0,1,2"],
)
def test_headings_that_are_numbers_are_told(here, first):
    table = read(f"# from pandas\n{first}\n5,7.5,1,0\n6,2,1,1\n")
    np.testing.assert_array_equal(table.values, [[5, 7.5, 1, 0], [6, 2, 1, 1]])
    assert table.headings == tuple(first.split(","))
    assert table.remark is not None
    assert (table.remark.severity, table.remark.span) == ("warning", SPAN)
    assert table.remark.message == COUNTED.format(2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5.1,?,1.4\n4.9,3.0,1.4\n", "'?'"),
        ("5.1,high,1.4\n4.9,3.0,1.4\n", "'high'"),
        ("NA,NA,NA\n4.9,3.0,1.4\n", "'NA'"),
        (",,\n4.9,3.0,1.4\n", "''"),
        ('"5.1","1"\n"4.9","0"\n', "'\"5.1\"'"),
        ("5,1;1\n4,9;0\n", "'5,1'"),
        ("@relation iris\n1,2\n", "'@relation iris'"),
    ],
)
def test_a_first_line_that_is_neither_is_refused(here, text, found):
    with pytest.raises(CompileError) as caught:
        read(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == f"line 1 of `a.csv`: expected a number, found {found}"
