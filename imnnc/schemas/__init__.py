"""JSON schemas of what is written as JSON: `NAME.json` beside this file, made by `files`."""

from __future__ import annotations

import difflib
from pathlib import Path

from imnnc.diagnostics import ExitCode, fail

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """What there is a schema of: the names of files, and of what commands print."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def schema_text(name: str) -> str:
    """The schema of that name, or of a file of that name.  Fails with IM749."""
    wanted, known = name.rpartition("/")[2].removesuffix(".json"), names()
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1)
        raise fail(
            "IM749",
            f"there is no schema `{name[:60]}`",
            help=f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}",
            exit_code=ExitCode.USAGE,
        )
    return (_FOLDER / f"{wanted}.json").read_text(encoding="utf-8")
