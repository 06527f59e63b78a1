"""Fields of a line of text, and what separates them."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from imnnc.diagnostics import Span

Separator = str | None  # None: any number of blanks

_SEPARATORS: tuple[Separator, ...] = (",", ";", "\t", None)
_BY_PRESENCE = (";", "\t", ",")  # a comma may be a decimal comma beside one of the others


@dataclass(frozen=True)
class Origin:
    """Where lines come from, for messages and for commands that mend the file."""

    path: Path
    encoding: str
    separator: Separator
    span: Span | None

    def mended(self, command: str) -> str:
        """A shell command that makes `mended.csv` of the file by sending it through `command`.

        It writes to another name where something has that name: the shell would empty a file
        that is mended twice before it is read.
        """
        name = shlex.quote(str(self.path))
        read = f"zcat {name}" if self.path.suffix == ".gz" else f"cat {name}"
        if self.encoding == "utf-16":
            read += " | iconv -f utf-16 -t utf-8"
        return f"{read} | {command} > {unused_name('mended.csv')}"


def unused_name(name: str) -> str:
    """A name for a new file in the current folder: `name`, or with a number where it is taken."""
    stem, suffix = name.rsplit(".", 1)
    names = chain([name], (f"{stem}{number}.{suffix}" for number in count(2)))
    return next(x for x in names if not Path(x).exists())


def is_number(field: str) -> bool:
    """Whether a field is a number as every program writes one; also NaN and infinity."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field  # Python alone takes 1_000 for a number


def without_quotes(field: str) -> str:
    """A field without blanks around it, and without its pair of quotes."""
    text = field.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def with_point(field: str) -> str:
    """A field without quotes, and with a decimal point in place of a decimal comma."""
    return without_quotes(field).replace(",", ".", 1)


def names_in(line: str, separator: Separator) -> tuple[str, ...]:
    """The fields of a line of headings, where a separator in quotes is part of a name."""
    fields = line.split(separator)
    if '"' in line and separator is not None:
        with suppress(csv.Error):  # a field longer than anybody's name
            fields = next(csv.reader([line], delimiter=separator))
    return tuple(without_quotes(field) for field in fields)


def separator_of(lines: Sequence[str]) -> Separator:
    """What separates the fields of a file that begins with these lines.

    That between which the first of them is numbers, be they in quotes or with decimal commas;
    else the one that is there.
    """
    for plain in (str.strip, without_quotes, with_point):
        for line in lines:
            for separator in _SEPARATORS:
                fields = line.split(separator)
                if len(fields) > 1 and all(is_number(plain(field)) for field in fields):
                    return separator
    if any(map(is_number, lines)):
        return ","  # a single column
    for separator in _BY_PRESENCE:
        if any(separator in line for line in lines):
            return separator
    return None
