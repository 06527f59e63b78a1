"""Logical lines of a netlist as lines of text."""

from __future__ import annotations

_LINE_WIDTH = 100


def wrap(line: str, before: str = "+ ", after: str = "") -> str:
    """A logical line as lines of at most 100 columns.

    `before` begins each line that continues another, `after` ends each that goes on.
    """
    if len(line) <= _LINE_WIDTH:
        return line
    lines = []
    current = ""
    for word in line.split(" "):
        longer = f"{current} {word}" if current else word
        if current and len(longer + after) > _LINE_WIDTH:
            lines.append(current + after)
            longer = before + word
        current = longer
    lines.append(current)
    return "\n".join(lines)
