"""Copies the device models beside a netlist, so that an output folder stands on its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from imnnc.circuit.build import MODELS_FOLDER
from imnnc.circuit.check import check_file_name
from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.emit.files import reading, writing

# `.include file`, and `.lib file section`; `.lib section` alone opens a section.
_REFERENCE = re.compile(
    r"""\s*\.(?:inc|include|lib)\s+(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>\S+))"""
    r"(?P<section>\s+[^\s$;]+)?",
    re.IGNORECASE,
)


def copy_models(technology: Technology, folder: Path) -> list[str]:
    """Copy the model files into `models/` of the output folder, with those that they refer to.

    Returns their names, relative to `folder`.  Fails with IM501 where a netlist cannot include
    the name, IM502 where two would meet, IM503 where a model file refers to one outside of its
    own folder, IM510 and IM511 where files cannot be written and read.
    """
    copied: dict[str, Path] = {}
    for path in (*technology.includes, technology.library):
        check_file_name(path.name, technology.span)
        _copy(technology, path.parent, PurePosixPath(path.name), folder, copied)
    return sorted(copied)


def _copy(
    technology: Technology,
    root: Path,
    name: PurePosixPath,
    folder: Path,
    copied: dict[str, Path],
) -> None:
    """Copy `root / name` to `models / name`, then what it refers to."""
    source = root / name
    target = f"{MODELS_FOLDER}/{name}"
    if target in copied:
        if not copied[target].samefile(source):
            raise fail(
                "IM502",
                f"the model files of technology `{technology.name}` must have different names, "
                f"two are called `{name}`",
                technology.span,
            )
        return
    copied[target] = source
    with reading(source):
        content = source.read_bytes()
    with writing(folder / target):
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).write_bytes(content)
    for reference in _references(content.decode("latin-1")):
        _copy(technology, root, _inside(technology, source, name, reference), folder, copied)


def _references(text: str) -> Iterator[str]:
    """The relative paths that a model file refers to."""
    for line in text.split("\n"):
        found = _REFERENCE.match(line)
        if found is None:
            continue
        is_section = line.lstrip()[:4].lower() == ".lib" and found["section"] is None
        path = found["double"] or found["single"] or found["bare"]
        if not is_section and not PurePosixPath(path).is_absolute():
            yield path


def _inside(
    technology: Technology, source: Path, name: PurePosixPath, reference: str
) -> PurePosixPath:
    parts: list[str] = []
    for part in (name.parent / reference).parts:
        if part == ".." and not parts:
            raise fail(
                "IM503",
                f"a model file must refer to files in its own folder or below, `{source.name}` "
                f"of technology `{technology.name}` refers to `{reference}`",
                technology.span,
                notes=["the models are copied beside the netlist"],
            )
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
