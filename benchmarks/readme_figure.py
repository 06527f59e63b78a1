"""Draws docs/overview.svg: the circuit, and what modelling its loading does to the prediction.

    python -m benchmarks.readme_figure out/

reads the output folder of a compile, has ngspice simulate it, and predicts it twice: with the
load of every inverter, and as if there were none.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE
from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation
from imnnc.methods.latim import LatimPredictor
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.report.svg import Axis, Element, Plot, axis, element, markup
from imnnc.units import engineering

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 880, 430
STYLE = """
svg { color-scheme: light dark; --card: #fdfdfc; --edge: #e6e4dc; --ink: #16150f; --soft: #55534b;
  --muted: #84827a; --grid: #e6e4dc; --axis: #bdbab0; --wire: #a9a69c; --first: #2a6fc9;
  --second: #d9622b; }
@media (prefers-color-scheme: dark) {
  svg { --card: #191918; --edge: #2b2a27; --ink: #f2f1ec; --soft: #bdbbb2; --muted: #8b8980;
    --grid: #2b2a27; --axis: #4a4944; --wire: #6b6963; --first: #5a9df0; --second: #e98349; }
}
text { font: 12.5px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  fill: var(--soft); }
.card { fill: var(--card); stroke: var(--edge); }
.plot text { font-size: 11px; }
.title { font-size: 15px; font-weight: 600; fill: var(--ink); }
.strong { fill: var(--ink); font-weight: 600; }
.name { fill: var(--muted); }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: var(--grid); }
.axis { stroke: var(--axis); }
.line.faint { stroke: var(--axis); stroke-width: 1.2; fill: none; }
.wire { stroke: var(--wire); stroke-width: 1.3; fill: none; }
.net, .out { stroke: var(--first); stroke-width: 2; fill: none; }
.load { stroke: var(--second); stroke-width: 2; fill: none; }
.cell { fill: var(--card); stroke: var(--wire); stroke-width: 1.3; }
.cell.net { stroke: var(--first); stroke-width: 1.8; }
.cell.load { stroke: var(--second); stroke-width: 1.8; }
.gate { fill: var(--card); stroke: var(--ink); stroke-width: 1.8; stroke-linejoin: round; }
.dots { fill: none; stroke-linecap: round; stroke-width: 3.6; stroke-opacity: 0.55; }
.dots.first, .dots.key.first { stroke: var(--first); }
.dots.second { stroke: var(--second); }
.dots.key { stroke-width: 9; stroke-opacity: 1; }
.loaded { fill: var(--second); }
.arrow { fill: var(--second); }
"""

# The drawing of the circuit, in pixels.
ROWS = (84, 106, 136, 158, 188, 210)
ROW_NAMES = ("+x₁", "−x₁", "+x₂", "−x₂", "+Vs", "−Vs")
FIRST_COLUMNS, NEXT_COLUMNS = (96, 136, 176), (352, 386, 420)
TOP, BOTTOM, NEURON = 70, 226, 300
MINUS, PLUS = 254, 330  # where V- and V+ turn up to the rows that they drive
MINUS_ROW, PLUS_ROW = ROWS[2], ROWS[3]


def line(class_: str, *points: tuple[float, float]) -> Element:
    return element("polyline", class_=class_, points=" ".join(f"{x:g},{y:g}" for x, y in points))


def text(x: float, y: float, words: str, class_: str = "") -> Element:
    return element("text", words, x=x, y=y, class_=class_)


def cell(x: float, y: float, class_: str) -> Element:
    """A memristor from a row to a column, across their crossing."""
    turned = f"rotate(45 {x:g} {y:g})"
    return element(
        "rect", class_=f"cell {class_}", x=x - 3.5, y=y - 7, width=7, height=14, transform=turned
    )


def inverter(x: float, name: str) -> list[Element]:
    corners = f"{x:g},{NEURON - 17} {x:g},{NEURON + 17} {x + 28:g},{NEURON}"
    return [
        element("polygon", class_="gate", points=corners),
        element("circle", class_="gate", cx=x + 32, cy=NEURON, r=4),
        text(x + 14, NEURON + 34, name, "middle"),
    ]


def circuit() -> Element:
    """One column of a crossbar, its neuron, and the two rows of the next that it drives."""
    column, *_ = reversed(FIRST_COLUMNS)
    parts = [text(24, 40, "One neuron, and the crossbar that loads it", "title")]
    for y, name in zip(ROWS, ROW_NAMES, strict=True):
        parts += [line("wire", (58, y), (198, y)), text(52, y + 4, name, "end")]
    for x in FIRST_COLUMNS[:-1]:
        parts.append(line("wire", (x, TOP), (x, BOTTOM)))
    parts.append(line("net", (column, TOP), (column, NEURON), (200, NEURON)))
    for y in (*ROWS[:2], *ROWS[4:]):
        parts.append(line("wire", (NEXT_COLUMNS[0] - 12, y), (438, y)))
    for x in NEXT_COLUMNS:
        parts.append(line("wire", (x, TOP), (x, BOTTOM)))
    parts += [
        line("load", (240, NEURON), (MINUS, NEURON), (MINUS, MINUS_ROW), (438, MINUS_ROW)),
        line("out", (MINUS, NEURON), (278, NEURON)),
        line("load", (312, NEURON), (PLUS, NEURON), (PLUS, PLUS_ROW), (438, PLUS_ROW)),
        *(cell(x, y, "net" if x == column else "") for x in FIRST_COLUMNS for y in ROWS),
        *(
            cell(x, y, "load" if y in (MINUS_ROW, PLUS_ROW) else "")
            for x in NEXT_COLUMNS
            for y in ROWS
        ),
        *inverter(200, "INV1"),
        *inverter(276, "INV2"),
        element("circle", class_="arrow", cx=MINUS, cy=NEURON, r=3.5),
        text(MINUS - 4, NEURON - 12, "V−", "end strong"),
        text(PLUS + 8, NEURON + 4, "V+", "strong"),
        text(column - 7, 262, "net", "end strong"),
        element("polygon", class_="arrow", points="296,131 296,141 306,136"),
        text(300, 122, "G·V − J", "middle loaded"),
    ]
    notes = (
        "A column floats to the mean of its rows, weighted by its cells;",
        "two inverters answer with V− and V+. The rows that they drive",
        "draw G·V − J, and J depends on all other rows of that crossbar.",
    )
    parts += [text(24, 366 + 18 * number, note) for number, note in enumerate(notes)]
    return element("g", *parts)


def scatter(simulated: FloatArray, ignored: FloatArray, modelled: FloatArray, name: str) -> Element:
    both = axis([*simulated, *ignored, *modelled], "simulated by ngspice", "V")
    plot = Plot(
        "predicted against simulated voltage",
        both,
        Axis(both.low, both.high, both.ticks, "predicted, mV"),
        width=390,
        height=350,
    )
    plot.line([both.low, both.high], [both.low, both.high], "faint")
    plot.dots(simulated, ignored, "second")
    plot.dots(simulated, modelled, "first")
    plot.svg.set("class", "plot")
    plot.svg.set("x", "472")
    plot.svg.set("y", "58")
    parts = [text(472, 40, f"{name}: {len(simulated)} read-outs, predicted", "title"), plot.svg]
    for y, kind, words, predicted in (
        (98, "first", "with the load", modelled),
        (118, "second", "without it", ignored),
    ):
        rms = engineering(float(np.sqrt(np.mean((predicted - simulated) ** 2))), "V")
        parts.append(element("path", class_=f"dots key {kind}", d=f"M532 {y - 4}h0"))
        parts.append(text(542, y, f"{words}: {rms} RMS error"))
    return element("g", *parts)


def figure(out: Path) -> str:
    stored, plan = read_stored(out / PARAMETERS_FILE), read_plan(out / STIMULI_FILE)
    simulation = Simulation(reduce=True, jobs=os.cpu_count() or 1)
    verified = verify_folder(out, sha256=None, simulation=simulation)
    # The load of an inverter counts by its size, and so an endless one has none.
    parameters = stored.program.parameters()
    endless = NetworkParameters(
        tuple(
            replace(x, size_minus=1e9 * x.size_minus, size_plus=1e9 * x.size_plus)
            for x in parameters.layers
        )
    )
    ignored = LatimPredictor(endless, stored.vtc.design).predict(plan.stimuli.inputs_volts)
    found = verified.design
    tree = element(
        "svg",
        element("title", "How an inverter-based memristive network is loaded, and predicted"),
        element("style", STYLE),
        element("rect", class_="card", x=0.5, y=0.5, width=WIDTH - 1, height=HEIGHT - 1, rx=10),
        circuit(),
        scatter(
            found.simulated_volts.ravel(),
            ignored.ravel(),
            found.predicted_volts.ravel(),
            verified.network,
        ),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
    )
    return markup(tree) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="the output folder of a compile")
    parser.add_argument("--svg", type=Path, default=ROOT / "docs" / "overview.svg")
    arguments = parser.parse_args()
    arguments.svg.parent.mkdir(exist_ok=True)
    arguments.svg.write_text(figure(arguments.out), encoding="utf-8")
    print(f"{arguments.svg}: {arguments.svg.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
