"""A comparison as a table in Markdown, and what of it a terminal shows of chips."""

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


def chip_rows(methods: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What chips of each method come to, of `compare.json`; nothing where there were none."""
    chips = [method["chips"] for method in methods.values() if "chips" in method]
    if not chips:
        return []

    def shown(of: Mapping[str, Any], figure: str) -> str:
        if "accuracy" in of:
            return f"{of['accuracy'][figure]['mean']:.1%}"
        return f"{of['target_mse_v2'][figure]['mean']:.3g} V²"

    figures = (("nominal", "nominal"), ("chips mean", "mean"), ("chips 5 %", "tail"))
    rows = [(name, *(shown(of, figure) for of in chips)) for name, figure in figures]
    if chips[0]["yield"] is not None:
        rows.append(("yield", *(f"{of['yield']['share']['mean']:.1%}" for of in chips)))
    return rows


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
