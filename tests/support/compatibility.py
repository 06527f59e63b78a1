"""A golden that stays in the repository as version 0.1.0 wrote it: it is read for ever.

What is compiled from it is the same on any machine, and the same as then, but for what
CHANGELOG.md names.  `python -m tests.support.compatibility` keeps one of a new schema.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import imnnc
from imnnc.api import Compilation, update_golden
from imnnc.files.artifact import ARTIFACT_SCHEMA

HERE = Path(__file__).resolve().parents[1] / "check" / "schema_1"


def compile_stored(folder: Path, stored: Path = HERE, params: Path | None = None) -> Compilation:
    """Compile a stored source from its golden's parameters, or from others."""
    for name in ("points.imnn", "points.csv", "test.csv"):
        shutil.copyfile(stored / name, folder / name)
    params = params or stored / "golden" / "params.npz"
    source, out, cache = folder / "points.imnn", folder / "out", folder / "cache"
    return imnnc.compile(source, out, params=params, jobs=1, cache=cache)


def keep_schema() -> None:
    """Keep a golden of today's schema; those of earlier ones are never written anew."""
    folder = HERE.with_name(f"schema_{ARTIFACT_SCHEMA}")
    folder.mkdir()
    for name in ("points.imnn", "points.csv", "test.csv"):
        shutil.copyfile(HERE / name, folder / name)
    with tempfile.TemporaryDirectory() as scratch:
        update_golden(compile_stored(Path(scratch)).out, folder / "golden")


if __name__ == "__main__":
    keep_schema()
