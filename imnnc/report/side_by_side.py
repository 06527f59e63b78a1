"""How the difference of two output folders is shown: in words, and as a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.report.difference import Difference, Figure, Layer
from imnnc.report.html import write_page
from imnnc.report.svg import Plot, axis
from imnnc.units import engineering

_BINS = 31
_NONE = "none"
_OPTION = re.compile(r"options\.(?P<of>[^.]+)\.(?P<key>.+)")


def figure_rows(found: Difference) -> list[tuple[str, ...]]:
    """The head, then a row a figure: its name, both values, and how they compare."""
    rows: list[tuple[str, ...]] = [("", "a", "b", "")]
    return rows + [(x.name, _value(x, x.a), _value(x, x.b), compared(x)) for x in found.figures]


def compared(figure: Figure) -> str:
    """The second value beside the first: points of percents, per cent of all others."""
    a, b = figure.a, figure.b
    if a is None or b is None or a == b:
        return ""
    if figure.unit == "%":
        return f"{100 * (b - a):+.3g} points"
    if not a:
        return ""
    return f"{b / a:.3g} times" if b / a >= 10 else f"{100 * (b / a - 1):+.3g} %"


def layer_text(layer: Layer) -> str:
    """What differs in one layer."""
    if not layer.comparable:
        shapes = (_NONE if x is None else f"{x[0]} × {x[1]}" for x in layer.shapes)
        return f"crossbars of other shapes: {' and '.join(shapes)}"
    inverters = f"; {layer.sizes:,} inverters of another size" if layer.sizes else ""
    if layer.largest is None:
        return f"all {layer.cells:,} cells are the same{inverters}"
    return (
        f"{layer.changed:,} of {layer.cells:,} cells differ ({layer.changed / layer.cells:.1%}),"
        f" by {engineering(layer.largest, 'S')} at most{inverters}"
    )


def setting_rows(found: Difference) -> list[tuple[str, ...]]:
    """A row a setting that differs, and what both say; what several passes have to say, once."""
    named: dict[tuple[str, str, str], list[str]] = {}
    for x in found.settings:
        option = _OPTION.fullmatch(x.name)
        key, who = (option["key"], [option["of"]]) if option else (x.name, [])
        named.setdefault((key, _said(x.a), _said(x.b)), []).extend(who)
    return [
        (f"{name} ({', '.join(who)})" if who else name, *both)
        for (name, *both), who in named.items()
    ]


def write_difference(path: Path, found: Difference) -> None:
    """Write all of it as one file of HTML that needs no other.  Fails with IM510."""
    write_page(
        path,
        "diff.html.j2",
        {
            "found": found,
            "figures": figure_rows(found)[1:],
            "settings": setting_rows(found),
            "layers": [(x, layer_text(x), _moved(x) if x.changed else None) for x in found.layers],
        },
    )


def _moved(layer: Layer) -> str:
    """How many cells change by how much, as SVG."""
    moved = layer.b - layer.a
    most = float(np.abs(moved).max())
    counts, edges = np.histogram(moved, _BINS, (-most, most))
    plot = Plot(
        f"cells of crossbar {layer.name} by their change",
        axis([-most, most], "b minus a", "S"),
        axis([0, counts.max()], "cells", whole=True),
    )
    for low, high, count in zip(edges, edges[1:], counts.tolist(), strict=False):
        between = f"{engineering(low, 'S')} to {engineering(high, 'S')}"
        plot.bar(low, high, count, "first", f"{between}: {count}")
    return plot.markup()


def _value(figure: Figure, value: float | None) -> str:
    if value is None:
        return _NONE
    match figure.unit:
        case "%":
            return f"{100 * value:.2f} %"
        case "V²":
            return f"{value:.3g} V²"
        case "":
            return f"{value:,.10g}"
        case unit:
            return engineering(value, unit)


def _said(value: Any) -> str:
    """A setting as JSON has it, without quotes; hashes in short."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = _NONE if value is None else text
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text
