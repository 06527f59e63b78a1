"""Tables that are refused come with a command, and the command mends them."""

import gzip
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.data.table import Table, read_table
from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
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
    return "\n".join(separator.join([*map(str, row[:-1]), "abß"[int(row[-1]) % 3]]) for row in rows)


def names_of_r(rows, separator):
    # As `write.table` writes them: the headings have none for the names.
    names = separator.join(f'"{x}"' for x in ("first", "second", "third"))
    lines = (
        separator.join([f'"row{separator}{i}"', *map(str, row)]) for i, row in enumerate(rows, 1)
    )
    return "\n".join([names, *lines])


def numbers_of_r(rows, separator):
    names = separator.join(("first", "second", "third"))
    lines = (separator.join([str(i), *map(str, row)]) for i, row in enumerate(rows, 1))
    return "\n".join([names, *lines])


def corner_of_r(rows, separator):
    # As `write.csv` writes them.
    names = separator.join(f'"{x}"' for x in ("", "first", "second", "third"))
    lines = (separator.join([f'"{i}"', *map(str, row)]) for i, row in enumerate(rows, 1))
    return "\n".join([names, *lines])


def bars(rows, separator):
    return "\n".join("|".join(map(str, row)) for row in rows)


def run(command: str) -> Table:
    """Runs a command that makes `mended.csv`, and returns what it has made."""
    subprocess.run(["bash", "-c", command], check=True, timeout=20)
    table = read_table(Path("mended.csv"))
    Path("mended.csv").unlink()
    return table


def mend(error: CompileError) -> tuple[str, Table]:
    """What a diagnostic's help says of the fault, and what its command makes of the file."""
    (diagnostic,) = error.diagnostics
    what, _, command = diagnostic.help.partition("; write `")
    return what, run(command.removesuffix("`"))


@pytest.mark.parametrize(
    ("form", "separators", "said"),
    [
        (decimal_commas, ";\t ", "numbers have decimal commas"),
        (quoted, ",;\t ", "numbers are in quotes"),
        (quoted_decimal_commas, ";\t ", "numbers have decimal commas"),
        (quoted_decimal_commas, ",", "numbers have decimal commas, in quotes"),
        (trailing, ",;", "the line ends in a separator"),
        (bars, ",", "fields stand between `|`"),
        (percent_comments, ",;\t ", "comments begin with `#`, not with `%`"),
        (comments_after, ",;\t ", "comments stand in lines of their own"),
        (nothing_between, ",;", "nothing stands between the separators"),
        (title, ",;\t", "the line before it is taken for headings"),
        (names_of_r, ",;\t ", "rows begin with their names"),
        (numbers_of_r, ",;\t ", "rows begin with their names"),
        (corner_of_r, ",;\t ", "rows begin with their names"),
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
            what, mended = mend(caught.value)
            assert what == said
            np.testing.assert_array_equal(mended.values, ROWS)


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
    mended = run(command)
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
    np.testing.assert_array_equal(run(command).values, [[i / 40, i % 2] for i in range(40)])


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1)])
def test_a_column_for_each_class_becomes_one_of_numbers(here, separator, low, high):
    rows = np.random.default_rng(1).uniform(0, 1, (30, 2)).round(3)
    classes = np.where(np.eye(3)[np.arange(30) % 3] == 1, high, low)
    lines = [separator.join(f"{x:g}" for x in row) for row in np.hstack([rows, classes])]
    Path("a.csv").write_text("\n".join([separator.join(["w", "h", "a", "b", "c"]), *lines]))
    with pytest.raises(CompileError) as caught:
        heard(4, 3, file=Path("a.csv"))
    (diagnostic,) = caught.value.diagnostics
    assert f"{diagnostic.code}: {diagnostic.message}" == (
        "IM227: the label is read from the last column, the last 3 columns of `a.csv` are one "
        "for each class"
    )
    mended = run(diagnostic.help.removeprefix("write `").partition("` for")[0])
    assert mended.headings == ("w", "h", "label")
    np.testing.assert_array_equal(mended.values, np.column_stack([rows, np.arange(30) % 3]))


def test_a_file_that_is_mended_twice_is_not_emptied(here):
    Path("mended.csv").write_text("0,5;1\n")
    with pytest.raises(CompileError) as caught:
        read_table(Path("mended.csv"))
    assert "> mended2.csv`" in caught.value.diagnostics[0].help


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
