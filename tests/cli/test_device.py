"""`--device`: what is not there is said before anything is done."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imnnc import api
from imnnc.cli import app
from imnnc.diagnostics import CompileError, ExitCode

COMMANDS = (["compile", "no.imnn"], ["compare", "no.imnn"], ["evaluate", "no"], ["chips", "no"])


@pytest.mark.parametrize("words", COMMANDS[:2], ids=lambda words: words[0])
def test_a_device_that_is_none_is_refused_before_the_source_is_read(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*words, "-o", "out", "--device", "gpu", "--json"])
    assert result.exit_code == ExitCode.USAGE
    assert json.loads(result.stderr)["code"] == "IM754"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_help_says_which_there_are(words):
    shown = " ".join(CliRunner().invoke(app, [words[0], "--help"]).stdout.split())
    assert (
        "What solves and trains: cpu, or a GPU such as cuda, cuda:1 or mps. [default: cpu]" in shown
    )


@pytest.mark.parametrize("of", [api.compile, api.compare, api.chips, api.Compilation.evaluate])
def test_python_has_it_as_well(of):
    assert inspect.signature(of).parameters["device"].default == "cpu"


def test_chips_and_evaluate_refuse_it_first():
    for call in (
        lambda: api.chips("no", device="cuda:99"),
        lambda: api.Compilation(Path("no")).evaluate(device="cuda:99"),
    ):
        with pytest.raises(CompileError) as error:
            call()
        assert error.value.diagnostics[0].code == "IM754"
