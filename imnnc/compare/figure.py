"""The figure of a comparison: predicted against simulated voltage, and energy, by method."""

from __future__ import annotations

import numpy as np

from imnnc.compare.runs import Comparison, Run
from imnnc.physics.network import FloatArray
from imnnc.report.sheet import MARGIN, placed, sheet, text
from imnnc.report.svg import Axis, Element, Plot, axis
from imnnc.units import engineering

_MOST_POINTS = 1000
_PANEL, _HEIGHT, _TOP = 270.0, 236.0, 62.0
_BAR_HEIGHT = 210.0
_HEAD_CHARACTER = 8.2  # of a head, in most fonts: heads of plots side by side stay apart


def draw(comparison: Comparison) -> str:
    """The figure as an SVG document that stands alone, light or dark as its reader is."""
    methods = comparison.methods
    runs = [comparison.of(method)[0] for method in methods]
    heads = [_head(run) for run in runs]
    panel = max(_PANEL, *(_HEAD_CHARACTER * len(head) for head in heads))
    width = 2 * MARGIN + panel * max(len(methods), 2)
    height = _TOP + _HEIGHT + 40 + _BAR_HEIGHT + MARGIN
    samples, outputs = runs[0].verification.design.simulated_volts.shape
    shape = "-".join(map(str, comparison.design.network.widths))
    parts: list[Element] = []
    low, high = _extent(runs)
    across = axis([low, high], "simulated", "V", count=4)
    for number, (run, head) in enumerate(zip(runs, heads, strict=True)):
        parts.append(_scatter(run, head, across, MARGIN + number * panel, _TOP))
    top = _TOP + _HEIGHT + 40
    each_hold = [_mean(comparison, method, "own") for method in methods]
    common_hold = [_mean(comparison, method, "common") for method in methods]
    common = comparison.common_hold_seconds
    hold = "no time" if common is None else engineering(common, "s")
    bar_width = (width - 2 * MARGIN) / 2
    for number, (head, values) in enumerate(
        (
            ("Energy of the rails, at own delays", each_hold),
            (f"All held for {hold}", common_hold),
        )
    ):
        left = MARGIN + number * bar_width
        parts.append(_bars(head, methods, values, left, top, bar_width - 10))
    return sheet(
        f"{comparison.design.network.name}, {shape}: predicted against simulated by ngspice",
        f"{samples} samples, {outputs} outputs each, seed {runs[0].seed};"
        " on the diagonal the circuit does what was predicted",
        parts,
        width,
        height,
    )


def _head(run: Run) -> str:
    found = run.verification.design
    head = f"{run.method.upper()}: {engineering(found.error.rms, 'V')} RMS"
    return head if found.accuracy is None else f"{head}, {found.accuracy.simulated:.1%}"


def _scatter(run: Run, head: str, across: Axis, left: float, top: float) -> Element:
    found = run.verification.design
    simulated, predicted = _points(found.simulated_volts), _points(found.predicted_volts)
    up = Axis(across.low, across.high, across.ticks, across.title.replace("simulated", "predicted"))
    plot = Plot("", across, up, _PANEL - 12, _HEIGHT)
    plot.line([across.low, across.high], [across.low, across.high], "faint")
    plot.dots(simulated, predicted, "first")
    return placed(plot, left, top, head)


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
    up = axis([0.0, 1.1 * most], "an inference", "J", count=4)  # with room for what it comes to
    plot = Plot("", Axis(0.0, float(count), places, ""), up, width, _BAR_HEIGHT)
    for index, (method, value) in enumerate(zip(methods, joules, strict=True)):
        if value is None:
            words = text(plot.to_x(index + 0.5), plot.to_y(0.0) - 4, "not measured", "middle name")
            plot.svg.append(words)
            continue
        colour = "first" if method == "latim" else "second"
        plot.bar(index + 0.2, index + 0.8, value, colour, f"{method}: {engineering(value, 'J')}")
        plot.svg.append(
            text(
                plot.to_x(index + 0.5), plot.to_y(value) - 4, engineering(value, "J"), "middle head"
            )
        )
    return placed(plot, left, top, head)


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
