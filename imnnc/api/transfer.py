"""Transfer curves of a technology as a figure and as a table of numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.api.technology import characterize_corners, known_ending
from imnnc.extras import optional
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS
from imnnc.units import engineering

if TYPE_CHECKING:
    from imnnc.engine.context import Reporter
    from imnnc.physics.transfer import CornerCurves

# What an inverter of one hidden layer meets: a few units, and rows of a few microsiemens.
SIZES = (1.0, 3.0, 10.0)
LOADS_SIEMENS = (0.0, 1e-6, 3e-6, 10e-6)

COLUMNS = (
    "corner",
    "size",
    "load_siemens",
    "v_in_volts",
    "v_out_volts",
    "slope",
    "rail_watts",
    "threshold_volts",
    "gain",
)
# What a figure may be written as, and what of its metadata differs from run to run.
FIGURES: Mapping[str, Mapping[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
CURVES_ENDINGS = (*FIGURES, ".csv")
_PANEL_INCHES, _DPI = (2.5, 2.15), 150
_INK, _MUTED, _GRID = "#16150f", "#84827a", "#e6e4dc"
# Light to heavy loads: one hue, so that their order can be seen.
_COLOURS = ("#9ec5f4", "#5a9df0", "#2a6fc9", "#123c78")


def transfer_curves(
    technology: str,
    corners: Sequence[str],
    *,
    sizes: Sequence[float] = SIZES,
    loads_siemens: Sequence[float] = LOADS_SIEMENS,
    temperature_celsius: float | None = None,
    supply_volts: float | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> tuple[CornerCurves, ...]:
    """How inverters of some sizes drive some conductances to ground, at each corner.

    `sizes` are in unit inverters; the other arguments and the errors are those of
    `characterize`.
    """
    from imnnc.physics.transfer import transfer_curves

    tables = characterize_corners(
        technology,
        corners,
        temperature_celsius=temperature_celsius,
        supply_volts=supply_volts,
        timeout_seconds=timeout_seconds,
        cache=cache,
        reporter=reporter,
    )
    return tuple(transfer_curves(table, sizes, loads_siemens) for table in tables)


def write_transfer_curves(found: Sequence[CornerCurves], path: str | Path, technology: str) -> None:
    """Write the curves, in the format that the name of the file ends in.

    `.png`, `.svg` and `.pdf` are a figure, `.csv` its numbers.

    Raises:
        CompileError: the file cannot be written, IM703 where its name ends otherwise.
    """
    if known_ending(Path(path), CURVES_ENDINGS) == ".csv":
        write_csv(found, path)
        return
    supply = engineering(found[0].supply_volts, "V")
    write_figure(found, f"{technology}: inverters between rails of ±{supply}", path)


def write_csv(found: Sequence[CornerCurves], path: str | Path) -> None:
    """Write every point of every curve, a line each, under a header of `COLUMNS`.

    `slope` is dV_out/dV_in at the point, `rail_watts` the static power of both rails there;
    `threshold_volts` and `gain`, the steepest slope, are of the whole curve.

    Raises:
        CompileError: the file cannot be written.
    """
    from imnnc.files.files import new_text

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for corner in found:
        for curve in corner.curves:
            head = [curve.corner, f"{curve.size:g}", f"{curve.load_siemens:g}"]
            tail = [f"{corner.threshold_volts:.6g}", f"{curve.gain:.6g}"]
            points = zip(
                curve.v_in_volts, curve.v_out_volts, curve.slope, curve.rail_watts, strict=True
            )
            for point in points:
                writer.writerow([*head, *(f"{value:.9g}" for value in point), *tail])
    with new_text(Path(path)) as stream:
        stream.write(text.getvalue())


def write_figure(found: Sequence[CornerCurves], title: str, path: str | Path) -> None:
    """Draw the curves: a column a corner, a row a size, and the power in the last row.

    Raises:
        CompileError: the file cannot be written, IM703 where its name ends in none of `FIGURES`,
            IM745 where matplotlib is not installed.
    """
    from imnnc.files.files import writing

    matplotlib, drawing = (optional(x, "plot") for x in ("matplotlib", "matplotlib.figure"))
    ending = known_ending(Path(path), FIGURES)
    sizes = list(dict.fromkeys(curve.size for curve in found[0].curves))
    loads = list(dict.fromkeys(curve.load_siemens for curve in found[0].curves))
    rows, columns = len(sizes) + 1, len(found)
    width, height = max(_PANEL_INCHES[0] * columns + 0.6, 6.4), _PANEL_INCHES[1] * rows + 1.0
    figure = drawing.Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey="row")
    for column, corner in enumerate(found):
        for row, size in enumerate(sizes):
            _draw_voltages(panels[row][column], corner, size, loads)
        _draw_power(panels[-1][column], corner, sizes[0], loads)
        head = f"{corner.corner}\nthreshold {engineering(corner.threshold_volts, 'V')}"
        panels[0][column].set_title(head, color=_INK, fontsize=9)
    for row, size in enumerate(sizes):
        units = "unit" if size == 1 else "units"
        panels[row][0].set_ylabel(f"{size:g} {units}: $V_{{out}}$ (V)", color=_INK, fontsize=9)
    panels[-1][0].set_ylabel(f"{sizes[0]:g} unit: power (µW)", color=_INK, fontsize=9)
    most = max(curve.peak_watts for x in found for curve in x.curves if curve.size == sizes[0])
    panels[-1][0].set_ylim(0, 1.25e6 * most)
    for panel in panels[-1]:
        panel.set_xlabel("$V_{in}$ (V)", color=_INK, fontsize=9)
    figure.suptitle(title, color=_INK, fontsize=11, fontweight="bold")
    handles = panels[0][0].get_lines()[: len(loads)]
    figure.legend(
        handles,
        [_load_name(load) for load in loads],
        loc="outside lower center",
        ncols=len(loads),
        frameon=False,
        fontsize=8,
    )
    with writing(Path(path)):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # The same curves are the same bytes.
        with matplotlib.rc_context({"svg.hashsalt": "imnnc"}):
            figure.savefig(Path(path), format=ending[1:], metadata=FIGURES[ending])


def _draw_voltages(panel: Any, corner: CornerCurves, size: float, loads: Sequence[float]) -> None:
    for index, load in enumerate(loads):
        curve = corner.curve(size, load)
        panel.plot(curve.v_in_volts, curve.v_out_volts, color=_colour(index, loads), linewidth=1.4)
    panel.axvline(corner.threshold_volts, color=_MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    gains = [corner.curve(size, load).gain for load in (loads[0], loads[-1])]
    text = f"gain {gains[0]:.3g}" if len(loads) == 1 else f"gain {gains[0]:.3g} … {gains[1]:.3g}"
    panel.text(0.97, 0.95, text, transform=panel.transAxes, ha="right", va="top", **_SMALL)
    _dress(panel, corner)


def _draw_power(panel: Any, corner: CornerCurves, size: float, loads: Sequence[float]) -> None:
    for index, load in enumerate(loads):
        curve = corner.curve(size, load)
        panel.plot(curve.v_in_volts, curve.rail_watts * 1e6, color=_colour(index, loads), lw=1.4)
    peak = engineering(corner.curve(size, loads[0]).peak_watts, "W")
    place = {"transform": panel.transAxes, "ha": "right", "va": "top"}
    panel.text(0.97, 0.95, f"unloaded {peak}", **place, **_SMALL)
    _dress(panel, corner)


_SMALL: dict[str, Any] = {"fontsize": 7.5, "color": "#55534b"}


def _dress(panel: Any, corner: CornerCurves) -> None:
    panel.set_xlim(-corner.supply_volts, corner.supply_volts)
    panel.grid(color=_GRID, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=_MUTED, labelsize=7.5, length=0)
    for side, spine in panel.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_MUTED)


def _colour(index: int, loads: Sequence[float]) -> str:
    return _COLOURS[index * (len(_COLOURS) - 1) // max(len(loads) - 1, 1)]


def _load_name(load: float) -> str:
    return "no load" if load == 0 else f"{engineering(load, 'S')} to ground"
