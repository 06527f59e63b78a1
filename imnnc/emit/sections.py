"""The text of one section of a library of models, for simulators that cannot select one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from imnnc.design import Technology
from imnnc.diagnostics import CompileError, Span, fail
from imnnc.emit.files import reading
from imnnc.emit.models import model_files

_STATEMENT = re.compile(
    r"""\s*\.(?P<kind>inc|include|lib|endl)\b\s*"""
    r"""(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^\s"']+))?"""
    r"(?:\s+(?P<section>[^\s$;]+))?",
    re.IGNORECASE,
)


def corner_text(technology: Technology) -> Iterator[str]:
    """The models of the technology's corner, line by line, without a reference to a file.

    Fails with IM511 where a file cannot be read and with IM504 where a section is not there or
    refers to itself.
    """
    files = model_files(technology)
    chosen = [*((path, None) for path in technology.includes)]
    for path, section in (*chosen, (technology.library, technology.corner)):
        name = PurePosixPath(technology.model_name(path))
        yield from _lines(files, name, section, (), technology.span)


def _lines(
    files: dict[str, Path],
    name: PurePosixPath,
    section: str | None,
    above: tuple[tuple[str, str | None], ...],
    span: Span | None,
) -> Iterator[str]:
    """A file, or one section of it, with what it refers to in place of the references."""
    here = (str(name), section and section.lower())
    source = files.get(str(name))
    if source is None or here in above:
        raise _missing(str(name), section, span)
    with reading(source, span):
        lines = source.read_text(encoding="latin-1").split("\n")
    inside, found = section is None, section is None
    for line in lines:
        statement = _STATEMENT.match(line)
        if statement is None:
            if inside:
                yield line
            continue
        file = statement["double"] or statement["single"] or statement["bare"]
        kind, target = statement["kind"].lower(), statement["section"]
        if kind == "endl":
            inside = section is None
        elif kind == "lib" and target is None:
            inside = section is not None and file.lower() == section.lower()
            found = found or inside
        elif inside and PurePosixPath(file).is_absolute():
            yield line
        elif inside:
            other = _beside(name, file)
            chosen = target if kind == "lib" else None
            yield from _lines(files, other, chosen, (*above, here), span)
    if not found:
        raise _missing(str(name), section, span)


def _beside(name: PurePosixPath, reference: str) -> PurePosixPath:
    parts: list[str] = []
    for part in (name.parent / reference).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def _missing(name: str, section: str | None, span: Span | None) -> CompileError:
    what = f"a file `{name}`" if section is None else f"a section `{section}` in `{name}`"
    return fail(
        "IM504",
        f"the models must have {what} that does not include itself",
        span,
        help="leave `ltspice` out of `emit`, or mend the library",
    )
