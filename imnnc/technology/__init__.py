"""The technologies that come with the compiler, as data.

A technology is defined in the language itself, in `<name>.imnn`.  Its models are beside that
file, or in a foundry's kit (`imnnc.technology.kits`).
"""

from __future__ import annotations

import re
from pathlib import Path

from imnnc.resources import resource


def builtin_technologies() -> tuple[str, ...]:
    """The names of the technologies that need no definition in a source, in sorted order."""
    return tuple(sorted(path.stem for path in _sources() if _defines_its_name(path)))


def definition_path(name: str) -> Path:
    """The source file that defines a built-in technology; `KeyError` for another name."""
    if name not in builtin_technologies():
        raise KeyError(name)
    return resource("technology") / f"{name}.imnn"


def _sources() -> list[Path]:
    return list(resource("technology").glob("*.imnn"))


def _defines_its_name(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return re.search(rf"^technology {re.escape(path.stem)} ", text, re.MULTILINE) is not None
