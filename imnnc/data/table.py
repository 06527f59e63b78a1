"""Numeric tables as CSV."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.files import damaged, read_bytes
from imnnc.diagnostics import CompileError, Span, fail


def read_csv(path: Path, span: Span | None = None) -> NDArray[np.float64]:
    """The numbers of a comma-separated file, gzipped or not, of shape (rows, columns).

    A first line without any number is a header and is skipped, as are blank lines.

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM206 with the line number for a field
            that is not a number and for a line of another length; IM208 for NaN and infinity.
    """
    text = io.TextIOWrapper(io.BytesIO(read_bytes(path, span)), encoding="utf-8-sig")
    values, line_numbers, columns = array("d"), array("q"), 0
    for number, line in enumerate(_lines(text, path, span), start=1):
        if not line.strip():
            continue
        fields = line.split(",")
        if columns == 0:
            columns = len(fields)
            if not any(map(_is_number, fields)):
                continue
        if len(fields) != columns:
            raise _bad_line(path, number, f"expected {columns} columns, found {len(fields)}", span)
        try:
            values.extend(map(float, fields))
        except ValueError as error:
            text_field = next(field for field in fields if not _is_number(field)).strip()
            shown = repr(text_field if len(text_field) <= 20 else text_field[:19] + "…")
            raise _bad_line(path, number, f"expected a number, found {shown}", span) from error
        line_numbers.append(number)
    table = np.frombuffer(values, np.float64).reshape(len(line_numbers), columns)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        column = int(np.argmin(np.isfinite(table[row])))
        raise fail(
            "IM208",
            f"data must be finite, line {line_numbers[row]} of `{path}` has "
            f"{table[row, column]} in column {column + 1}",
            span,
        )
    return table


def _lines(text: io.TextIOWrapper, path: Path, span: Span | None) -> Iterator[str]:
    try:
        yield from text
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not UTF-8 text", span) from error


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _bad_line(path: Path, number: int, reason: str, span: Span | None) -> CompileError:
    return fail(
        "IM206",
        f"line {number} of `{path}`: {reason}",
        span,
        help="a data table is numbers between commas, with one header line at most",
    )
