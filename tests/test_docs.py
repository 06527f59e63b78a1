"""The documentation: it builds without a warning, tells of every word, and its tutorials run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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
from tests.support.pages import DOCS, blocks, commands, own_commands

ROOT = Path(__file__).resolve().parent.parent


def run(command: str, folder: Path) -> None:
    tool = folder / "bin" / "imnnc"
    if not tool.exists():
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore -m imnnc "$@"\n')
        tool.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IMNNC_CACHE_DIR": str(folder / "cache")}
    environment["PATH"] = f"{tool.parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_site_builds_without_a_warning_and_asks_nothing_of_the_network(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    asking = re.compile(
        r"<(?:script|img|iframe|source)[^>]* src=\"?(?:https?:|//)"
        r"|<link[^>]*rel=\"?(?:stylesheet|preconnect)\"?[^>]*href=\"?(?:https?:|//)"
    )
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    assert [page.name for page in pages if asking.search(page.read_text())] == []
    physics = (tmp_path / "physics.html").read_text()
    assert "<math" in physics
    assert "arithmatex" not in physics


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
    assert (tmp_path / "out" / "wine.spectre.scs").is_file()
    run(figure, tmp_path)
    assert (tmp_path / "curves.pdf").read_bytes().startswith(b"%PDF")
