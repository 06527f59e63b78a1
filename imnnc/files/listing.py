"""The list of a folder's files that lies in the folder: `manifest.json`, `golden.json`.

A folder may come from anywhere, and what is listed becomes paths, parts of decks and words on a
terminal.  So names are those that a compile gives, and no path leads out of the folder.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from imnnc.files.files import Json, damaged
from imnnc.limits import NAME_RULE, is_name

TOOL_NAME = "imnnc"
MAX_PART_BYTES = 255  # of one part of a path, on Linux
MAX_PATH_BYTES = 4096
_MAX_WORD = 200  # characters of a version

_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_listing(path: Path, tree: Json) -> None:
    """Fails with IM512 where the list in a file has what no compile writes."""
    tool, files = tree.get("tool"), tree.get("files")
    if not isinstance(tool, dict) or tool.get("name") != TOOL_NAME:
        raise damaged(path, f"its `tool` must be `{TOOL_NAME}`")
    if not isinstance(files, dict):
        raise damaged(path, "its `files` must be an object of sha256 by file name")
    for name, sha256 in files.items():
        if not is_inside(name):
            raise damaged(
                path, f"its `files` must be names of files below its folder, not `{shown(name)}`"
            )
        if not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None:
            raise damaged(path, f"the sha256 of `{shown(name)}` must be 64 hexadecimal digits")
    network = tree.get("network")
    if network is not None and not (isinstance(network, str) and is_name(network)):
        raise damaged(path, f"its `network` must be {NAME_RULE}, was `{shown(network)}`")
    for key, entry in (("tool", tool), ("simulator", tree.get("simulator"))):
        if entry is not None and not _is_version(entry):
            raise damaged(path, f"its `{key}` must be a `name` and a `version`")


def is_inside(name: str) -> bool:
    """Whether a name is that of a file below a folder, one that file systems can have."""
    path = PurePosixPath(name)
    return (
        name.isprintable()
        and name not in ("", ".")
        and not path.is_absolute()
        and ".." not in path.parts
        and len(name.encode()) <= MAX_PATH_BYTES
        and all(len(part.encode()) <= MAX_PART_BYTES for part in path.parts)
    )


def shown(value: object) -> str:
    """A value on one printable line that is not too long."""
    text = "".join(c if c.isprintable() else "�" for c in str(value)[:61])
    return text if len(text) <= 60 else f"{text[:60]}..."


def _is_version(entry: Json) -> bool:
    return isinstance(entry, dict) and all(
        isinstance(entry.get(key), str)
        and entry[key].isprintable()
        and len(entry[key]) <= _MAX_WORD
        for key in ("name", "version")
    )
