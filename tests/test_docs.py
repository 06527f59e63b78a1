"""The documentation: it builds without a warning, tells of every word, and its tutorials run."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_wine

import imnnc
from imnnc.diagnostics import Source, explanations
from imnnc.lang.format import format_source
from imnnc.lang.reference import CHOICES, base_kind, entries
from imnnc.lang.vocabulary import DECLARATIONS, SETTINGS
from scripts.site_pages import commands_page, diagnostics_page, python_page, settings_page
from tests.report.test_chromium import BEYOND, FAINT
from tests.support.chromium import CHROMIUM, browser
from tests.support.pages import DOCS, blocks, commands, own_commands
from tests.support.shell import ROOT, environment, put_tool

# What colours there are depends on no width: every page is looked at in both schemes.
LOOKS = ((375, False), (768, True), (1440, False))
SCHEMES = {False: "default", True: "slate"}
PAGES = (
    *("index.html", "tutorials/circuit.html", "physics.html", "results.html"),
    *("reference/settings.html", "reference/python.html"),
)


def run(command: str, folder: Path) -> None:
    put_tool(folder)
    done = subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, whose warnings are errors; links within it and their anchors are checked."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_formulas_need_no_program(site):
    physics = (site / "physics.html").read_text()
    assert "<math" in physics
    assert "arithmatex" not in physics


@pytest.mark.skipif(CHROMIUM is None, reason="there is no `chromium` here")
def test_pages_read_well_at_every_width_and_ask_nothing_of_the_network(site, tmp_path):
    within = BEYOND.replace("body *", ".md-content *")
    with browser(tmp_path) as found:
        for name, (width, dark) in product(PAGES, LOOKS):
            found.look(width, dark=dark)
            found.open(site / name)
            where = (name, width, dark)
            assert found.value("document.body.dataset.mdColorScheme") == SCHEMES[dark]
            assert found.messages == [], where
            assert [x for x in found.requests if not x.startswith(("data:", "file:"))] == [], where
            assert found.value("document.scrollingElement.scrollWidth <= innerWidth"), where
            assert found.value(within) == [], where
            assert found.value(FAINT) == [], where


def test_every_setting_of_the_vocabulary_is_documented():
    page = settings_page()
    known = {(base_kind(kind), word) for kind, words in SETTINGS.items() for word in words}
    known |= {("declarations", word) for word in DECLARATIONS}
    assert known <= set(entries())
    sections = dict(
        zip(*[iter(re.split(r"^## (.*)$", page, flags=re.MULTILINE)[1:])] * 2, strict=True)
    )
    for kind, word in known:
        title = "What a source is made of" if kind == "declarations" else f"In `{kind}`"
        assert f"| `{word}` |" in sections[title], (kind, word)
    for choices in CHOICES.values():
        assert all(f"`{choice}`" in page for choice in choices)


def test_every_diagnostic_command_and_python_name_is_documented():
    assert re.findall(r"^## (IM\d+): ", diagnostics_page(), re.MULTILINE) == sorted(explanations())
    page = commands_page()
    assert all(f"### `imnnc {x}`" in page for x in ("compile", "doctor", "tech characterize"))
    assert "--params" in page
    assert all(f"::: imnnc.{x}\n" in python_page() for x in ("compile", "load", "CompileError"))
    assert "__version__" in imnnc.__all__


@pytest.mark.parametrize(("name", "most"), [("circuit.md", 6), ("ci.md", 5)])
def test_a_tutorial_has_few_commands_and_canonical_sources(name, most):
    page = DOCS / "tutorials" / name
    assert 3 <= len(commands(page)) <= most
    for source in blocks(page, "imnn"):
        assert format_source(Source("net.imnn", source)) == source


def test_the_tutorial_of_the_circuit_designer(tmp_path):
    page = DOCS / "tutorials" / "circuit.md"
    samples = load_wine()
    heading = ",".join([*(x.replace("/", " ") for x in samples.feature_names), "kind"])
    table = np.column_stack([samples.data, samples.target])
    np.savetxt(tmp_path / "wine.csv", table, "%g", ",", header=heading, comments="")
    begin, compile_command, figure = own_commands(page)
    run(begin, tmp_path)
    (source,) = blocks(page, "imnn")
    (tmp_path / "wine.imnn").write_text(source)
    run(compile_command, tmp_path)
    netlist = (tmp_path / "out" / "wine.spectre.scs").read_text()
    assert 'include "$KITS/sky130/models.scs" section=tt\n' in netlist
    assert "models/" not in netlist
    run(figure, tmp_path)
    assert (tmp_path / "curves.pdf").read_bytes().startswith(b"%PDF")
