"""The data files of the compiler, in a checkout and in an installed wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import jinja2

Start = Literal["iris", "fashion14", "csv"]
STARTS: tuple[Start, ...] = get_args(Start)  # what a new folder can begin with

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The path of a data folder: `grammar`, `templates`, `examples`, `explanations`, `technology`.

    In a wheel every one is inside the package; in a checkout the grammar, the templates and the
    examples stand beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


@cache
def source_digest(package: Path = _PACKAGE) -> str | None:
    """The sha256 of all sources, where the package is a checkout's; None in a wheel.

    A wheel's version says what is in it; a checkout changes from one edit to the next.
    """
    if (package / "grammar").exists():
        return None
    found = hashlib.sha256()
    for folder in (package, package.parent / "grammar", package.parent / "templates"):
        for path in sorted(folder.rglob("[!.]*")):
            # Neither what the interpreter and numba keep nor what an editor does.
            if path.parent.name != "__pycache__" and path.suffix[-1:] != "~" and path.is_file():
                found.update(path.relative_to(package.parent).as_posix().encode() + b"\0")
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def template_environment(*folders: str, escapes_html: bool = False) -> jinja2.Environment:
    """Templates in folders of `templates`, the first that has one; a name not given is an error."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([resource("templates") / name for name in folders]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=escapes_html,
    )
