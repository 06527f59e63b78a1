"""What programming by pulses comes to, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imnnc.units import engineering


def pulses_text(found: Mapping[str, Any]) -> str:
    """A line about the content of `pulses.json`."""
    counts, failed, error = found["pulses"], found["failed"], found["error"]
    parts = [f"{counts['mean']:.3g} a cell, 95 % of cells within {counts['most_of_95_percent']}"]
    stuck = f", {found['failed_stuck']:,} of them stuck" if found["failed_stuck"] else ""
    parts.append(f"{failed:,} of {found['cells']:,} cells fail{stuck}")
    if error is not None:
        parts.append(f"{'the others' if failed else 'all'} within {error['rms']:.2%} rms")
    if found["time_s"] is not None:
        reads = "with reads" if found["reads_timed"] else "without reads"
        parts.append(f"{engineering(found['time_s'], 's')} in all, {reads}")
    return "; ".join(parts)
