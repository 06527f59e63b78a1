"""Tables of numbers as text: a sample a line, fields between separators."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.fields import Origin, names_in, separator_of
from imnnc.data.files import damaged, read_bytes
from imnnc.data.headings import headings_of
from imnnc.data.kinds import is_text, kind_of
from imnnc.data.lines import bad_count, bad_field, ends_in_name, named_class, named_rows
from imnnc.diagnostics import Diagnostic, Span, fail

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARK = b"\xff\xfe\0\0"  # which begins as UTF-16's does; the other order begins as no text

Line = tuple[int, str]  # its number, counted from 1, and its text


@dataclass(frozen=True)
class Table:
    """The numbers of a text file, the numbers of their lines, and the names of the columns."""

    origin: Origin
    values: NDArray[np.float64]  # (rows, columns)
    lines: NDArray[np.int64]  # (rows,), counted from 1
    headings: tuple[str, ...] | None = None
    remark: Diagnostic | None = None  # on how the headings were recognised


def read_table(path: Path, span: Span | None = None) -> Table:
    """The table in a file, gzipped or not, in UTF-8 or, with a byte order mark, UTF-16.

    Fields stand between commas, semicolons, tabs or blanks, as the first lines have it.  Blank
    lines are skipped, and those that begin with `#`.  The first other line is headings where
    none of its fields is a number, and where its numbers count (with a remark, IM225).

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM203 where the file is not text; IM206
            with the line number for a field that is not a number and for a line of another
            length, and with a command that mends it where there is one; IM208 for NaN and
            infinity.
    """
    content = read_bytes(path, span)
    encoding = _encoding(content, path, span)
    # Numbers are ASCII in any other encoding too, and headings matter little.
    text = io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace")
    comments: list[str] = []
    lines = _filled(text, comments)
    first = [line for line in (next(lines, None), next(lines, None)) if line is not None]
    beginning = [line for _, line in first]
    origin = Origin(path, encoding, separator_of(beginning), span)
    if not first:
        return Table(origin, np.empty((0, 0)), np.empty(0, np.int64))
    found = headings_of(beginning, first[0][0], origin)
    if found is None:
        columns = len(beginning[0].split(origin.separator))
        values, numbers = _numbers(chain(first, lines), columns, origin)
        return Table(origin, values, numbers, _commented(comments, columns, origin))
    values, numbers = _numbers(chain(first[1:], lines), len(found.names), origin, found.names)
    return Table(origin, values, numbers, found.names, found.remark)


def _encoding(content: bytes, path: Path, span: Span | None) -> str:
    if content[:2] in _UTF16_MARKS and content[:4] != _UTF32_MARK:
        return "utf-16"
    if is_text(content):
        return "utf-8-sig"
    kind = kind_of(content)
    what = "binary" if kind is None else kind.what
    remedy = "give the file the name of what it is" if kind is None else kind.remedy
    raise fail("IM203", f"`{path}` must be text, it is {what}", span, help=remedy)


def _filled(text: Iterable[str], comments: list[str]) -> Iterator[Line]:
    """The lines that are neither blank nor a comment; `comments` takes those before the first."""
    began = False
    for number, line in enumerate(text, start=1):
        stripped = line.strip()
        if not stripped:
            continue
        if stripped[0] == "#":
            if not began:
                comments.append(stripped.lstrip("#"))
            continue
        began = True
        yield number, line.rstrip("\r\n")


def _commented(comments: list[str], columns: int, origin: Origin) -> tuple[str, ...] | None:
    """The headings that the last comment before the first row holds, as numpy writes them."""
    names = names_in(comments[-1], origin.separator) if comments else ()
    return names if len(names) == columns else None


def _numbers(
    rows: Iterator[Line], columns: int, origin: Origin, headings: Sequence[str] = ()
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The values (rows, columns) of lines, and the numbers of the lines (rows,).

    `headings` are before them, if anything is.
    """
    values, numbers = array("d"), array("q")
    for number, line in rows:
        fields = line.split(origin.separator)
        only_headings = bool(headings) and not numbers
        if only_headings and (named := named_rows(origin, number, line, headings)):
            raise named
        if len(fields) != columns:
            raise bad_count(origin, number, fields, columns, headed=only_headings)
        try:
            values.extend(map(float, fields))
        except ValueError as error:
            if "\N{REPLACEMENT CHARACTER}" in line:
                raise damaged(origin.path, "it is not UTF-8 text", origin.span) from error
            if ends_in_name(fields):
                raise named_class(origin, number, fields, rows) from error
            raise bad_field(origin, number, fields) from error
        if "_" in line:  # which Python alone takes for a part of a number
            raise bad_field(origin, number, fields)
        numbers.append(number)
    table = np.frombuffer(values, np.float64).reshape(len(numbers), columns)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        column = int(np.argmin(np.isfinite(table[row])))
        raise fail(
            "IM208",
            f"data must be finite, line {numbers[row]} of `{origin.path}` has "
            f"{table[row, column]} in column {column + 1}",
            origin.span,
        )
    return table, np.frombuffer(numbers, np.int64)
