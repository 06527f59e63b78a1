"""The figures of the report, each one an SVG element as text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from imnnc.artifacts.training import TrainingHistory
from imnnc.design import InverterSizes, Loss, Memristor
from imnnc.measure.recorded import Recorded
from imnnc.measure.verification import CornerVerification
from imnnc.physics.network import FloatArray, ProgrammedCrossbar
from imnnc.report.svg import Axis, Element, Plot, axis, element, markup, number
from imnnc.units import engineering

_MOST_POINTS = 1000
_ERROR_BINS = 31
_CELL_BINS = 32
_WIDE, _SMALL = 520.0, 248.0  # two and four in a row of the report; elsewhere three
_MOST_SIZE_BINS = 20
_TRACE_WIDTH, _TRACE_HEIGHT = 300.0, 26.0
_TRACED_FROM_VOLTS = 1e-6  # or less, where an error is smaller
_LEAST_TRACED_VOLTS = 1e-12
_MOST_LABELS = 5  # of decades


@dataclass(frozen=True)
class Readout:
    """Predicted and simulated voltages at the read-out; at most 1000 points of them are drawn."""

    found: CornerVerification
    tolerance_volts: float

    def scatter(self) -> str:
        """Predicted against simulated: a perfect prediction is the diagonal."""
        simulated, predicted = self._points()
        both = axis([*simulated, *predicted], "simulated", "V")
        plot = Plot("predicted against simulated voltage", both, _renamed(both, "predicted"))
        plot.line([both.low, both.high], [both.low, both.high], "faint")
        plot.dots(simulated, predicted, "first")
        return plot.markup()

    def residuals(self) -> str:
        """The error over the simulated voltage: where on its swing an output is predicted worst."""
        simulated, predicted = self._points()
        errors = predicted - simulated
        worst = float(np.abs(errors).max()) or 1e-9
        plot = Plot(
            "prediction error over the simulated voltage",
            axis([*simulated], "simulated", "V"),
            axis([-worst, worst], "predicted minus simulated", "V"),
        )
        plot.line([plot.x.low, plot.x.high], [0, 0], "faint")
        plot.dots(simulated, errors, "first")
        return plot.markup()

    def histogram(self) -> str:
        """How often each error occurs, of all samples and outputs."""
        errors = (self.found.predicted_volts - self.found.simulated_volts).ravel()
        worst = float(np.abs(errors).max()) or 1e-9
        counts, edges = np.histogram(errors, _ERROR_BINS, (-worst, worst))
        plot = Plot(
            "histogram of prediction errors",
            axis([-worst, worst], "predicted minus simulated", "V"),
            axis([0, counts.max()], "read-outs", whole=True),
        )
        for low, high, count in zip(edges, edges[1:], counts, strict=False):
            between = f"{engineering(low, 'V')} to {engineering(high, 'V')}"
            plot.bar(low, high, count, "first", f"{between}: {count}")
        for limit in (-self.tolerance_volts, self.tolerance_volts):
            if plot.x.low < limit < plot.x.high:
                plot.upright(limit, "limit")
        return plot.markup()

    @property
    def drawn(self) -> int:
        """How many points the scatter shows."""
        return min(_MOST_POINTS, self.found.simulated_volts.size)

    def _points(self) -> tuple[FloatArray, FloatArray]:
        """Simulated and predicted volts, the same ones each time where there are too many."""
        simulated, predicted = (
            self.found.simulated_volts.ravel(),
            self.found.predicted_volts.ravel(),
        )
        chosen = np.sort(np.random.default_rng(1).permutation(len(simulated))[:_MOST_POINTS])
        return simulated[chosen], predicted[chosen]


def step_waveforms(found: Recorded, hold_seconds: float) -> str:
    """Outputs in the slowest step: the last to settle with its band, and when the hold ends."""
    plot = Plot(
        "outputs in the slowest step over time",
        axis([*found.seconds, hold_seconds], "after the edge of the inputs", "s", widen=False),
        axis([*found.volts.ravel(), *found.band_volts], "V− of the outputs", "V"),
        width=_WIDE,
    )
    plot.band(found.band_volts[0], found.band_volts[1], "band")
    for column in reversed(range(len(found.outputs))):
        plot.line(found.seconds, found.volts[:, column], "faint" if column else "first")
    plot.upright(hold_seconds, "limit")
    return plot.markup()


def training_curves(history: TrainingHistory, loss: Loss) -> tuple[str, str]:
    """The loss of each epoch, and the score of the validation samples after it, the kept marked."""
    classes = loss == "cross_entropy"
    epochs = list(range(1, len(history.losses) + 1))
    along = axis([0, len(epochs)], "epoch", whole=True, widen=False)
    scores = [score if classes else -score for score in history.scores]
    name = "validation accuracy" if classes else "validation mean square error"
    kept = history.kept_epoch
    figures = []
    for title, unit, values in (
        (f"training loss ({loss.replace('_', ' ')})", "", list(history.losses)),
        (name, "%" if classes else "V²", scores),
    ):
        plot = Plot(f"{title} by epoch", along, axis(values, title, unit), width=_WIDE)
        plot.line(epochs, values, "first")
        plot.dots([kept], [values[kept - 1]], "mark")
        figures.append(plot.markup())
    return figures[0], figures[1]


def transfer_curves(v_in: FloatArray, v_out: FloatArray) -> tuple[str, str]:
    """V- of an inverter against its input, and how far each load moves it; volts.

    Args:
        v_in: (n,) input voltages.
        v_out: (curves, n) output voltages: without a load, then a curve a load, from the lightest.
    """
    across = axis(v_in, "input", "V", widen=False)
    curves = Plot(
        "transfer curves of the first inverter", across, axis(v_in, "output V−", "V", widen=False)
    )
    moved = v_out - v_out[0]
    shifts = Plot(
        "shift of the transfer curves by their loads",
        across,
        axis([*moved.ravel(), 0.0], "loaded minus unloaded", "V"),
    )
    for index, (curve, shift) in enumerate(zip(v_out, moved, strict=True)):
        curves.line(v_in, curve, f"ramp{index}")
        shifts.line(v_in, shift, f"ramp{index}")
    return curves.markup(), shifts.markup()


def size_histogram(before: FloatArray, after: FloatArray, bounds: InverterSizes, title: str) -> str:
    """Inverters by size, as trained and as built, (M,) each."""
    step = bounds.step or (bounds.maximum - bounds.minimum) / 10
    count = round((bounds.maximum - bounds.minimum) / step) + 1 if step else 1
    if count > _MOST_SIZE_BINS:
        step, count = step * math.ceil(count / _MOST_SIZE_BINS), _MOST_SIZE_BINS
    step = step or 1.0
    low = bounds.minimum - step / 2
    edges = low + step * np.arange(count + 1)
    counts = [np.histogram(np.clip(x, edges[0], edges[-1]), edges)[0] for x in (before, after)]
    ticks = axis(
        [bounds.minimum, bounds.minimum + step * (count - 1)], "size", count=6, widen=False
    )
    plot = Plot(
        title,
        Axis(edges[0], edges[-1], ticks.ticks if count > 1 else ((edges.mean(), "1"),), "size"),
        axis([0, *counts[0], *counts[1]], "inverters", count=4, whole=True),
        width=_SMALL,
        height=180,
    )
    for left, was, now in zip(edges, *counts, strict=False):
        centre = left + step / 2
        at = f"size {number(centre, 0 if centre == round(centre) else 2)}"
        plot.bar(left + 0.1 * step, centre, was, "before", f"{at}, as trained: {was}")
        plot.bar(centre, left + 0.9 * step, now, "first", f"{at}, as built: {now}")
    return plot.markup()


def cell_histogram(crossbar: ProgrammedCrossbar, memristor: Memristor) -> str:
    """The formed cells of a crossbar by conductance, plus and minus rows apart."""
    ends = memristor.conductance_min_siemens, memristor.conductance_max_siemens
    halves = (
        (crossbar.ohms_plus, crossbar.formed_plus),
        (crossbar.ohms_minus, crossbar.formed_minus),
    )
    # A cell on either end may miss it in the last of its digits.
    counts, edges = zip(
        *(
            np.histogram(
                np.clip(1 / (ohms if formed is None else ohms[formed]), *ends), _CELL_BINS, ends
            )
            for ohms, formed in halves
        ),
        strict=True,
    )
    plot = Plot(
        f"conductances of crossbar {crossbar.name}",
        axis(ends, "conductance", "S", widen=False),
        axis([0, *counts[0], *counts[1]], "cells", count=4, whole=True),
    )
    plot.steps(edges[0], counts[0], "first")
    plot.steps(edges[0], counts[1], "second")
    return plot.markup()


class Trace:
    """The bars of the table of errors on a logarithmic axis, RMS thick, maximum thin.

    It begins a decade below the least error, which is not 0, and at 1 uV or below.
    """

    def __init__(self, errors_volts: Iterable[float], tolerance_volts: float) -> None:
        errors = [max(x, _LEAST_TRACED_VOLTS) for x in errors_volts if x > 0]
        least = min([_TRACED_FROM_VOLTS, *(x / 2 for x in errors)])
        self._low = math.floor(math.log10(least))
        largest = max([tolerance_volts, 10 * _TRACED_FROM_VOLTS, *errors])
        self._high = math.log10(largest)
        self._tolerance = tolerance_volts
        self._decades = range(self._low, math.floor(self._high + 1e-9) + 1)

    def head(self) -> str:
        """The decades, for the head of the table."""
        svg = self._svg("decades of volts")
        every = 1 if len(self._decades) <= _MOST_LABELS else 3  # pV, nV, uV, mV
        for exponent in self._decades:
            if exponent % every:
                continue
            volts = 10.0**exponent
            at = self._x(volts)
            ends = "start" if at < 20 else "middle"
            if at > _TRACE_WIDTH - 20:
                ends = "end"
            svg.append(element("text", engineering(volts, "V"), class_=ends, x=at, y=20))
        return markup(svg)

    def bar(self, rms: float, largest: float) -> str:
        """One row."""
        svg = self._svg(f"rms {engineering(rms, 'V')}, largest {engineering(largest, 'V')}")
        for exponent in self._decades:
            at = self._x(10.0**exponent)
            svg.append(element("line", class_="grid", x1=at, x2=at, y1=0, y2=_TRACE_HEIGHT))
        at = self._x(self._tolerance)
        svg.append(element("line", class_="limit", x1=at, x2=at, y1=0, y2=_TRACE_HEIGHT))
        middle = _TRACE_HEIGHT / 2
        if self._x(largest) > 0:
            end = self._x(largest)
            svg.append(element("line", class_="whisker", x1=0, x2=end, y1=middle, y2=middle))
            svg.append(
                element("line", class_="whisker", x1=end, x2=end, y1=middle - 4, y2=middle + 4)
            )
        if self._x(rms) > 0:
            svg.append(
                element("rect", class_="first", x=0, y=middle - 4, width=self._x(rms), height=8)
            )
        return markup(svg)

    def _x(self, volts: float) -> float:
        share = math.log10(max(volts, _LEAST_TRACED_VOLTS)) - self._low
        return (_TRACE_WIDTH - 1) * share / (self._high - self._low)

    def _svg(self, title: str) -> Element:
        return element(
            "svg",
            element("title", title),
            viewBox=f"0 0 {_TRACE_WIDTH:g} {_TRACE_HEIGHT:g}",
            width=_TRACE_WIDTH,
            height=_TRACE_HEIGHT,
            role="img",
        )


def _renamed(of: Axis, name: str) -> Axis:
    return Axis(of.low, of.high, of.ticks, of.title.replace("simulated", name))
