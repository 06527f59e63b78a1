"""Folders from strangers on the command line: nothing that lies in them is run."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imnnc.artifacts.reading import read_plan
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.cli import app
from imnnc.diagnostics import CompileError
from imnnc.files.artifact import write_artifact
from imnnc.files.files import sha256_file
from imnnc.files.manifest import read_manifest, write_manifest
from imnnc.measure.copied import copied
from tests.simulate.hostile import CANARY, Hostile, hostile_texts

KINDS = {
    "testbench": "points.tb.ngspice.sp",
    "netlist": "points.ngspice.sp",
    "cells": "points.ngspice.cells.layer0.inc",
    "models": "models/lvt90.lib",
    "included": "models/more.inc",
}
_NAMES = (
    "control: shell",
    "opening: many carriage returns",
    "semicolon hash",
    "unused subcircuit",
    "measure to a file",
)
CHOSEN = [x for x in hostile_texts() if x.name in _NAMES]


def poison(folder: Path, kind: str, hostile: Hostile, canary: Path) -> Path:
    """Put hostile lines into a file of a folder; its path."""
    if kind == "included":
        library = folder / KINDS["models"]
        text = library.read_text().replace(".lib devices", ".lib devices\n.inc more.inc")
        library.write_text(text)
        (folder / KINDS[kind]).write_text("* more\n* models\n")
    path = folder / KINDS[kind]
    first, second, rest = path.read_bytes().split(b"\n", 2)
    text = hostile.text.replace(CANARY, str(canary)).encode("latin-1")
    path.write_bytes(b"\n".join([first, second, text, rest]))
    return path


def seal(folder: Path) -> None:
    """Make the hashes fit, as whoever sends a hostile folder would."""
    if (folder / "manifest.json").is_file():
        write_manifest(folder, read_manifest(folder))
        return
    index = folder / "golden.json"
    tree = json.loads(index.read_text())
    names = {*tree["files"], *(f"models/{x.name}" for x in (folder / "models").iterdir())}
    tree["files"] = {name: sha256_file(folder / name) for name in names}
    index.write_text(json.dumps(tree))


def run(*arguments: object):
    return CliRunner().invoke(app, [*map(str, arguments), "-j", "1"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", CHOSEN, ids=lambda hostile: hostile.name)
def test_a_folder_whose_hashes_fit_runs_nothing(
    hostile: Hostile, kind: str, out: Path, golden: Path, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    kept = shutil.copytree(golden, tmp_path / "golden")
    path = poison(out, kind, hostile, canary)
    poison(kept, kind, hostile, canary)
    seal(out)
    seal(kept)
    for arguments in (
        ("verify", out, "--driver", "ngspice"),
        ("verify", out, "--driver", "pyspice", "--edited"),
        ("verify", out, "--reduce"),
        ("evaluate", out, "--prove", 1),
        ("golden", "update", out, "--golden", tmp_path / "new", "--yes"),
        ("check", out, "--golden", kept, "--level", "behaviour"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, result.output
        # With `--reduce`, the first crossbar is replaced before a simulator would read it.
        assert "error[IM608]" in result.stderr or kind == "cells"
        assert path.name in result.stderr
        assert not canary.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_changed_is_an_error_before_it_is_looked_at(
    kind: str, out: Path, golden: Path, tmp_path: Path
) -> None:
    path = poison(out, kind, CHOSEN[0], tmp_path / "canary")
    inputs = tmp_path / "inputs.npz"
    for arguments in (("verify", out), ("evaluate", out), ("predict", out, inputs)):
        result = CliRunner().invoke(app, [*map(str, arguments)])
        assert result.exit_code in (1, 2)
    assert "error[IM513]" in run("verify", out).stderr
    result = run("check", out, "--golden", golden, "--level", "behaviour")
    assert result.exit_code == 3
    assert "is not as it was written: its sha256 differs" in result.stdout
    assert path.exists()
    assert not (tmp_path / "canary").exists()


def test_an_output_that_is_hostile_is_refused_once_the_golden_was_simulated(
    out: Path, golden: Path, tmp_path: Path
) -> None:
    poison(out, "netlist", CHOSEN[0], tmp_path / "canary")
    seal(out)
    result = run("check", out, "--golden", golden, "--level", "behaviour")
    assert (result.exit_code, "error[IM608]" in result.stderr) == (1, True)
    assert not (tmp_path / "canary").exists()


def test_what_the_list_of_files_does_not_have_is_not_read(out: Path) -> None:
    manifest = read_manifest(out)["files"]
    (out / "models/more.lib").write_text("* more\n")
    with copied(out, manifest) as copy:
        assert {x.name for x in (copy.folder / "models").iterdir()} == {"lvt90.lib"}
    with copied(out, None) as copy:
        assert {x.name for x in (copy.folder / "models").iterdir()} == {"lvt90.lib", "more.lib"}


@pytest.mark.parametrize("name", ["models/x", "models/away/x", "models/../../x", "../x", "/x"])
def test_a_copy_has_nothing_from_elsewhere(name: str, out: Path, tmp_path: Path) -> None:
    for outside in (tmp_path / "x", tmp_path / "away" / "x"):
        outside.parent.mkdir(exist_ok=True)
        outside.write_text("* x\n")
    (out / "models/x").symlink_to(tmp_path / "x")
    (out / "models/away").symlink_to(tmp_path / "away")
    sha256 = {**read_manifest(out)["files"], name: sha256_file(tmp_path / "x")}
    if ".." in name or name == "/x":
        with copied(out, sha256) as copy:
            assert not list(copy.folder.rglob("x"))
        return
    with (
        pytest.raises(CompileError, match=r"(?m)it is a link out of its folder$"),
        copied(out, sha256),
    ):
        pass


@pytest.mark.parametrize("corner", ["../../x", "/tmp/x", "tt\n.control", "", "a b", "x/y"])
def test_a_corner_of_a_stored_plan_is_a_name(corner: str, out: Path, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if out not in path.parents}
    plan = read_plan(out / STIMULI_FILE)
    write_artifact(out / STIMULI_FILE, "plan", replace(plan, corners=(*plan.corners, corner)))
    seal(out)
    for command in ("verify", "evaluate"):
        result = run(command, out)
        assert (result.exit_code, "Traceback" in result.output) == (1, False), result.output
    assert {path for path in tmp_path.rglob("*") if out not in path.parents} == before
