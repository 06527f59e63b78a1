"""What somebody may have meant who wrote another word, or the name of a file that is not there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

# Of more words none is suggested: looking through them takes longer than the user thinks.
_MANY = 1000
_LONGEST = 80  # characters of a word that is compared


def suggestion(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """`did you mean ...`, where a known word is near to the one that was written.

    `cutoff` is the smallest ratio of equal letters; case does not count among equal words.
    """
    near = _nearest(word, known, cutoff)
    return None if near is None else f"did you mean `{near}`?"


def _nearest(word: str, known: Iterable[str], cutoff: float) -> str | None:
    choices = list(known)
    same = [choice for choice in choices if choice.lower() == word.lower()]
    few = choices if len(choices) <= _MANY else []
    near = same or get_close_matches(word[:_LONGEST], few, n=1, cutoff=cutoff)
    return near[0] if near else None


def similar_file(path: Path) -> str | None:
    """The same of a file that is not there, among those beside it; None where it is there."""
    folder = path.parent
    try:
        if os.path.lexists(path):
            return None
        with os.scandir(folder) as found:
            there = [x.name for x in islice(found, _MANY)]
    except (OSError, ValueError):  # no such folder, a name with a null character
        return None
    near = _nearest(path.name, there, cutoff=0.75)
    return None if near is None else f"did you mean `{folder / near}`?"
