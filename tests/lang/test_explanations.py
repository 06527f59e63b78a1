"""The examples of `imnnc explain` do what they are examples of."""

from __future__ import annotations

import shlex
import tomllib

import pytest

from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.resources import resource
from tests.support.sources import Folder, source

ENTRIES = tomllib.loads((resource("explanations") / "language.toml").read_text(encoding="utf-8"))
EXAMPLES = {code: entry["example"] for code, entry in ENTRIES.items() if "example" in entry}
# What these say cannot be shown in one source file.
WITHOUT = {"IM002", "IM003", "IM019", "IM142", "IM144", "IM146"}


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_an_example_provokes_its_diagnostic(folder: Folder, code: str):
    example = EXAMPLES[code]
    defines = {}
    if example.startswith("imnnc compile net.imnn -D "):
        name, _, value = shlex.split(example)[-1].partition("=")
        defines[name] = value
        example = source(before="let hidden_units = 10")
    path = folder.write(example)
    with pytest.raises(CompileError) as caught:
        load_design(path, defines)
    assert code in [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_every_explanation_has_an_example_where_one_file_can_show_it():
    assert set(ENTRIES) - set(EXAMPLES) == WITHOUT


def test_the_complete_design_in_an_explanation_is_one(folder: Folder):
    lines = ENTRIES["IM120"]["text"].splitlines()
    design = folder.design("\n".join(line[4:] for line in lines if line.startswith("    ")))
    assert design.network.name == "iris"
