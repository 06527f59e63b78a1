"""Values as a notebook shows them: small tables, everything in them escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from imnnc.units import engineering

# What the names of fields end in, and in which unit their values are shown.
_UNITS = {
    "square_volts": "V²",
    "volts": "V",
    "joules": "J",
    "watts": "W",
    "seconds": "s",
}


def html_table(head: Sequence[str], rows: Iterable[Iterable[Any]], caption: str = "") -> str:
    """A table whose columns are called by names of fields, which have their units at the end."""
    ends = [next((x for x in _UNITS if name.endswith(f"_{x}")), "") for name in head]
    names = [
        name.removesuffix(f"_{end}").replace("_", " ").replace(".", " ")
        for name, end in zip(head, ends, strict=True)
    ]
    cells = [
        "".join(
            f"<td>{escape(_shown(value, _UNITS.get(end, '')))}</td>"
            for value, end in zip(row, ends, strict=True)
        )
        for row in rows
    ]
    top = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def html_facts(facts: Iterable[tuple[str, str]], caption: str) -> str:
    """A table of two columns: what something is, and its value."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    if unit == "V²":
        return f"{value:.3g} V²"
    return engineering(value, unit) if unit else f"{value:.4g}"
