"""Whether the last columns of a table are its labels or targets, and the others its features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from imnnc.data.table import Table
from imnnc.design import Loss, Network
from imnnc.diagnostics import CompileError, Diagnostic, Severity, Span

_LABEL_NAMES = frozenset(
    ("label", "labels", "class", "classes", "target", "targets", "y", "digit", "species")
)
_FEWEST_ROWS = 10  # in fewer, whole numbers may happen to count


def check_columns(
    table: Table, network: Network, loss: Loss, span: Span | None
) -> Iterator[Diagnostic]:
    """What is to be said of a table whose last columns are taken for labels or targets.

    That is a warning where another column is called label, or where it alone has whole numbers
    for all classes (IM224).

    Raises:
        CompileError: IM224 where the last column cannot be the label and another can.
    """
    if not table.values.size:
        return
    targets = 1 if loss == "cross_entropy" else network.output.width
    features = table.values[:, :-targets]
    yield from check_counting(table, features.shape[1], span)
    named = _named_label(table, features.shape[1])
    if loss == "cross_entropy":
        yield from _check_label(table, named, network.output.width, span)
    elif named is not None:
        last = f"the last {targets} columns" if targets > 1 else "the last column"
        yield _elsewhere(table, named, f"targets are read from {last}", span, "warning")


def check_counting(table: Table, features: int, span: Span | None) -> Iterator[Diagnostic]:
    """A warning of columns among the first `features` that count the rows (IM226)."""
    for column in _counting(table.values[:, :features]):
        yield Diagnostic(
            "IM226",
            f"column {column + 1} of `{table.origin.path}` counts the rows, and is a feature",
            span,
            help=f"write `{_without(table, column)}` to leave it out",
            severity="warning",
        )


def _check_label(
    table: Table, named: int | None, classes: int, span: Span | None
) -> Iterator[Diagnostic]:
    last = _classes(table.values[:, -1], classes)
    column = named
    if column is None and last < classes:
        complete = [
            index
            for index, values in enumerate(table.values.T[:-1])
            if _classes(values, classes) == classes
        ]
        column = complete[0] if len(complete) == 1 else None
    if column is None:
        return
    has = f"which has {last} of {classes} classes" if last else "whose values are not classes"
    found = f"the label is read from the last column, {has}"
    named_and_complete = named is not None and _classes(table.values[:, column], classes) == classes
    if last < 2 or (last < classes and named_and_complete):
        raise CompileError(_elsewhere(table, column, found, span, "error"))
    yield _elsewhere(table, column, found, span, "warning")


def _elsewhere(
    table: Table, column: int, found: str, span: Span | None, severity: Severity
) -> Diagnostic:
    heading = table.headings[column] if table.headings else ""
    looks = f"is called `{heading}`" if heading else "has a whole number for every class"
    return Diagnostic(
        "IM224",
        f"in `{table.origin.path}` {found}; column {column + 1} {looks}",
        span,
        help=f"write `{_moved(table, column)}` to move column {column + 1} to the end",
        severity=severity,
    )


def _named_label(table: Table, features: int) -> int | None:
    """The one feature that is called as a label is, where no later column is."""
    if table.headings is None:
        return None
    named = [i for i, name in enumerate(table.headings) if name.lower() in _LABEL_NAMES]
    return named[0] if len(named) == 1 and named[0] < features else None


def _classes(values: NDArray[np.float64], classes: int) -> int:
    """How many classes a column has; 0 where a value of it is not a class."""
    if values.min() < 0 or values.max() >= classes or (values != np.floor(values)).any():
        return 0
    return len(np.unique(values))


def _counting(features: NDArray[np.float64]) -> Iterator[int]:
    rows = np.arange(len(features))
    if len(rows) < _FEWEST_ROWS or features.shape[1] < 2:
        return
    for column in np.flatnonzero(features[-1] - features[0] == rows[-1]):
        if np.array_equal(features[:, column] - features[0, column], rows):
            yield int(column)


def _moved(table: Table, column: int) -> str:
    name = f"${column + 1}"
    if table.origin.separator is None:
        command = f"awk 'NF {{x = {name}; {name} = \"\"; print $0, x}}'"
    else:
        command = f"{_awk(table)} 'NF {{print $0, {name}}}' | {_cut(table, column)}"
    return table.origin.mended(command)


def _without(table: Table, column: int) -> str:
    if table.origin.separator is None:
        return table.origin.mended(f"awk 'NF {{${column + 1} = \"\"; print}}'")
    return table.origin.mended(_cut(table, column))


def _awk(table: Table) -> str:
    separator = "\\t" if table.origin.separator == "\t" else table.origin.separator
    return f"tr -d '\\r' | awk -F'{separator}' -v OFS='{separator}'"


def _cut(table: Table, column: int) -> str:
    delimiter = "" if table.origin.separator == "\t" else f" -d'{table.origin.separator}'"
    return f"cut{delimiter} --complement -f{column + 1}"
