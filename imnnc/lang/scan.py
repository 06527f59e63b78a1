"""What can be said about a text before the grammar sees it: characters, quotes, brackets.

A parser reports an unclosed brace where the file ends, a long way from the mistake; here the
brackets are matched on their own, so that the message points at the one that has no partner.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from imnnc.diagnostics import Diagnostic, Label, Source, Span

MAX_NESTING = 64
MAX_FILE_NAME = 4096  # of Linux
_CLOSING = {"(": ")", "[": "]", "{": "}"}

# A word counts only where it begins a declaration: `train` is a setting of `data` as well.
_DECLARATION = (
    r"(?<!\w)(?:let(?=[ \t]+\w+[ \t]*=)|import(?=[ \t]+\")|emit(?=[ \t]+\w+[ \t]*(?:,|$))"
    r"|(?:technology|memristor|network|train|crossbar)(?=[ \t]+\w+[ \t]*\{)"
    r"|(?:data|verify|chips|program|crossbar)(?=[ \t]*\{))"
)
_LEXEME = re.compile(
    r"(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)"
    r"|(?P<string>\"[^\"\n]*\")"
    r"|(?P<bracket>[()\[\]{}])"
    rf"|(?P<declaration>{_DECLARATION})"
    r"|(?P<open_comment>/\*)"
    r"|(?P<open_string>\"[^\n]*)"
    r"|(?P<control>[^\S \t\r\n]|[\x00-\x08\x0e-\x1f\x7f])",
    re.MULTILINE,
)
# The words of a declaration that is looked for behind an error, at the beginning of a line.
_RESUME = re.compile(
    r"^[ \t]*(?=(?:import|let|technology|memristor|crossbar|network|data|train|verify"
    r"|chips|program|emit)\b)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What the text is made of; with diagnostics, the grammar has nothing to work on."""

    comments: tuple[Comment, ...]
    diagnostics: tuple[Diagnostic, ...]
    outside: tuple[tuple[int, int], ...]  # the stretches of text that stand in no bracket

    def resume(self, source: Source, offset: int) -> int | None:
        """Where the first declaration behind `offset` begins, to go on after an error."""
        for start, end in self.outside:
            for match in _RESUME.finditer(source.text, max(start, offset), end):
                if match.end() > offset:
                    return match.end()
        return None


def scan(source: Source) -> Scan:
    """Look for comments and brackets, and for what is wrong with them."""
    comments: list[Comment] = []
    found: list[Diagnostic] = []
    opened: list[int] = []
    outside: list[tuple[int, int]] = []
    outside_from = 0
    text = source.text
    suspect: Diagnostic | None = None
    for match in _LEXEME.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "comment":
            comments.append(Comment(start, end, match.group()))
            if not opened:
                outside.append((outside_from, start))
                outside_from = end
        elif kind == "string":
            found += _check_string(source, start, end)
        elif kind == "declaration":
            if opened and suspect is None:
                suspect = _never_closed(source, opened[0], declaration=Span(source, start, end))
        elif kind != "bracket":
            found.append(_broken(source, kind or "", start, end))
            if kind == "open_comment":
                return Scan((), tuple(found), ())
        elif (bracket := text[start]) in _CLOSING:
            if not opened:
                outside.append((outside_from, start))
            opened.append(start)
            if len(opened) > MAX_NESTING:
                found.append(_too_deep(source, start))
                return Scan((), tuple(found), ())
        elif not opened:
            found.append(suspect or _stray(source, start))
            return Scan((), tuple(found), ())
        elif _CLOSING[text[opened[-1]]] != bracket:
            found.append(suspect or _mismatch(source, opened[-1], start))
            return Scan((), tuple(found), ())
        else:
            opened.pop()
            if not opened:
                outside_from = end
    if opened:
        found.append(suspect or _never_closed(source, opened[-1], declaration=None))
    outside.append((outside_from, len(text)))
    return Scan(tuple(comments), tuple(found), tuple(outside))


