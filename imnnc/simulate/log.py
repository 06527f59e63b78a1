"""What ngspice's log says: which of its lines report a failure.

ngspice writes notes, warnings and errors alike to stderr, and its exit code means nothing:
it is 0 on a singular matrix and 1 on many a valid deck.  So the lines themselves are judged.
"""

from __future__ import annotations

import re

_ERROR = re.compile(
    r"""
      ^\s*(?:fatal\s+)?error(?:\s*[:,!]|\s+on\s+line|\s+in\b)
    | simulation\(s\)\s+aborted
    | simulation\s+interrupted
    | timestep\s+too\s+small
    | iteration\s+limit\s+reached
    | no\s+such\s+(?:vector|device|command|function|parameter|plot|model)
    | is\s+not\s+available\s+or\s+has\s+zero\s+length
    | (?:can't|could\s+not|cannot)\s+(?:find|open)
    | command\s+'.*'\s+failed
    | no\s+such\s+file
    | no\s+circuit\s+loaded
    | syntax\s+error
    # a resistor without a value: ngspice goes on with 1 mOhm
    | resistance\s+to\s+low
    """,
    re.IGNORECASE | re.VERBOSE,
)

# Printed where ngspice's own start-up file is not installed; nothing here needs it.
_HARMLESS = re.compile(r"can't find (?:the )?(?:init|initialization) file", re.IGNORECASE)

SHOWN_LINES = 8


def error_lines(log: str) -> tuple[str, ...]:
    """The lines that report a failure, stripped, each once, in their order."""
    found = (line.strip() for line in log.splitlines() if is_error(line))
    return tuple(dict.fromkeys(found))


def is_error(line: str) -> bool:
    """Whether a line of the log reports a failure (and is no note, warning or result)."""
    return _ERROR.search(line) is not None and _HARMLESS.search(line) is None


def log_notes(log: str) -> tuple[str, ...]:
    """What a diagnostic shows of a log: its failures, or else its last lines."""
    lines = error_lines(log)[:SHOWN_LINES]
    if not lines:
        lines = tuple(line.strip() for line in log.splitlines() if line.strip())[-SHOWN_LINES:]
    return tuple(f"ngspice: {line}" for line in lines)
