"""The cards of a model library that say what a simulator shall read, as ngspice 39 takes them.

A card is known by how its first word begins, `.include`, `.inc` and `.incl` alike.  Comments
begin at `;`, at `//` and at a `$` behind a blank, even in quotes.  A `.lib` card may go on in
lines that begin with `+`, an `.include` card may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

# `.include file`, `.lib file section`, `.lib section` that opens one, and `.endl` that ends it.
_CARD = re.compile(r"^[ \t\r]*\.(inc|lib|endl)\S*([^\n]*)", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"(?:;|//|(?<=[ ,\t])\$).*")
# Further lines of a card, with the lines of comments and the empty ones that are before them.
_CONTINUED = re.compile(r"\n(?:[ \t\r]*(?:[*#$][^\n]*)?\n)*[ \t\r]*\+([^\n]*)")
_FILE = re.compile(r"""\s*(?:["']([^"']+)["']|([^\s"']\S*))""")
_WORD = re.compile(r"""[^\s"']+""")
# How a card is left as it is: in the words that every simulator has, and without a comment.
_PATH = r"[\w.+/-]+"
_PLAIN = re.compile(
    rf"""[ \t]*\.(?:(?:include|inc|lib)[ \t]+(?:"{_PATH}"|'{_PATH}'|{_PATH})(?:[ \t]+[\w.]+)?"""
    r"""|endl(?:[ \t]+[\w.]+)?(?:[ \t;$].*)?)[ \t\r]*""",
    re.IGNORECASE | re.ASCII,
)


class Card(NamedTuple):
    """One such card, and where its lines stand in the text, without the end of the last one.

    `name` is a file for `reads`, a section in lower case for `opens`, and empty for `ends`.
    `section` is that of the file which is read; None: all of it.
    """

    kind: Literal["reads", "opens", "ends"]
    name: str
    section: str | None
    start: int
    stop: int

    def written(self, name: str, text: str) -> str:
        """The card with this name, as it was written in `text` if it is plain there."""
        before = text[self.start : self.stop]
        if name == self.name and _PLAIN.fullmatch(before) is not None:
            return before
        if self.kind == "opens":
            card = f".lib {self.name}"
        elif self.kind == "ends":
            card = ".endl"
        else:
            card = f'.include "{name}"'
            if self.section is not None:
                card = f'.lib "{name}" {self.section}'
        return card + "\n" * before.count("\n")  # lines keep their numbers


def cards(text: str) -> Iterator[Card]:
    """The cards of a model file, in order."""
    for match in _CARD.finditer(text):
        start, stop = match.span()
        word = match[1].lower()
        if word == "endl":
            yield Card("ends", "", None, start, stop)
        elif word == "inc":
            file = _FILE.match(_code(match[2]))
            yield Card("reads", "" if file is None else file[1] or file[2], None, start, stop)
        else:
            line, stop = _continued(text, match[2], stop)
            words = _WORD.findall(line)
            if len(words) == 1:
                yield Card("opens", words[0].lower(), None, start, stop)
            else:
                name, section = words[:2] if words else ("", "")
                yield Card("reads", name, section, start, stop)


def _code(line: str) -> str:
    """A line without its comment."""
    return _COMMENT.sub("", line)


def _continued(text: str, line: str, stop: int) -> tuple[str, int]:
    """The operands of a card in one line, and where the last of its lines ends."""
    line = _code(line)
    while (more := _CONTINUED.match(text, stop)) is not None:
        line = f"{line} {_code(more[1])}"
        stop = more.end()
    return line, stop
