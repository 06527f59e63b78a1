"""The corners of a process at which its two kinds of transistors are fast and slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_SKEWED: Final = ("ff", "ss", "fs", "sf")


def skewed_corners(corners: Iterable[str], typical: str) -> tuple[str, ...]:
    """The four of a technology's corners around `typical`, its own, as it calls them.

    Which letter is the NMOS's differs from kit to kit.  Empty where there are not all four, or the
    one that is to be in their middle is one of them.
    """
    found = tuple(name for name in corners if name.lower() in _SKEWED)
    whole = len(found) == len(_SKEWED) and typical.lower() not in _SKEWED
    return found if whole else ()
