"""The text of one section of a library of models, for simulators that cannot select one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from imnnc.design import Technology
from imnnc.diagnostics import CompileError, Span, fail
from imnnc.emit.library import ENCODING, beside, cards
from imnnc.emit.models import model_files
from imnnc.files.files import reading


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
        text = source.read_bytes().decode(ENCODING)
    inside, found = section is None, section is None
    end = 0
    for card in cards(text):
        if inside:
            yield from text[end : card.start].split("\n")[:-1]
        end = card.stop + 1
        if card.kind == "ends":
            inside = section is None
        elif card.kind == "opens":
            inside = section is not None and card.name == section.lower()
            found = found or inside
        elif inside and not card.is_relative:
            yield text[card.start : card.stop]
        elif inside:
            other = beside(name, card.name)
            assert other is not None, "`model_files` has refused what leads out of the folder"
            yield from _lines(files, other, card.section, (*above, here), span)
    if inside and end <= len(text):
        yield from text[end:].split("\n")
    if not found:
        raise _missing(str(name), section, span)


def _missing(name: str, section: str | None, span: Span | None) -> CompileError:
    what = f"a file `{name}`" if section is None else f"a section `{section}` in `{name}`"
    return fail(
        "IM504",
        f"the models must have {what} that does not include itself",
        span,
        help="leave `ltspice` out of `emit`, or mend the library",
    )
