"""The cards of a model library that say what a simulator shall read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

# `.include file`, `.lib file section`, `.lib section` that opens one, and `.endl` that ends it.
_CARD = re.compile(r"^[ \t]*\.(inc|include|lib|endl)\b([^\n]*)", re.IGNORECASE | re.MULTILINE)
_OPERANDS = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|(\S+))(?:\s+([^\s$;]+))?""")

ENCODING = "latin-1"  # of libraries: every byte is a character, and comes out as it went in


class Card(NamedTuple):
    """One such card, and where its line stands in the text, without the end of the line.

    `name` is a file for `reads`, a section in lower case for `opens`, and empty for `ends`.
    `section` is that of the file which is read; None: all of it.
    """

    kind: Literal["reads", "opens", "ends"]
    name: str
    section: str | None
    start: int
    stop: int

    @property
    def is_relative(self) -> bool:
        """Whether it reads a file that lies beside the library, or somewhere from there."""
        return self.kind == "reads" and not PurePosixPath(self.name).is_absolute()


def cards(text: str) -> Iterator[Card]:
    """The cards of a model file, in order."""
    for match in _CARD.finditer(text):
        word, operands = match[1].lower(), _OPERANDS.match(match[2])
        if word == "endl":
            yield Card("ends", "", None, *match.span())
        elif operands is not None:
            double, single, bare, section = operands.groups()
            name = double or single or bare
            if word == "lib" and not section:
                yield Card("opens", name.lower(), None, *match.span())
            else:
                yield Card("reads", name, section if word == "lib" else None, *match.span())


def beside(file: PurePosixPath, reference: str) -> PurePosixPath | None:
    """The file that another one refers to; None where that is above the folder of both."""
    parts: list[str] = []
    for part in (file.parent / reference).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return PurePosixPath(*parts)
