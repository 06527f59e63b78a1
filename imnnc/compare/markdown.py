"""A comparison as a table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from imnnc.resources import template_environment
from imnnc.units import engineering


def markdown(found: Mapping[str, Any]) -> str:
    """Render `templates/compare/compare.md.j2` with the content of a `compare.json`."""
    environment = template_environment("compare")  # names in it have been checked by the language
    environment.filters.update(filters())
    published = found["published"].get(found["data"])
    return environment.get_template("compare.md.j2").render(**found, published_here=published)


def filters() -> dict[str, Callable[..., str]]:
    """What templates show numbers with."""
    return {"unit": engineering, "percent": _percent, "digits": _digits, "change": _change}


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _digits(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _change(ratio: float | None) -> str:
    """A ratio as what it is below, or above, one."""
    if ratio is None:
        return "not measured"
    return f"{100 * abs(1 - ratio):.0f} % {'lower' if ratio < 1 else 'higher'}"
