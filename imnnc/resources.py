"""The data files of the compiler, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The path of a data folder: `grammar`, `templates`, `explanations`, `technology`.

    In a wheel every one is inside the package; in a checkout the grammar and the templates
    stand beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


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