def declaration_starts(text: str) -> list[int]:
    """Where declarations begin, also where brackets before them are left open."""
    starts: list[int] = []
    depth = 0
    outside = 0  # from where the text stands in no bracket and has not been looked through
    for match in _LEXEME.finditer(text):
        start, end = match.span()
        opening = match.group() in _CLOSING
        if match.lastgroup == "bracket" and not opening:
            depth = max(0, depth - 1)
            outside = end if depth == 0 else outside
            continue
        if depth == 0:
            starts += [found.end() for found in _RESUME.finditer(text, outside, start)]
            outside = end
        if opening:
            depth += 1
        elif match.lastgroup == "declaration":
            depth, outside = 0, end
            starts.append(start)
    if depth == 0:
        starts += [found.end() for found in _RESUME.finditer(text, outside)]
    return starts


def ends_in_comment(text: str) -> bool:
    """Whether what follows a text belongs to a comment that it begins."""
    last = next(iter(deque(_LEXEME.finditer(text), maxlen=1)), None)
    if last is None or last.lastgroup not in ("comment", "open_comment"):
        return False
    is_line = last.group().startswith("//")
    return last.end() == len(text) and (is_line or last.lastgroup == "open_comment")


def _check_string(source: Source, start: int, end: int) -> list[Diagnostic]:
    """Strings are file names, which may end up in a netlist: one printable line, no quotes."""
    if end - start - 2 > MAX_FILE_NAME:
        return [
            Diagnostic(
                "IM018",
                f"a file name must have at most {MAX_FILE_NAME} characters, "
                f"this one has {end - start - 2}",
                Span(source, start, end),
            )
        ]
    return [
        Diagnostic(
            "IM007",
            f"a file name must be made of printable characters without quotes, "
            f"this one has U+{ord(character):04X}",
            Span(source, start + index, start + index + 1),
        )
        for index, character in enumerate(source.text[start + 1 : end - 1], 1)
        if not character.isprintable() or character in "'`"
    ][:1]


def _broken(source: Source, kind: str, start: int, end: int) -> Diagnostic:
    if kind == "open_comment":
        return Diagnostic(
            "IM006",
            "this comment is never closed",
            Span(source, start, end),
            help="a comment that begins with `/*` ends with `*/`",
        )
    if kind == "open_string":
        return Diagnostic(
            "IM005",
            "this file name has no closing quote",
            Span(source, start, end),
            help='put a `"` at its end, on the same line',
        )
    return Diagnostic(
        "IM004",
        f"the character U+{ord(source.text[start]):04X} has no place in a source file",
        Span(source, start, end),
        help="is this a text file? blanks, tabs and line ends are the only white space",
    )


def _never_closed(source: Source, start: int, declaration: Span | None) -> Diagnostic:
    opening = source.text[start]
    secondary = (
        () if declaration is None else (Label(declaration, "a declaration that begins inside it"),)
    )
    return Diagnostic(
        "IM008",
        f"this `{opening}` is never closed",
        Span(source, start, start + 1),
        secondary=secondary,
        help=f"put a `{_CLOSING[opening]}` where it ends",
    )


def _stray(source: Source, start: int) -> Diagnostic:
    return Diagnostic(
        "IM009",
        f"this `{source.text[start]}` closes nothing",
        Span(source, start, start + 1),
        help="take it out, or put in what it should close",
    )


def _mismatch(source: Source, opening: int, closing: int) -> Diagnostic:
    expected = _CLOSING[source.text[opening]]
    return Diagnostic(
        "IM009",
        f"expected `{expected}`, found `{source.text[closing]}`",
        Span(source, closing, closing + 1),
        secondary=(Label(Span(source, opening, opening + 1), "opened here"),),
    )


def _too_deep(source: Source, start: int) -> Diagnostic:
    return Diagnostic(
        "IM010",
        f"brackets must not be nested deeper than {MAX_NESTING} levels",
        Span(source, start, start + 1),
        help="name a part of the expression with `let`",
    )
