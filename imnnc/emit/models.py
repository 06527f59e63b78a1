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


def model_files(technology: Technology) -> dict[str, Path]:
    """The model files and those that they refer to, by their names in `models/`.

    Fails with IM501 where a netlist cannot include the name, IM502 where two would meet, IM503
    where a model file refers to one outside of its own folder, IM511 where one cannot be read.
    """
    found: dict[str, Path] = {}
    for path in (*technology.includes, technology.library):
        check_file_name(path.name, technology.span)
        _find(technology, path.parent, PurePosixPath(path.name), found)
    return dict(sorted(found.items()))


def copy_models(technology: Technology, folder: Path) -> list[str]:
    """Copy the model files into `models/` of the output folder, with those that they refer to.

    Returns their names, relative to `folder`.  Fails as `model_files` does, and with IM510 where
    files cannot be written.
    """
    names = []
    for name, source in model_files(technology).items():
        target = f"{MODELS_FOLDER}/{name}"
        with reading(source):
            content = source.read_bytes()
        with writing(folder / target):
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).write_bytes(content)
        names.append(target)
    return names


def _find(technology: Technology, root: Path, name: PurePosixPath, found: dict[str, Path]) -> None:
    """Add `root / name` as `name`, then what it refers to."""
    source = root / name
    if str(name) in found:
        if not found[str(name)].samefile(source):
            raise fail(
                "IM502",
                f"the model files of technology `{technology.name}` must have different names, "
                f"two are called `{name}`",
                technology.span,
            )
        return
    found[str(name)] = source
    with reading(source, technology.span):
        text = source.read_text(encoding="latin-1")
    for reference in _references(text):
        _find(technology, root, _inside(technology, source, name, reference), found)


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
