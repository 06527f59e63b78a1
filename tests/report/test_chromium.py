"""Pages in a browser: at every width, light, dark and printed, nothing is cut or faint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from imnnc.report.difference import Difference, Figure, Setting, _layers
from imnnc.report.side_by_side import write_difference
from tests.support.chromium import CHROMIUM, Browser, browser
from tests.support.networks import network, program
from tests.support.reported import artifacts, report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no `chromium` here")

LOOKS = {
    "phone": {"width": 375},
    "phone, dark": {"width": 375, "dark": True},
    "tablet": {"width": 768},
    "tablet, dark": {"width": 768, "dark": True},
    "desktop": {"width": 1440},
    "desktop, dark": {"width": 1440, "dark": True},
    "A4 paper": {"width": 718, "printed": True},
    "paper of a dark screen": {"width": 718, "dark": True, "printed": True},
}
LEAST_CONTRAST = 4.5

# What reaches beyond the window and lies in nothing that scrolls.
BEYOND = """
[...document.querySelectorAll("body *")].filter(x => {
  const box = x.getBoundingClientRect();
  if (!box.width || (box.left >= -0.5 && box.right <= innerWidth + 0.5)) return false;
  for (let at = x; at; at = at.parentElement)
    if (getComputedStyle(at).overflowX == "auto") return false;
  return true;
}).map(x => x.outerHTML.slice(0, 120))
"""

# The texts whose colour is too near to that of what they stand on: the luminances of WCAG 2.
FAINT = """
(() => {
  const rgba = text => {
    const found = text.match(/[\\d.]+/g).map(Number), [r, g, b, a = 1] = found;
    return text.startsWith("color(") ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const over = (top, below) =>
    [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * below[i]).concat(1);
  const ground = x => {
    if (!x) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(x).backgroundColor);
    return own[3] == 1 ? own : over(own, ground(x.parentElement));
  };
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const x = node.parentElement, style = getComputedStyle(x);
    if (!node.data.trim() || !x.getClientRects().length) continue;
    const behind = ground(x), ink = rgba(x.closest("svg") ? style.fill : style.color);
    const both = [luminance(over(ink, behind)), luminance(behind)].sort((a, b) => b - a);
    const contrast = (both[0] + 0.05) / (both[1] + 0.05);
    if (contrast < LEAST) faint.push(`${contrast.toFixed(2)} ${node.data.trim()}`);
  }
  return faint;
})()
""".replace("LEAST", str(LEAST_CONTRAST))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """A report with all that one can have."""
    folder = tmp_path_factory.mktemp("page")
    known = artifacts(
        folder,
        (196, 20, 10),
        corners=("tt", "ff", "ss"),
        samples=60,
        picture=(14, 14),
        source="fashion-mnist",
    )
    report(known, folder)
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def difference_page(tmp_path_factory) -> Path:
    """Two networks side by side, in folders of long names."""
    of = program(network((20, 10, 5)))
    first, *others = of.crossbars
    other = replace(of, crossbars=(replace(first, ohms_plus=1.5 * first.ohms_plus), *others))
    found = Difference(
        "out/a_network_of_a_long_name/by/equilibrium",
        "out/a_network_of_a_long_name/by/latim",
        tuple(Figure(f"a figure of number {n}", "J", 1e-12, 2e-12) for n in range(5)),
        tuple(_layers(of, other)),
        tuple(Setting(f"options.pass{n}.an_option_{n}", [0.02, 0.04], "x" * 40) for n in range(5)),
        tuple(f"program/a_crossbar_of_number_{n}.csv" for n in range(12)),
    )
    path = tmp_path_factory.mktemp("difference") / "diff.html"
    write_difference(path, found)
    return path


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("which", ["page", "difference_page"])
def test_pages_read_well(chromium: Browser, request, which: str, look: str):
    page = request.getfixturevalue(which)
    chromium.look(**LOOKS[look])
    chromium.open(page)
    assert chromium.messages == []
    assert [x for x in chromium.requests if not x.startswith("data:")] == [page.as_uri()]
    assert chromium.value("document.scrollingElement.scrollWidth <= innerWidth")
    assert chromium.value(BEYOND) == []
    assert chromium.value(FAINT) == []


def test_what_is_faint_or_too_wide_is_found(chromium: Browser, tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text(
        "<body style='background: #fff'><p style='color: #999'>grey</p><p>black</p>"
        "<div style='width: 2000px'></div><script>console.log(1)</script>"
    )
    chromium.look(375)
    chromium.open(page)
    assert chromium.value(FAINT) == ["2.85 grey"]
    assert len(chromium.value(BEYOND)) == 1
    assert len(chromium.messages) == 1
    assert json.loads(chromium.messages[0])["args"][0]["value"] == 1
