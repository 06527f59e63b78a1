"""The manifest of an output folder.

`manifest.json` says what made the folder and has the sha256 of every file in it but itself and
`timings.json`, whose content differs from run to run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from imnnc.diagnostics import CompileError, Diagnostic, fail
from imnnc.files.files import (
    Json,
    json_text,
    read_json,
    sha256_file,
    write_json,
    writing,
)
from imnnc.files.listing import TOOL_NAME, check_listing
from imnnc.nearby import similar_file
from imnnc.scratch import owned_folder
from imnnc.version import __version__

MANIFEST_NAME = "manifest.json"
TIMINGS_NAME = "timings.json"

_EDITED = "compile again to write it anew, or say `--edited` where what lies there is meant"
RENEWING = ".imnnc-"  # how the names of folders begin in which a file is written anew


def write_manifest(folder: Path, fields: Mapping[str, Json]) -> None:
    """Write the manifest of all files that are in `folder` now.

    `fields` are what the caller knows: the simulator's version, sha256 of source, data and
    technology, options, seeds.  Those of `read_manifest` may be given again, to seal a folder in
    which a file was renewed.  Fails with IM510 and IM511.
    """
    tree = {
        **fields,
        "tool": {"name": TOOL_NAME, "version": __version__},
        "files": {name: sha256_file(folder / name) for name in _listed_files(folder)},
    }
    tree.pop("schema", None)
    write_json(folder / MANIFEST_NAME, tree)


def read_manifest(folder: Path) -> dict[str, Json]:
    """The manifest of an output folder.

    Fails with IM511 where there is none, IM512 where it is damaged or not one of imnnc's, IM514
    where a newer version wrote it.
    """
    path = folder / MANIFEST_NAME
    if not os.path.lexists(path):
        raise fail(
            "IM511",
            f"cannot read `{path}`: no such file or directory",
            help=similar_file(folder) or "`imnnc compile NET.IMNN -o OUT` makes an output folder",
        )
    tree = read_json(path)
    check_listing(path, tree)
    return tree


def renew_json(folder: Path, name: str, tree: Mapping[str, Json]) -> bool:
    """`renew` of one JSON file."""
    return renew(folder, {name: json_text(tree)})


def renew(folder: Path, files: Mapping[str, str]) -> bool:
    """Write files of an output folder anew, each with its text, and their sha256 into the manifest.

    Nothing is touched where all are so already, so that such a folder may be read-only.  The
    rest of the manifest stays, so that another file that somebody has edited is still known to
    be edited.  Returns whether anything has changed; fails with IM510 to IM512 and IM514.
    """
    manifest = read_manifest(folder)
    wanted = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    is_same = all(
        (folder / name).is_file() and sha256_file(folder / name) == sha256
        for name, sha256 in wanted.items()
    )
    if is_same and manifest["files"].items() >= wanted.items():
        return False
    manifest["files"] = dict(sorted({**manifest["files"], **wanted}.items()))
    with writing(folder / next(iter(files))), owned_folder(folder, RENEWING) as scratch:
        for name, text in files.items():
            (scratch / name).write_text(text, encoding="utf-8", newline="\n")
        write_json(scratch / MANIFEST_NAME, manifest)
        for name in (*files, MANIFEST_NAME):
            (scratch / name).replace(folder / name)
        return True


def check_folder(folder: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with the files of an output folder: one diagnostic a file, none if whole.

    Missing files are IM516, changed ones IM513.  Fails as `read_manifest` does.
    """
    found: list[Diagnostic] = []
    for name, sha256 in sorted(read_manifest(folder)["files"].items()):
        path = folder / name
        if not path.is_file():
            found.append(missing_file(path))
        elif sha256_file(path) != sha256:
            found.append(changed_file(path))
    return tuple(found)


def require_unedited(folder: Path) -> dict[str, str]:
    """The sha256 of every file of an output folder by its name, once all of them have it.

    Fails with IM513 and IM516, one diagnostic a file, and as `read_manifest` does.
    """
    if edited := check_folder(folder):
        raise CompileError(*(replace(each, help=_EDITED) for each in edited))
    files: dict[str, str] = read_manifest(folder)["files"]
    return files


def missing_file(path: Path) -> Diagnostic:
    """The diagnostic of a file that a compile wrote and that is no longer there."""
    return Diagnostic(
        "IM516",
        f"`{path}` must be there, as its folder's list of files has it",
        help="compile again to write it anew",
    )


def changed_file(path: Path) -> Diagnostic:
    """The diagnostic of a file whose content is no longer what a compile wrote."""
    return Diagnostic(
        "IM513",
        f"`{path}` is not as it was written: its sha256 differs",
        help="compile again to write it anew",
    )


def _listed_files(folder: Path) -> list[str]:
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return sorted(name for name in names if name not in (MANIFEST_NAME, TIMINGS_NAME))
