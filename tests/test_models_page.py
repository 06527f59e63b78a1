"""The page on models, executed: what it says is what happens, in as many statements as it says."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import onnxruntime
from typer.testing import CliRunner

from imnnc.cli import app

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")


# In their order, each with its language.
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def test_a_model_becomes_a_circuit_and_the_circuit_a_module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, job, _ = found = blocks("python")
    assert len(ast.parse(job).body) <= 4
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, "docs/models.md", "exec"), names)
    likeness = names["compilation"].summary["model"]
    assert likeness["agreement"]["simulated"] >= 0.9
    assert names["compilation"].verification["power_w"]["rails"] > 0
    assert float(names["agreement"]) >= 0.9
    export = next(line for block in blocks("") for line in block.splitlines() if "export" in line)
    result = CliRunner().invoke(app, shlex.split(export)[1:])
    assert result.exit_code == 0, result.output
    session = onnxruntime.InferenceSession("flowers.onnx")
    (volts,) = session.run(None, {"inputs": np.asarray(names["x"], np.float64)})
    assert np.abs(volts - names["volts"].numpy()).max() < 1e-6
