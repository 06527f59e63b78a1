"""Figures that stand alone: plots on a card with a title, light or dark as their reader is."""

from __future__ import annotations

from collections.abc import Iterable

from imnnc.report.svg import Element, Plot, element, markup

MARGIN = 18.0
_STYLE = """
svg { color-scheme: light dark; --card: #fdfdfc; --edge: #e6e4dc; --ink: #16150f; --soft: #55534b;
  --muted: #6f6d65; --grid: #e6e4dc; --axis: #bdbab0; --first: #2a6fc9; --second: #d9622b; }
@media (prefers-color-scheme: dark) {
  svg { --card: #191918; --edge: #2b2a27; --ink: #f2f1ec; --soft: #bdbbb2; --muted: #9b998f;
    --grid: #2b2a27; --axis: #4a4944; --first: #5a9df0; --second: #e98349; }
}
text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  fill: var(--soft); }
.card { fill: var(--card); stroke: var(--edge); }
.title { font-size: 15px; font-weight: 600; fill: var(--ink); }
.head { font-size: 13px; font-weight: 600; fill: var(--ink); }
.name { fill: var(--muted); }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: var(--grid); }
.axis { stroke: var(--axis); }
.limit { stroke: var(--second); stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 1.8; }
.line.faint { stroke: var(--axis); stroke-width: 1.2; }
.line.first { stroke: var(--first); }
.dots { fill: none; stroke-linecap: round; stroke-width: 3.4; stroke-opacity: 0.5; }
.dots.first { stroke: var(--first); }
.dots.mark { stroke: var(--first); stroke-width: 9; stroke-opacity: 1; }
rect.first { fill: var(--first); }
rect.second { fill: var(--second); }
"""


def sheet(title: str, subtitle: str, parts: Iterable[Element], width: float, height: float) -> str:
    """A document of its own: a card of so many pixels with a title, a line below it, and parts."""
    svg = element(
        "svg",
        element("style", _STYLE),
        element("rect", class_="card", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=10),
        text(MARGIN, 28, title, "title"),
        text(MARGIN, 46, subtitle, "name"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
    )
    return markup(svg) + "\n"


def placed(plot: Plot, left: float, top: float, head: str) -> Element:
    """A plot at a place of a sheet, below its head."""
    for name in ("role", "class"):
        plot.svg.attrib.pop(name, None)
    plot.svg.set("x", f"{left:g}")
    plot.svg.set("y", f"{top + 14:g}")
    return element("g", text(left, top + 6, head, "head"), plot.svg)


def text(x: float, y: float, words: str, class_: str) -> Element:
    """A line of text at a place of a sheet."""
    return element("text", words, x=x, y=y, class_=class_)
