"""The figures of chips: how their scores are distributed, and what each cause does alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imnnc.report.sheet import MARGIN, placed, sheet
from imnnc.report.svg import Axis, Plot, axis, nice_step

CHIPS_FIGURE_FILE = "chips.svg"

_BINS = 24
_WIDTH, _HEIGHT, _TOP = 400.0, 240.0, 62.0
_ROW_HEIGHT = 22.0  # of a cause
_AROUND = 58.0  # above and below the rows of causes


def scores(found: Mapping[str, Any]) -> str:
    """How many chips come to which score, as SVG; `found` is the content of `chips.json`."""
    return _distribution(found).markup()


def by_cause(found: Mapping[str, Any]) -> str | None:
    """What chips come to by each cause alone and by all; None: causes were not looked at."""
    return _causes(found).markup() if found["causes"] else None


def figure(found: Mapping[str, Any]) -> str:
    """Both, as an SVG document that stands alone."""
    parts = [placed(_distribution(found), MARGIN, _TOP, "Chips by what they come to")]
    height = _HEIGHT
    if found["causes"]:
        causes = _causes(found)
        height = max(height, causes.bottom + 36)
        head = "Each cause alone: the mean, and one chip in twenty"
        parts.append(placed(causes, MARGIN + _WIDTH + 24, _TOP, head))
    width = 2 * MARGIN + _WIDTH + (_WIDTH + 54 if found["causes"] else 0)
    return sheet(
        f"{found['network']}: {found['chips']} chips",
        f"seed {found['seed']}, {found['samples']} samples each, corner {found['corner']};"
        " the dashed line is the nominal circuit",
        parts,
        width,
        _TOP + height + 28,
    )


def _kind(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """The word of a score in `chips.json`, its name and its unit."""
    if "accuracy" in found:
        return "accuracy", "accuracy", "%"
    return "target_mse_v2", "mean square error", "V²"


def _distribution(found: Mapping[str, Any]) -> Plot:
    word, name, unit = _kind(found)
    each, nominal = np.array(found["each_chip"]), found[word]["nominal"]
    low, high = min(each.min(), nominal), max(each.max(), nominal)
    step = nice_step(max((high - low) / _BINS, abs(high) * 1e-6, 1e-12))
    if unit == "%":  # no finer than one sample
        step = max(step, 1 / found["samples"])
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    edges = step * np.arange(first, max(last, first + 1) + 1)
    # A score at an edge belongs to the bar above it, however it was rounded.
    places = np.clip(np.floor(each / step + 1e-6) - first, 0, len(edges) - 2).astype(int)
    counts = np.bincount(places, minlength=len(edges) - 1)
    plot = Plot(
        f"chips by their {name}",
        axis([edges[0], edges[-1]], name, unit),
        axis([0, counts.max()], "chips", whole=True),
        _WIDTH,
        _HEIGHT,
    )
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        plot.bar(left, right, count, "first", f"{_shown(left, unit)} and more: {count}")
    plot.upright(nominal, "limit")
    return plot


def _causes(found: Mapping[str, Any]) -> Plot:
    word, name, unit = _kind(found)
    nominal = found[word]["nominal"]
    # From below: all of them, then what does least, so that what does most is on top.
    each = sorted(
        ((cause, of[word]) for cause, of in found["causes"].items()),
        key=lambda row: abs(row[1]["mean"] - nominal),
    )
    rows = [("all", found[word]), *each]
    values = [nominal, *(row[x] for _, row in rows for x in ("mean", "tail"))]
    plot = Plot(
        f"{name} of chips by each cause alone, and by all",
        axis(values, name, unit),
        Axis(0.0, len(rows), tuple((i + 0.5, label) for i, (label, _) in enumerate(rows)), ""),
        _WIDTH + 30,
        _AROUND + _ROW_HEIGHT * len(rows),
    )
    plot.upright(nominal, "limit")
    for place, (_, row) in enumerate(rows):
        plot.line([row["tail"], row["mean"]], [place + 0.5] * 2, "first")
        plot.dots([row["mean"]], [place + 0.5], "mark")
    return plot


def _shown(score: float, unit: str) -> str:
    return f"{score:.2%}" if unit == "%" else f"{score:.3g} {unit}"
