"""Tables that are refused come with a command, and the command mends them."""

import gzip
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.data.table import read_table
from imnnc.design import Encoding
from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN, heard

ROWS = [[0.5, -1.25, 0.0], [3.0, 0.75, 1.0], [1e-3, 2.5, 2.0]]


def decimal_commas(rows, separator):
    return "\n".join(separator.join(str(x).replace(".", ",") for x in row) for row in rows)


def quoted(rows, separator):
    return "\n".join(separator.join(f'"{x}"' for x in row) for row in rows)


def quoted_decimal_commas(rows, separator):
    return "\n".join(separator.join(f'"{x}"'.replace(".", ",") for x in row) for row in rows)


def trailing(rows, separator):
    names = separator.join(["first", "second", "third"])
    return f"{names}\n" + "".join(separator.join([*map(str, row), ""]) + "\n" for row in rows)


def percent_comments(rows, separator):
    plain = "\n".join(separator.join(map(str, row)) for row in rows)
    return f"{plain}\n% the end"


def comments_after(rows, separator):
    return "\n".join(separator.join(map(str, row)) + "  # measured" for row in rows)


def nothing_between(rows, separator):
    plain = "\n".join(separator.join(map(str, row)) for row in rows)
    return f"{plain}\n{separator.join(['', '', ''])}\n"


def title(rows, separator):
    return "Measured on a Monday\n" + "\n".join(separator.join(map(str, row)) for row in rows)


def named_classes(rows, separator):
    return "\n".join(separator.join([*map(str, row[:-1]), "abc"[int(row[-1]) % 3]]) for row in rows)


def mend(error: CompileError) -> str:
    """Runs the command of a diagnostic's help, and returns what is said of the fault."""
    (diagnostic,) = error.diagnostics
    what, _, command = diagnostic.help.partition("; write `")
    subprocess.run(["bash", "-c", command.removesuffix("`")], check=True, timeout=20)
    return what


@pytest.mark.parametrize(
    ("form", "separators", "said"),
    [
        (decimal_commas, ";\t ", "numbers have decimal commas"),
        (quoted, ",;\t ", "numbers are in quotes"),
        (quoted_decimal_commas, ";\t ", "numbers have decimal commas"),
        (quoted_decimal_commas, ",", "numbers have decimal commas, in quotes"),
        (trailing, ",;", "the line ends in a separator"),
        (percent_comments, ",;\t ", "comments begin with `#`, not with `%`"),
        (comments_after, ",;\t ", "comments stand in lines of their own"),
        (nothing_between, ",;", "nothing stands between the separators"),
        (title, ",;\t", "the line before it is taken for headings"),
        (named_classes, ",;\t ", "classes are whole numbers from 0, not names"),
    ],
)
def test_the_command_that_comes_with_a_refusal_mends_the_file(here, form, separators, said):
    for separator in separators:
        text = form(ROWS, separator)
        for name, content in [
            ("plain.csv", text.encode()),
            ("with blanks.csv", text.replace("\n", "\r\n").encode()),
            ("packed.csv.gz", gzip.compress(text.encode())),
            ("sixteen.csv", text.encode("utf-16")),
        ]:
            Path(name).write_bytes(content)
            with pytest.raises(CompileError) as caught:
                read_table(Path(name), SPAN)
            assert caught.value.diagnostics[0].code == "IM206"
            assert mend(caught.value) == said
            np.testing.assert_array_equal(read_table(Path("mended.csv")).values, ROWS)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("place", [0, 1])
def test_the_label_is_moved_to_the_end(here, separator, place):
    names = ["width", "height"]
    names.insert(place, "label")
    lines = [separator.join(names)]
    rows = np.random.default_rng(1).uniform(0, 1, (30, 2))
    for index, row in enumerate(rows):
        fields = [f"{x}" for x in row]
        fields.insert(place, f"{index % 3}")
        lines.append(separator.join(fields))
    Path("a.csv").write_text("\n".join(lines))
    with pytest.raises(CompileError) as caught:
        heard(2, 3, file=Path("a.csv"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM224"
    command = diagnostic.help.removeprefix("write `").partition("` to move")[0]
    subprocess.run(["bash", "-c", command], check=True, timeout=20)
    mended = read_table(Path("mended.csv"))
    assert mended.headings == ("width", "height", "label")
    np.testing.assert_array_equal(mended.values, np.column_stack([rows, np.arange(30) % 3]))


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_a_column_that_counts_the_rows_is_said_and_left_out(here, separator):
    lines = [separator.join(map(str, [i, i / 40, i % 2])) for i in range(40)]
    Path("a.csv").write_text("\n".join(lines))
    _, said = heard(2, 2, file=Path("a.csv"), encode=Encoding(0, 40, -0.25, 0.25))
    (counting,) = [x for x in said if x.code == "IM226"]
    assert counting.message == "column 1 of `a.csv` counts the rows, and is a feature"
    command = counting.help.removeprefix("write `").partition("` to leave")[0]
    subprocess.run(["bash", "-c", command], check=True, timeout=20)
    mended = read_table(Path("mended.csv")).values
    np.testing.assert_array_equal(mended, [[i / 40, i % 2] for i in range(40)])


NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0)
TABLES = st.integers(2, 5).flatmap(
    lambda columns: st.lists(
        st.lists(NUMBERS, min_size=columns, max_size=columns), min_size=1, max_size=6
    )
)


@given(
    rows=TABLES,
    separator=st.sampled_from([",", ";", "\t", " ", "  ", ", "]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    before=st.sampled_from(["", "names", "# measured on a Monday\n", "\n"]),
)
def test_numbers_are_read_whatever_separates_them(
    tmp_path_factory, rows, separator, encoding, end, before
):
    if before == "names":
        before = separator.join(f"column{i}" for i in range(len(rows[0]))) + end
    text = before + "".join(separator.join(map(repr, row)) + end for row in rows)
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode(encoding))
    table = read_table(path)
    counted = [float(x) for x in range(int(rows[0][0]), int(rows[0][0]) + len(rows[0]))]
    if rows[0] == counted and rows[0][0] in (0, 1) and len(counted) > 2 and table.remark:
        return  # headings, and it is said
    np.testing.assert_array_equal(table.values, rows)
    assert table.remark is None
