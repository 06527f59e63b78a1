"""The corners of a process by the speeds of its two kinds of transistors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# What foundries call them: the speed of the NMOS first, then that of the PMOS.
SKEWED: Final = {"ff": (1, 1), "ss": (-1, -1), "fs": (1, -1), "sf": (-1, 1)}


def skewed_corners(corners: Iterable[str], typical: str) -> dict[tuple[int, int], str]:
    """The four of a technology's corners around `typical`, its own, by the speeds of NMOS and PMOS.

    Empty where there are not all four, or the one that is to be in their middle is one of them.
    """
    found = {SKEWED[name.lower()]: name for name in corners if name.lower() in SKEWED}
    whole = len(found) == len(SKEWED) and typical.lower() not in SKEWED
    return found if whole else {}
