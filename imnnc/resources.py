"""Where the data files of the compiler lie: in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The path of a data folder: `grammar`, `templates`, `explanations`, `technology`.

    In a wheel every one is inside the package; in a checkout the grammar and the templates
    stand beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
