"""What the parser stumbled over: what it found, what was before it, what it would have taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark.exceptions import UnexpectedInput, UnexpectedToken

from imnnc.diagnostics import Source, Span
from imnnc.lang.vocabulary import DECLARATIONS

_LEXEME = re.compile(
    r"(?P<trivia>[ \t\r\n]+|//[^\n]*|/\*[\s\S]*?\*/)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>\w+)|(?P<string>\"[^\"\n]*\")|(?P<mark>\.\.+|->|.)"
)
_INSIDE = re.compile(r"\w")
_NEAR = 2000  # characters before the error that are looked at

DECLARATION_START = frozenset(word.upper() for word in DECLARATIONS)


@dataclass(frozen=True)
class Lexeme:
    """A word, a number, a string or a mark, as people see it."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Stumble:
    """What the parser stumbled over."""

    source: Source
    found: Lexeme  # of kind "end" where the file ends
    before: tuple[Lexeme, ...]  # the last lexemes in front of it, the nearest last
    accepts: frozenset[str]  # names of terminals
    is_glued: bool  # whether `found` begins with a word that was taken by itself

    @property
    def span(self) -> Span:
        """The place of what was found."""
        return self.at(self.found)

    def at(self, lexeme: Lexeme) -> Span:
        """The place of a lexeme."""
        return Span(self.source, lexeme.start, lexeme.end)

    @property
    def found_text(self) -> str:
        """What was found, as messages have it."""
        if self.found.kind == "end":
            return "the end of the text"
        shown = self.found.text[:60]
        return f"`{shown}`" if shown.isprintable() else f"U+{ord(shown[0]):04X}"

    @property
    def wants_value(self) -> bool:
        """Whether a value would have been right."""
        return {"NAME", "NUMBER", "LPAR"} <= self.accepts

    @property
    def wants_declaration(self) -> bool:
        """Whether a declaration would have been, and no setting."""
        return self.accepts >= DECLARATION_START and "NAME" not in self.accepts

    def preceding(self, back: int = 1) -> Lexeme:
        """One of the last lexemes before the error, of no text where there is none."""
        return self.before[-back] if len(self.before) >= back else Lexeme("none", "", 0)

    def same_line(self, left: Lexeme, right: Lexeme) -> bool:
        """Whether two lexemes stand on one line."""
        return "\n" not in self.source.text[left.end : right.start]


def look(source: Source, error: UnexpectedInput) -> Stumble:
    """All of it, of an error of the parser."""
    interactive = error.interactive_parser
    accepts = frozenset(interactive.accepts())  # type: ignore[no-untyped-call]
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    end = len(source.text.rstrip()) or len(source.text)
    offset = end if ended else error.pos_in_stream or 0
    match = _LEXEME.match(source.text, offset)
    if ended or match is None:
        found = Lexeme("end", "", offset)
    else:
        found = Lexeme(match.lastgroup or "", match.group(), offset)
    begin = offset
    while begin and not ended and found.kind == "word" and _INSIDE.match(source.text, begin - 1):
        begin -= 1
    is_glued = begin < offset and source.text[begin].isalpha()
    if is_glued:
        found = Lexeme("word", source.text[begin : found.end], begin)
    offset = found.start
    start = source.text.rfind("\n", 0, max(0, offset - _NEAR)) + 1
    before = tuple(
        Lexeme(match.lastgroup or "", match.group(), match.start())
        for match in _LEXEME.finditer(source.text, start, offset)
        if match.lastgroup != "trivia"
    )
    return Stumble(source, found, before, accepts, is_glued)
