"""Diagnostics in the colours of a terminal, and whether somebody wants them."""

from __future__ import annotations

import os
import re
from typing import Literal, TextIO

Severity = Literal["error", "warning", "note"]

# What `TERM` says where the cursor cannot go back, and colours are noise.
_DUMB = ("", "dumb", "unknown")
_RED, _YELLOW, _CYAN, _BLUE, _BOLD = "1;31", "1;33", "1;36", "1;34", "1"
_COLOURS: dict[Severity, str] = {"error": _RED, "warning": _YELLOW, "note": _CYAN}
_HEAD = re.compile(r"^(\w+\[\w+\]): (.*)$")
_PLACE = re.compile(r"^( *-->) (.*)$")
_REMARK = re.compile(r"^( *=) (note|help):")
_MARK = re.compile(r"^( *\|)(\s+)(\^+|-+)(.*)$")
_LINE = re.compile(r"^( *\d* \|)")


def wants_colour(stream: TextIO) -> bool:
    """Whether text to a stream is painted: on a terminal, unless the environment says otherwise.

    `NO_COLOR` (https://no-color.org) forbids it, `FORCE_COLOR` asks for it anywhere.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that knows escape sequences."""
    return stream.isatty() and os.environ.get("TERM", "") not in _DUMB


def painted(text: str, severity: Severity) -> str:
    """A diagnostic as it is laid out, with escape sequences for its parts."""
    accent = _COLOURS[severity]
    head, *rest = text.split("\n")
    head = _HEAD.sub(lambda x: f"{_in(accent, x[1])}{_in(_BOLD, f': {x[2]}')}", head)
    return "\n".join([head, *(_line(line, accent) for line in rest)])


def _line(line: str, accent: str) -> str:
    if found := _MARK.match(line):
        gutter, space, mark, label = found.groups()
        colour = accent if mark.startswith("^") else _BLUE
        return f"{_in(_BLUE, gutter)}{space}{_in(colour, mark + label)}"
    if found := _PLACE.match(line):
        return f"{_in(_BLUE, found[1])} {found[2]}"
    if found := _REMARK.match(line):
        return f"{_in(_BLUE, found[1])} {_in(_BOLD, found[2])}:{line[found.end() :]}"
    return _LINE.sub(lambda x: _in(_BLUE, x[1]), line)


def _in(colour: str, text: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"
