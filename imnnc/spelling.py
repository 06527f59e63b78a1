"""Which texts are words, and nothing more, where they come to a simulator: decided here alone.

Decks and the commands that simulators execute can start other programs, and some words become
names of files.  What a user's file, a stored plan or a folder calls something comes there only in
one of these spellings, by a check that says its own message.  Numbers come there as `float`s that
are finite, within the limits of `imnnc.limits`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Spelling:
    """How one kind of word is written; `rule` says it in a message."""

    pattern: re.Pattern[str]
    rule: str

    def fits(self, text: str) -> bool:
        """Whether a text is such a word, from its first character to its last."""
        return self.pattern.fullmatch(text) is not None


def _spelling(pattern: str, rule: str) -> Spelling:
    return Spelling(re.compile(pattern), rule)


LONGEST_NAME: Final = 64  # characters of what a source gives a name to
NAME: Final = _spelling(
    rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}",
    f"a name of letters, digits and `_`, of at most {LONGEST_NAME} characters",
)
# A net, a part or a subcircuit of a netlist, made of such names.
PART: Final = _spelling(r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and `_`")
# A device or a section of a library of models.
MODEL: Final = _spelling(r"[A-Za-z_][A-Za-z0-9_.]*", "a name of letters, digits, `_` and `.`")
# A file without its folder.
FILE: Final = _spelling(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", "letters, digits, `_`, `.`, `+` and `-`")
# A file with its folder, as netlists for other simulators name it; `$` and braces are theirs.
PATH: Final = _spelling(
    r"[A-Za-z0-9_./~$]([A-Za-z0-9_.,+/~${}:@= -]*[A-Za-z0-9_.+}])?",
    "letters, digits, blanks and `_ . , + - / ~ $ { } : @ =`",
)
# A source and a vector of ngspice, with dots between the instances of what lies in subcircuits:
# `v.xdut.vx`, `v(xdut.net)`.
SOURCE: Final = _spelling(r"v[a-z0-9_.]+", "lower-case letters, digits, `_` and `.` after a `v`")
PROBE: Final = _spelling(
    r"v\([a-z0-9_][a-z0-9_.]*\)|i\(v[a-z0-9_.]+\)", "`v(node)` or `i(source)` in lower case"
)
