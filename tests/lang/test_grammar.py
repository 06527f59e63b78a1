"""The parser is that of the grammar, whether its tables were made beforehand or are made now."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import lark
import pytest

from imnnc.lang import grammar
from imnnc.resources import resource

EXAMPLES = Path(__file__).parents[2] / "examples"
parse = importlib.import_module("imnnc.lang.parse")


def test_the_tables_are_those_of_the_grammar():
    stored = (resource("grammar") / grammar.TABLES_FILE).read_text(encoding="utf-8")
    if json.loads(stored)["of"]["lark"] != lark.__version__:
        pytest.skip("made by another version of lark, whose tables are not taken here")
    assert stored == grammar.tables(), "`python -m scripts.grammar_tables` makes them"


@pytest.mark.parametrize("change", ["none", "another grammar", "damaged", "missing"])
def test_other_tables_are_not_taken(change, tmp_path, monkeypatch):
    folder = tmp_path / "grammar"
    shutil.copytree(resource("grammar"), folder)
    tables = folder / grammar.TABLES_FILE
    if change == "another grammar":
        with (folder / grammar.GRAMMAR_FILE).open("a", encoding="utf-8") as file:
            file.write("// and nothing else\n")
    elif change == "damaged":
        tables.write_bytes(tables.read_bytes()[:-100])
    elif change == "missing":
        tables.unlink()
    monkeypatch.setattr(grammar, "resource", lambda name: tmp_path / name)
    text = (EXAMPLES / "iris.imnn").read_text(encoding="utf-8")
    parser = grammar.parser(parse._Builder())
    assert parser.source_path == ("<deserialized>" if change == "none" else "<string>")
    assert parser.parse(text, "start") == parse._run(text, "start")
