"""Whether the last columns of a table are its labels or targets, and the others its features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import one_of_each_row
from imnnc.data.table import Table
from imnnc.design import Loss, Network
from imnnc.diagnostics import CompileError, Diagnostic, Span, fail
from imnnc.painting import Severity

# What people call the column of labels.
LABEL_NAMES = frozenset(
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
        CompileError: IM224 where the last column cannot be the label and another can, IM227
            where the last columns are the outputs of each class.
    """
    if not table.values.size:
        return
    targets = 1 if loss == "cross_entropy" else network.output.width
    features = table.values[:, :-targets]
    yield from check_counting(table, features.shape[1], span)
    named = _named_label(table, features.shape[1])
    if loss == "cross_entropy":
        check_one_hot(table, network.output.width, span)
        yield from _check_label(table, named, network.output.width, span)
    elif named is not None:
        last = f"the last {targets} columns" if targets > 1 else "the last column"
        yield _elsewhere(table, named, f"targets are read from {last}", span, "warning")


def check_order(train: Table, test: Table, span: Span | None) -> None:
    """Refuse tables of training and test samples with one set of headings in two orders (IM228)."""
    names, others = train.headings, test.headings
    if names is None or others is None or names == others or sorted(names) != sorted(others):
        return
    column = next(
        i for i, (name, other) in enumerate(zip(names, others, strict=True)) if name != other
    )
    raise fail(
        "IM228",
        f"test samples must have the columns of training samples, column {column + 1} of "
        f"`{test.origin.path}` is `{others[column]}` and that of `{train.origin.path}` "
        f"`{names[column]}`",
        span,
        help="save both in one order of columns",
    )


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


def check_one_hot(table: Table, classes: int, span: Span | None) -> None:
    """Fail with IM227 where the last columns are an output each of so many classes."""
    if not 2 <= classes < table.values.shape[1] or len(table.values) < _FEWEST_ROWS:
        return
    if not one_of_each_row(table.values[:, -classes:]):
        return
    raise fail(
        "IM227",
        f"the label is read from the last column, the last {classes} columns of "
        f"`{table.origin.path}` are one for each class",
        span,
        help=f"write `{_numbered(table, classes)}` for one column of the numbers of classes",
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
    named = [i for i, name in enumerate(table.headings) if name.lower() in LABEL_NAMES]
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


def _numbered(table: Table, classes: int) -> str:
    """A command that writes which of the last columns is the highest in place of them."""
    features = table.values.shape[1] - classes
    high = f"{table.values[0, -classes:].max():g}"
    program = (
        f'NF {{c = "label"; out = $1; for (i = 2; i <= {features}; i++) out = out OFS $i; '
        f"for (i = 0; i < {classes}; i++) if ($({features + 1} + i) == {high}) c = i; "
        "print out, c}"
    )
    command = f"awk '{program}'" if table.origin.separator is None else f"{_awk(table)} '{program}'"
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
