"""Whether a table begins with the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from imnnc.data.fields import Origin, is_number, names_in, with_point
from imnnc.data.lines import COMMENT, MISSING
from imnnc.diagnostics import Diagnostic

# A first line 0, 1, 2, ... is what pandas writes for columns without names; in fewer columns it
# may be a sample, such as a feature of 0 and a label of 1.
_FEWEST_COUNTED = 3


@dataclass(frozen=True)
class Headings:
    """The names of the columns, and what is to be said of how they were recognised."""

    names: tuple[str, ...]
    remark: Diagnostic | None = None


def headings_of(lines: Sequence[str], number: int, origin: Origin) -> Headings | None:
    """The headings that a table begins with; None where its first line is a row.

    Args:
        lines: the first line, and the second where there is one.
        number: of the first line.
        origin: the file.
    """
    if COMMENT.match(lines[0]):
        return None
    fields = lines[0].split(origin.separator)
    names = names_in(lines[0], origin.separator)
    numbers = [field for field in fields if is_number(field)]
    followed = len(lines) > 1 and _is_row(lines[1], len(names), origin)
    if not numbers:
        unclear = any(is_number(with_point(field)) for field in fields)
        if unclear and not followed:
            return None  # numbers in quotes, or with decimal commas
        missing = all(name.lower() in MISSING for name in names)
        return None if missing else Headings(names)
    values = [float(field) for field in numbers]
    whole = all(value.is_integer() for value in values)
    if len(numbers) == len(fields):
        counted = len(fields) >= _FEWEST_COUNTED and values[0] in (0, 1) and _counts(values)
    else:
        counted = followed and whole and all(a < b for a, b in pairwise(values))
    return Headings(names, _remark(number, origin)) if counted else None


def _is_row(line: str, columns: int, origin: Origin) -> bool:
    fields = line.split(origin.separator)
    return len(fields) == columns and all(map(is_number, fields))


def _counts(values: Sequence[float]) -> bool:
    return all(b - a == 1 for a, b in pairwise(values))


def _remark(number: int, origin: Origin) -> Diagnostic:
    return Diagnostic(
        "IM225",
        f"line {number} of `{origin.path}` is taken for headings, as its numbers count",
        origin.span,
        help="give the columns names, or move the line if it is a sample",
        severity="warning",
    )
