import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.data.table import read_table
from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN


@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n-3e-2,4\n",
        "width,height\n1,2.5\n-3e-2,4\n",
        "\ufeff1,2.5\r\n\r\n -3e-2 , 4",
    ],
    ids=["plain", "header", "bom, CRLF, blank line, spaces, no newline at the end"],
)
def test_numbers_are_read(here, text):
    Path("a.csv").write_bytes(text.encode())
    Path("a.csv.gz").write_bytes(gzip.compress(text.encode()))
    np.testing.assert_array_equal(read_table(Path("a.csv")).values, [[1, 2.5], [-0.03, 4]])
    np.testing.assert_array_equal(read_table(Path("a.csv.gz")).values, [[1, 2.5], [-0.03, 4]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n\n3\n", "IM206: line 4 of `a.csv`: expected 2 columns, found 1"),
        (b"1,2\n3,setosa\n", "IM206: line 2 of `a.csv`: expected a number, found 'setosa'"),
        (b"1,setosa\n", "IM206: line 1 of `a.csv`: expected a number, found 'setosa'"),
        (b"1,\n", "IM206: line 1 of `a.csv`: expected a number, found ''"),
        (
            b"1,2\n3," + b"x" * 99,
            f"IM206: line 2 of `a.csv`: expected a number, found '{'x' * 19}…'",
        ),
        (b"h,h\n1,2\n3,nan\n", "IM208: data must be finite, line 3 of `a.csv` has nan in column 2"),
        (b"1,2\n-inf,4\n", "IM208: data must be finite, line 2 of `a.csv` has -inf in column 1"),
        (b"1,2\n\xff\xfe,3\n", "IM202: `a.csv` is damaged: it is not UTF-8 text"),
    ],
)
def test_what_is_no_table_is_refused_at_its_line(here, refusal, content, message):
    Path("a.csv").write_bytes(content)
    assert refusal(read_table, Path("a.csv"), SPAN) == message


def test_a_header_alone_is_a_table_without_rows(here):
    Path("a.csv").write_text("width,height\n")
    assert read_table(Path("a.csv")).values.shape == (0, 2)


@given(
    text=st.text(st.sampled_from("01.,;\t \"'#%-eEna_\n\r\0é"), max_size=60)
    | st.text(max_size=40)
    | st.binary(max_size=40).map(lambda x: x.decode("latin-1")),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le"]),
)
def test_any_text_is_a_table_or_refused_and_never_a_crash(tmp_path_factory, text, encoding):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode(encoding, errors="replace"))
    with suppress(CompileError):
        table = read_table(path)
        assert np.isfinite(table.values).all()
        assert len(table.values) == len(table.lines)
        assert table.headings is None or len(table.headings) == table.values.shape[1]
