"""An artifact as one `.npz` file that people keep: `params.npz`, `stimuli.npz`.

Schema 1 named classes with the modules that they were in; from 2 on it is their own names alone.
Both are read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from imnnc.files.arrays import read_npz, write_npz
from imnnc.files.codec import decode, encode
from imnnc.files.decoding import DamagedError
from imnnc.files.files import damaged

ARTIFACT_SCHEMA = 2

T = TypeVar("T")


def write_artifact(path: Path, key: str, artifact: object) -> None:
    """Write an artifact under the name `key` of the file's description.  Fails with IM510."""
    tree, arrays = encode(artifact)
    write_npz(path, arrays, {key: tree}, ARTIFACT_SCHEMA)


def read_artifact(path: Path, key: str, kind: type[T], check: Callable[[T], None]) -> T:
    """The artifact of class `kind` that `write_artifact` wrote.  Fails with IM511 to IM514.

    `check` raises `DamagedError` where its fields do not agree with one another.
    """
    arrays, meta = read_npz(path, ARTIFACT_SCHEMA)
    try:
        artifact = decode(meta.get(key), arrays, kind, path.parent)
        check(artifact)
        return artifact
    except DamagedError as error:
        raise damaged(path, str(error)) from error
