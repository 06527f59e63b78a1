"""Writes what a comparison found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imnnc.compare.figure import draw
from imnnc.compare.markdown import markdown
from imnnc.compare.record import record
from imnnc.compare.runs import Comparison
from imnnc.files.files import write_json, writing


def write_comparison(comparison: Comparison, folder: Path) -> dict[str, Any]:
    """Write `compare.json`, `compare.md` and `compare.svg`; returns the content of the first.

    Raises:
        CompileError: IM510 where a file cannot be written.
    """
    found = record(comparison)
    write_json(folder / "compare.json", found)
    for name, text in (("compare.md", markdown(found)), ("compare.svg", draw(comparison))):
        with writing(folder / name):
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return found
