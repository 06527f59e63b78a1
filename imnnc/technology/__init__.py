"""The technologies that come with the compiler, as data.

A technology is defined in the language itself: `<name>.imnn` beside its models in `<name>.lib`.
"""

from __future__ import annotations

from pathlib import Path

from imnnc.resources import resource


def builtin_technologies() -> tuple[str, ...]:
    """The names of the technologies that need no definition in a source, in sorted order."""
    libraries = resource("technology").glob("*.lib")
    return tuple(sorted(path.stem for path in libraries if path.with_suffix(".imnn").is_file()))


def definition_path(name: str) -> Path:
    """The source file that defines a built-in technology; `KeyError` for another name."""
    if name not in builtin_technologies():
        raise KeyError(name)
    return resource("technology") / f"{name}.imnn"
