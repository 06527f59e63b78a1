"""The figure of a comparison: predicted against simulated voltage, and energy, by method."""

from __future__ import annotations

import numpy as np

from imnnc.compare.runs import Comparison, Run
from imnnc.physics.network import FloatArray
from imnnc.report.svg import Axis, Element, Plot, axis, element, markup
from imnnc.units import engineering

_MOST_POINTS = 1000
_PANEL, _HEIGHT, _TOP, _MARGIN = 270.0, 236.0, 62.0, 18.0
_BAR_HEIGHT = 210.0
_STYLE = """
svg { color-scheme: light dark; --card: #fdfdfc; --edge: #e6e4dc; --ink: #16150f; --soft: #55534b;
  --muted: #84827a; --grid: #e6e4dc; --axis: #bdbab0; --first: #2a6fc9; --second: #d9622b; }
@media (prefers-color-scheme: dark) {
  svg { --card: #191918; --edge: #2b2a27; --ink: #f2f1ec; --soft: #bdbbb2; --muted: #8b8980;
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
.line.faint { stroke: var(--axis); stroke-width: 1.2; fill: none; }
.dots { fill: none; stroke-linecap: round; stroke-width: 3.4; stroke-opacity: 0.5; }
.dots.first { stroke: var(--first); }
rect.first { fill: var(--first); }
rect.second { fill: var(--second); }
"""


def draw(comparison: Comparison) -> str:
    """The figure as an SVG document that stands alone, light or dark as its reader is."""
    methods = comparison.methods
    runs = [comparison.of(method)[0] for method in methods]
    width = 2 * _MARGIN + _PANEL * max(len(methods), 2)
    height = _TOP + _HEIGHT + 40 + _BAR_HEIGHT + _MARGIN
    samples, outputs = runs[0].verification.design.simulated_volts.shape
    shape = "-".join(map(str, comparison.design.network.widths))
    parts: list[Element] = [
        element("style", _STYLE),
        element("rect", class_="card", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=10),
        _text(
            _MARGIN,
            28,
            f"{comparison.design.network.name}, {shape}: predicted against simulated by ngspice",
            "title",
        ),
        _text(
            _MARGIN,
            46,
            f"{samples} samples, {outputs} outputs each, seed {runs[0].seed};"
            " on the diagonal the circuit does what was predicted",
            "name",
        ),
    ]
    low, high = _extent(runs)
    across = axis([low, high], "simulated", "V", count=4)
    for number, run in enumerate(runs):
        parts.append(_scatter(run, across, _MARGIN + number * _PANEL, _TOP))
    top = _TOP + _HEIGHT + 40
    each_hold = [_mean(comparison, method, "own") for method in methods]
    common_hold = [_mean(comparison, method, "common") for method in methods]
    common = comparison.common_hold_seconds
    hold = "no time" if common is None else engineering(common, "s")
    bar_width = (width - 2 * _MARGIN) / 2
    for number, (head, values) in enumerate(
        (
            ("Energy of the rails, each method at its own delay", each_hold),
            (f"Energy of the rails, all held for {hold}", common_hold),
        )
    ):
        left = _MARGIN + number * bar_width
        parts.append(_bars(head, methods, values, left, top, bar_width - 10))
    svg = element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
    )
    return markup(svg) + "\n"


def _scatter(run: Run, across: Axis, left: float, top: float) -> Element:
    found = run.verification.design
    simulated, predicted = _points(found.simulated_volts), _points(found.predicted_volts)
    up = Axis(across.low, across.high, across.ticks, across.title.replace("simulated", "predicted"))
    plot = Plot("", across, up, _PANEL - 12, _HEIGHT)
    plot.line([across.low, across.high], [across.low, across.high], "faint")
    plot.dots(simulated, predicted, "first")
    head = f"{run.method.upper()}: {engineering(found.error.rms, 'V')} RMS"
    if found.accuracy is not None:
        head += f", {found.accuracy.simulated:.1%}"
    return _placed(plot, left, top, head)


def _bars(
    head: str,
    methods: tuple[str, ...],
    joules: list[float | None],
    left: float,
    top: float,
    width: float,
) -> Element:
    count = len(methods)
    places = tuple((i + 0.5, method.upper()) for i, method in enumerate(methods))
    most = max((value for value in joules if value is not None), default=1e-15)
    up = axis([0.0, most], "an inference", "J", count=4)
    plot = Plot("", Axis(0.0, float(count), places, ""), up, width, _BAR_HEIGHT)
    for index, (method, value) in enumerate(zip(methods, joules, strict=True)):
        if value is None:
            words = _text(plot.to_x(index + 0.5), plot.to_y(0.0) - 4, "not measured", "middle name")
            plot.svg.append(words)
            continue
        colour = "first" if method == "latim" else "second"
        plot.bar(index + 0.2, index + 0.8, value, colour, f"{method}: {engineering(value, 'J')}")
        plot.svg.append(
            _text(
                plot.to_x(index + 0.5), plot.to_y(value) - 4, engineering(value, "J"), "middle head"
            )
        )
    return _placed(plot, left, top, head)


def _placed(plot: Plot, left: float, top: float, head: str) -> Element:
    for name in ("role", "class"):
        plot.svg.attrib.pop(name, None)
    plot.svg.set("x", f"{left:g}")
    plot.svg.set("y", f"{top + 14:g}")
    return element("g", _text(left, top + 6, head, "head"), plot.svg)


def _extent(runs: list[Run]) -> tuple[float, float]:
    values = [
        volts
        for run in runs
        for volts in (
            run.verification.design.simulated_volts,
            run.verification.design.predicted_volts,
        )
    ]
    return min(float(x.min()) for x in values), max(float(x.max()) for x in values)


def _points(volts: FloatArray) -> FloatArray:
    every = max(1, -(-volts.size // _MOST_POINTS))
    return volts.ravel()[::every]


def _mean(comparison: Comparison, method: str, hold: str) -> float | None:
    """Joules of the rails over the seeds; None: no output moves with one of them."""
    runs = [run for run in comparison.runs if run.method == method]
    if hold == "own":
        joules = [x.verification.design.dynamics.energy_rails_j for x in runs]
    else:
        joules = [None if x.hold is None else x.hold.rails_joules for x in runs]
    measured = [value for value in joules if value is not None]
    return float(np.mean(measured)) if len(measured) == len(runs) else None


def _text(x: float, y: float, words: str, class_: str) -> Element:
    return element("text", words, x=x, y=y, class_=class_)
