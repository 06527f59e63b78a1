"""`compare.svg`: stands alone, shows every method, and is the same each time."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from imnnc.compare.figure import draw
from imnnc.compare.runs import Comparison
from tests.support.invented import METHODS, comparison

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {
    "three methods": {},
    "two methods": {"methods": ("phax", "latim")},
    "one method": {"methods": ("latim",), "seeds": (1,)},
    "regression": {"classes": False},
    "one does not move": {"dead": ("latim",)},
    "none moves": {"dead": METHODS},
}


def words(figure: str) -> str:
    texts = ElementTree.fromstring(figure).iter(f"{SVG}text")
    return "\n".join("".join(x.itertext()) for x in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_well_formed_and_needs_nothing_else(kind):
    figure = draw(comparison(**KINDS[kind]))
    tree = ElementTree.fromstring(figure)
    assert tree.tag == f"{SVG}svg"
    for forbidden in ("href", "url(", "@import", "script", "nan"):
        assert forbidden not in figure
    width, height = (float(tree.get(name)) for name in ("width", "height"))
    assert tree.get("viewBox") == f"0 0 {width:g} {height:g}"
    for nested in tree.iter(f"{SVG}svg"):
        if nested is not tree:
            assert float(nested.get("x")) >= 0
            assert float(nested.get("x")) + float(nested.get("width")) <= width
            assert float(nested.get("y")) + float(nested.get("height")) <= height


def test_every_method_has_its_dots_and_its_bars():
    tree = ElementTree.fromstring(draw(comparison()))
    dots = [x for x in tree.iter(f"{SVG}path") if x.get("class") == "dots first"]
    assert [x.get("d").count("M") for x in dots] == [40] * 3  # 20 samples, 2 outputs
    bars = [x for x in tree.iter(f"{SVG}rect") if x.get("class") in ("first", "second")]
    assert [x.find(f"{SVG}title").text for x in bars] == [
        *("phax: 4 pJ", "rim: 6 pJ", "latim: 1 pJ"),  # each at its own delay
        *("phax: 8 pJ", "rim: 12 pJ", "latim: 2 pJ"),  # all at one hold time
    ]
    assert [x.get("class") for x in bars] == 2 * ["second", "second", "first"]
    heights = [float(x.get("height")) for x in bars]
    assert heights[0] / heights[2] == pytest.approx(4, rel=0.05)


def test_what_does_not_move_has_no_bar():
    tree = ElementTree.fromstring(draw(comparison(dead=("latim",))))
    bars = [x for x in tree.iter(f"{SVG}rect") if x.get("class") in ("first", "second")]
    assert [x.get("class") for x in bars] == 2 * ["second", "second"]
    assert words(draw(comparison(dead=("latim",)))).count("not measured") == 2


def test_heads_say_error_and_accuracy():
    shown = words(draw(comparison()))
    assert "sample, 4-3-2: predicted against simulated by ngspice" in shown
    assert "20 samples, 2 outputs each, seed 1" in shown
    for head in ("PHAX: 10 mV RMS, 82.0%", "RIM: 5 mV RMS, 82.0%", "LATIM: 1 mV RMS, 82.0%"):
        assert head in shown
    assert "All held for 40 ns" in shown
    assert "%" not in words(draw(comparison(classes=False)))


def test_the_same_comparison_makes_the_same_bytes():
    assert draw(comparison()) == draw(comparison())


def test_at_most_a_thousand_points_a_method_are_drawn():
    def larger(whole: Comparison) -> Comparison:
        runs = []
        for run in whole.runs:
            volts = np.random.default_rng(1).uniform(-0.25, 0.25, (700, 2))
            corner = replace(
                run.verification.design, predicted_volts=volts, simulated_volts=volts + 1e-3
            )
            runs.append(replace(run, verification=replace(run.verification, corners=(corner,))))
        return replace(whole, runs=tuple(runs))

    tree = ElementTree.fromstring(draw(larger(comparison())))
    dots = [x for x in tree.iter(f"{SVG}path") if x.get("class") == "dots first"]
    assert [x.get("d").count("M") for x in dots] == [700] * len(METHODS)


@pytest.mark.parametrize("methods", [("phax", "latim"), METHODS])
def test_heads_side_by_side_stay_apart(methods):
    tree = ElementTree.fromstring(draw(comparison(methods=methods)))
    rows: dict[str, list[tuple[float, str]]] = {}
    for head in tree.iter(f"{SVG}text"):
        if head.get("class") == "head":
            rows.setdefault(head.get("y"), []).append((float(head.get("x")), head.text))
    assert len(rows) >= 2
    for row in rows.values():
        ends = [x + 7 * len(words) for x, words in row]
        assert all(end < x for end, (x, _) in zip(ends, row[1:], strict=False))
        assert ends[-1] < float(tree.get("width"))
