"""Tables of numbers as text: a sample a line, fields between separators."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.fields import Origin, is_number, names_in, separator_of, without_quotes
from imnnc.data.files import damaged, read_bytes
from imnnc.data.headings import headings_of
from imnnc.data.kinds import is_text, kind_of
from imnnc.data.lines import (
    MISSING,
    bad_count,
    bad_field,
    ends_in_name,
    is_class_name,
    named_class,
    named_rows,
)
from imnnc.diagnostics import Diagnostic, Span, fail
from imnnc.nearby import suggestion

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MOST_HEADINGS = 20  # in one message
_UTF32_MARK = b"\xff\xfe\0\0"  # which begins as UTF-16's does; the other order begins as no text

Line = tuple[int, str]  # its number, counted from 1, and its text


@dataclass(frozen=True)
class Labels:
    """The column that has labels, which may be names.

    It is that of a heading; the last one for None, and where none has the heading with `or_last`.
    `span` is where the heading was asked for.
    """

    heading: str | None = None
    or_last: bool = False
    span: Span | None = None


@dataclass(frozen=True)
class Table:
    """The numbers of a text file, the numbers of their lines, and the names of the columns.

    Labels are in the last column.  Where they are names, it has their places among `classes`.
    """

    origin: Origin
    values: NDArray[np.float64]  # (rows, columns)
    lines: NDArray[np.int64]  # (rows,), counted from 1
    headings: tuple[str, ...] | None = None
    remark: Diagnostic | None = None  # on how the headings were recognised
    classes: tuple[str, ...] | None = None  # in the order of the alphabet

    def with_last(self, column: int) -> Table:
        """The same table with one column moved to the end."""
        if column == self.values.shape[1] - 1:
            return self
        order = [x for x in range(self.values.shape[1]) if x != column] + [column]
        headings = self.headings and tuple(self.headings[x] for x in order)
        return replace(self, values=self.values[:, order], headings=headings)


def read_table(path: Path, span: Span | None = None, labels: Labels | None = None) -> Table:
    """The table in a file, gzipped or not, in UTF-8 or, with a byte order mark, UTF-16.

    Fields stand between commas, semicolons, tabs or blanks, as the first lines have it.  Blank
    lines are skipped, and those that begin with `#`.  The first other line is headings where
    none of its fields is a number, and where its numbers count (with a remark, IM225).  Without
    `labels` every field is a number.

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM203 where the file is not text; IM206
            with the line number for a field that is not a number and for a line of another
            length, and with a command that mends it where there is one; IM208 for NaN and
            infinity; IM229 where no column has the heading of the labels.
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
        headings = _commented(comments, columns, origin)
        rows = _Rows(columns, origin, (), _place(labels, columns, headings, origin))
        remark = None
    else:
        headings, remark = found.names, found.remark
        columns = len(headings)
        rows = _Rows(columns, origin, headings, _place(labels, columns, headings, origin))
        first = first[1:]
    values, numbers, classes = rows.read(chain(first, lines))
    table = Table(origin, values, numbers, headings, remark, classes)
    return table if rows.label is None else table.with_last(rows.label)


def _place(
    labels: Labels | None, columns: int, headings: tuple[str, ...] | None, origin: Origin
) -> int | None:
    """The column of the labels; None where there is none."""
    if labels is None:
        return None
    if labels.heading is None:
        return columns - 1
    if labels.or_last and labels.heading not in (headings or ()):
        return columns - 1
    alike = [i for i, name in enumerate(headings or ()) if name == labels.heading]
    if len(alike) == 1:
        return alike[0]
    known = ", ".join(f"`{name}`" for name in (headings or ())[:_MOST_HEADINGS])
    more = len(headings or ()) - _MOST_HEADINGS
    known += f" and {more} more" if more > 0 else ""
    raise fail(
        "IM229",
        f"`labels` must name one column of `{origin.path}`, {len(alike) or 'none'} is called"
        f" `{labels.heading}`",
        labels.span or origin.span,
        notes=[f"its columns are {known}" if headings else "it has no line of headings"],
        help=suggestion(labels.heading, headings)
        if headings
        else "give the columns names in a first line, or leave `labels` out:"
        " then they are in the last column",
    )


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


@dataclass(frozen=True)
class _Rows:
    """Reads rows of so many fields; `label` is the one that may be a name, None: none may."""

    columns: int
    origin: Origin
    headings: tuple[str, ...]  # before them, if any are
    label: int | None

    def read(
        self, rows: Iterator[Line]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], tuple[str, ...] | None]:
        """The values (rows, columns), the numbers of the lines (rows,), and the classes.

        Whether labels are names is decided by the first one.
        """
        origin = self.origin
        values, numbers = array("d"), array("q")
        names: list[str] | None = None
        for number, line in rows:
            fields: Sequence[str] = line.split(origin.separator)
            only_headings = bool(self.headings) and not numbers
            if only_headings and (named := named_rows(origin, number, line, self.headings)):
                raise named
            if not numbers and self._is_named(line):
                names = []
            if names is not None and '"' in line:
                fields = names_in(line, origin.separator)
            if len(fields) != self.columns:
                raise bad_count(origin, number, fields, self.columns, headed=only_headings)
            if names is not None:
                fields = self._noted(number, fields, names)
            try:
                values.extend(map(float, fields))
            except ValueError as error:
                if "\N{REPLACEMENT CHARACTER}" in line:
                    raise damaged(origin.path, "it is not UTF-8 text", origin.span) from error
                if names is None and ends_in_name(fields):
                    raise named_class(origin, number, fields, rows) from error
                raise bad_field(origin, number, fields) from error
            # Which Python alone takes for a part of a number.
            if "_" in line and any("_" in field for field in fields):
                raise bad_field(origin, number, fields)
            numbers.append(number)
        table = np.frombuffer(values, np.float64).reshape(len(numbers), self.columns)
        lines = np.frombuffer(numbers, np.int64)
        self._check_finite(table, lines)
        if names is None:
            return table, lines, None
        classes, places = np.unique(np.array(names), return_inverse=True)
        table = table.copy()
        table[:, self.label] = places
        return table, lines, tuple(classes.tolist())

    def _is_named(self, line: str) -> bool:
        """Whether the label of a row is a name."""
        fields = names_in(line, self.origin.separator)
        if self.label is None or len(fields) != self.columns:
            return False
        label = fields[self.label]
        others = (*fields[: self.label], *fields[self.label + 1 :])
        return is_class_name(label) and all(map(is_number, others))

    def _noted(self, number: int, fields: Sequence[str], names: list[str]) -> list[str]:
        """The fields with a number in place of the name of the class, which is noted."""
        assert self.label is not None
        name = without_quotes(fields[self.label])
        if name.lower() in MISSING:
            raise bad_field(self.origin, number, fields)
        if "\N{REPLACEMENT CHARACTER}" in name:
            raise damaged(self.origin.path, "it is not UTF-8 text", self.origin.span)
        names.append(name)
        return [*fields[: self.label], "0", *fields[self.label + 1 :]]

    def _check_finite(self, table: NDArray[np.float64], lines: NDArray[np.int64]) -> None:
        finite = np.isfinite(table).all(axis=1)
        if finite.all():
            return
        row = int(np.argmin(finite))
        column = int(np.argmin(np.isfinite(table[row])))
        raise fail(
            "IM208",
            f"data must be finite, line {lines[row]} of `{self.origin.path}` has "
            f"{table[row, column]} in column {column + 1}",
            self.origin.span,
        )
