"""Charts as SVG: axes, lines, dots and bars, in the colours of the page that they stand on.

Elements carry classes and no colours, so that one style sheet serves light, dark and paper.
They are built as a tree, so that nothing in a text can become markup, and coordinates are
rounded, so that the same numbers make the same bytes everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from imnnc.units import si_prefix

Element = ElementTree.Element
Numbers = Iterable[float]

MINUS_SIGN = "\N{MINUS SIGN}"
_CHARACTER_WIDTH = 6.2  # of a digit in the style sheet's 11 px
_TOP, _BOTTOM, _RIGHT = 22.0, 36.0, 12.0


def element(name: str, /, *children: Element | str, **attributes: object) -> Element:
    """An element; `class_` stands for `class` and `_` for `-`, strings become its text."""
    made = Element(name)
    for key, value in attributes.items():
        made.set(key.rstrip("_").replace("_", "-"), _text(value))
    for child in children:
        if isinstance(child, str):
            made.text = (made.text or "") + child
        else:
            made.append(child)
    return made


def markup(tree: Element) -> str:
    """The element as text, without a declaration: fit to stand within a page."""
    return ElementTree.tostring(tree, encoding="unicode")


def path(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a line through points, in pixels."""
    return "M" + "L".join(f"{_pixels(x)} {_pixels(y)}" for x, y in points)


def nice_step(least: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is `least` or more."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(x * power for x in (1.0, 2.0, 5.0, 10.0) if x * power >= least * (1 - 1e-9))


@dataclass(frozen=True)
class Axis:
    """A linear axis: its ends, its ticks with their labels, and what it is called."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str


def axis(
    values: Iterable[float],
    title: str,
    unit: str = "",
    *,
    count: int = 5,
    widen: bool = True,
    whole: bool = False,
) -> Axis:
    """An axis over all `values`, labelled in an SI prefix of `unit`, or in `%` of fractions.

    `widen` lets it end at ticks rather than at the values; `whole` allows whole numbers alone.
    """
    found = list(values)
    low, high = min(found), max(found)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        # One value still has an axis about it.
        room = abs(high) / 2 or 0.5
        low, high = low - room, high + room
    step = nice_step((high - low) / count)
    if whole:
        step = max(step, 1.0)
    if widen:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    factor, prefix = _scale(max(abs(low), abs(high)), unit)
    digits = max(0, -math.floor(math.log10(step / factor) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = [index * step for index in range(first, last + 1)]
    named = f"{title}, {prefix}{unit}" if unit else title
    return Axis(low, high, tuple((x, number(x / factor, digits)) for x in places), named)


def number(value: float, digits: int) -> str:
    """A number with so many decimals, typeset: a minus sign, and no negative zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS_SIGN)


def _scale(largest: float, unit: str) -> tuple[float, str]:
    if unit == "%":
        return 0.01, ""
    if not unit or unit.endswith("²"):  # a thousandth of a V² is no mV²
        return 1.0, ""
    return si_prefix(largest)


class Plot:
    """Two axes and what is drawn between them, in the units of the axes."""

    def __init__(self, title: str, x: Axis, y: Axis, width: float = 340, height: float = 230):
        """`title` is for those who cannot see the plot."""
        self.x, self.y = x, y
        self.left = 10 + _CHARACTER_WIDTH * max(len(label) for _, label in y.ticks)
        self.right, self.top, self.bottom = width - _RIGHT, _TOP, height - _BOTTOM
        self.svg = element(
            "svg",
            element("title", title),
            viewBox=f"0 0 {_pixels(width)} {_pixels(height)}",
            width=width,
            height=height,
            role="img",
        )
        for value, label in y.ticks:
            at = self.to_y(value)
            self._add("line", class_="grid", x1=self.left, x2=self.right, y1=at, y2=at)
            self._add("text", label, class_="end", x=self.left - 6, y=at + 3.5)
        base = self.bottom
        self._add("line", class_="axis", x1=self.left, x2=self.right, y1=base, y2=base)
        for value, label in x.ticks:
            at = self.to_x(value)
            self._add("line", class_="axis", x1=at, x2=at, y1=base, y2=base + 4)
            self._add("text", label, class_="middle", x=at, y=base + 16)
        middle = (self.left + self.right) / 2
        self._add("text", x.title, class_="middle name", x=middle, y=height - 3)
        self._add("text", y.title, class_="name", x=0, y=11)

    def to_x(self, value: float) -> float:
        """The pixel of a value on the x axis."""
        share = (value - self.x.low) / (self.x.high - self.x.low)
        return self.left + share * (self.right - self.left)

    def to_y(self, value: float) -> float:
        """The pixel of a value on the y axis."""
        share = (value - self.y.low) / (self.y.high - self.y.low)
        return self.bottom - share * (self.bottom - self.top)

    def line(self, xs: Numbers, ys: Numbers, class_: str) -> None:
        """A line through points."""
        points = [(self.to_x(x), self.to_y(y)) for x, y in zip(xs, ys, strict=True)]
        self._add("path", class_=f"line {class_}", d=path(points))

    def steps(self, edges: Numbers, heights: Numbers, class_: str) -> None:
        """The outline of a histogram: `heights` between neighbouring `edges`."""
        xs = [edge for edge in edges for _ in range(2)]
        ys = [0.0, *(height for height in heights for _ in range(2)), 0.0]
        self.line(xs, ys, class_)

    def dots(self, xs: Numbers, ys: Numbers, class_: str) -> None:
        """Points, as round ends of lines without length: the shortest way to write many."""
        points = (
            f"M{_pixels(self.to_x(x))} {_pixels(self.to_y(y))}h0"
            for x, y in zip(xs, ys, strict=True)
        )
        self._add("path", class_=f"dots {class_}", d="".join(points))

    def bar(self, low: float, high: float, height: float, class_: str, hint: str) -> None:
        """A bar from 0 to `height` between two x values; `hint` shows under the pointer."""
        if height <= 0:
            return
        left, right, top = self.to_x(low), self.to_x(high), self.to_y(height)
        gap = min(0.75, (right - left) / 8)
        self.svg.append(
            element(
                "rect",
                element("title", hint),
                class_=class_,
                x=left + gap,
                y=top,
                width=right - left - 2 * gap,
                height=self.bottom - top,
            )
        )

    def band(self, low: float, high: float, class_: str) -> None:
        """An area across the plot between two y values, as far as they are within it."""
        top, bottom = (max(self.top, min(self.to_y(y), self.bottom)) for y in (high, low))
        self._add(
            "rect",
            class_=class_,
            x=self.left,
            y=top,
            width=self.right - self.left,
            height=bottom - top,
        )

    def upright(self, x: float, class_: str) -> None:
        """A line across the plot at one x."""
        at = self.to_x(x)
        self._add("line", class_=class_, x1=at, x2=at, y1=self.top, y2=self.bottom)

    def markup(self) -> str:
        """The plot as text."""
        return markup(self.svg)

    def _add(self, name: str, *text: str, **attributes: object) -> None:
        self.svg.append(element(name, *text, **attributes))


def _pixels(value: float) -> str:
    """A coordinate to a tenth of a pixel, in the fewest characters."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def _text(value: object) -> str:
    return _pixels(float(value)) if isinstance(value, int | float) else str(value)
