"""The extension for VS Code: its grammar is that of the vocabulary, and npm packages it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from imnnc.lang.textmate import textmate_grammar
from imnnc.lang.vocabulary import DECLARATIONS

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
GRAMMAR = EXTENSION / "syntaxes" / "imnn.tmLanguage.json"
PATTERNS = {pattern["name"]: pattern for pattern in textmate_grammar()["patterns"]}


def test_the_grammar_of_the_extension_is_that_of_the_vocabulary():
    written = json.dumps(textmate_grammar(), indent=2, ensure_ascii=False) + "\n"
    assert GRAMMAR.read_text(encoding="utf-8") == written, f"write it to {GRAMMAR}:\n{written}"


def test_words_are_coloured_as_what_they_are():
    declaration = re.compile(PATTERNS["keyword.control.imnn"]["match"])
    assert all(declaration.match(f"{word} x") for word in DECLARATIONS)
    number = re.compile(PATTERNS["constant.numeric.imnn"]["match"])
    assert number.match("120 nS .. 1 uS").group() == "120 nS"
    assert number.match("3 %").group() == "3 %"
    assert number.match("30 samples").group() == "30"


def test_npm_packages_the_extension(tmp_path: Path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    folder = tmp_path / "vscode"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    installed = npm(folder, "install", "--no-audit", "--no-fund", "--no-package-lock")
    if installed.returncode:
        pytest.skip(f"the npm registry does not serve it: {installed.stderr[-300:]}")
    packaged = npm(folder, "run", "package")
    assert packaged.returncode == 0, packaged.stdout + packaged.stderr
    with zipfile.ZipFile(folder / "imnnc.vsix") as archive:
        assert {
            "extension/package.json",
            "extension/dist/extension.js",
            "extension/language-configuration.json",
            "extension/syntaxes/imnn.tmLanguage.json",
        } <= set(archive.namelist())
        assert b"LanguageClient" in archive.read("extension/dist/extension.js")


def npm(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
