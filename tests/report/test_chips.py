"""The figures of chips show what `chips.json` has, and stand alone where they have to."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from imnnc.report.chips import by_cause, figure, scores

SVG = "{http://www.w3.org/2000/svg}"


def found(*causes: str, accuracy: bool = True) -> dict[str, Any]:
    word = "accuracy" if accuracy else "target_mse_v2"
    each = [0.5, 0.5, 0.51, 0.7, 0.9] if accuracy else [1e-3, 1.5e-3, 2e-3, 2e-3, 9e-3]
    figures = {"mean": each[2], "sd": 0.1, "tail": each[1], "worst": each[0]}
    return {
        "network": "points",
        "corner": "tt",
        "seed": 1,
        "chips": 5,
        "samples": 100,
        word: {"nominal": 0.96 if accuracy else 5e-4, **figures},
        "causes": {cause: {"chips": 5, word: figures} for cause in causes},
        "each_chip": each,
    }


def counted(svg: str) -> int:
    return sum(int(x) for x in re.findall(r"more: (\d+)</title>", svg))


@pytest.mark.parametrize("accuracy", [True, False])
def test_every_chip_is_in_one_bar(accuracy):
    assert counted(scores(found(accuracy=accuracy))) == 5


def test_no_bar_is_narrower_than_a_sample():
    of = {**found(), "samples": 5, "each_chip": [0.4, 0.6, 0.6, 0.8, 1.0]}
    assert re.findall(r"<title>(\S+ and more: \d)", scores(of)) == [
        "40.00% and more: 1",
        "60.00% and more: 2",
        "80.00% and more: 2",
    ]


def test_chips_that_are_all_alike_have_a_figure():
    of = {**found(), "each_chip": [0.96] * 5}
    assert counted(scores(of)) == 5


def test_causes_have_a_row_each_and_all_of_them_one():
    of = found("cells", "thresholds")
    of["causes"]["cells"]["accuracy"] = {**of["accuracy"], "mean": 0.95, "tail": 0.94}
    svg = by_cause(of)
    assert svg is not None
    words = [x.text for x in ElementTree.fromstring(svg).iter("text")]
    assert words[:3] == ["all", "cells", "thresholds"]
    assert by_cause(found()) is None


@pytest.mark.parametrize("causes", [(), ("thresholds", "cells", "stuck")])
def test_the_figure_is_a_document_of_its_own(causes):
    tree = ElementTree.fromstring(figure(found(*causes)))
    assert tree.tag == f"{SVG}svg"
    assert float(tree.get("width", "0")) == (890 if causes else 436)
    texts = [x.text for x in tree.iter(f"{SVG}text")]
    assert "points: 5 chips" in texts
