"""The tree of as much of a source as there is one of, while somebody is typing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from lark.exceptions import UnexpectedInput

from imnnc.diagnostics import CompileError, Source
from imnnc.lang.modules import NOTHING_EDITED, Edited, Module, decode, load, read_bytes
from imnnc.lang.overrides import Overrides
from imnnc.lang.parse import parse, parse_stretch
from imnnc.lang.problems import Problems
from imnnc.lang.scan import declaration_starts
from imnnc.lang.syntax import Declaration, File, Import
from imnnc.lang.visible import Visible, visible_in

_MOST = 200  # declarations of a source that is wrong: each is parsed by itself


def parse_recovering(source: Source) -> File:
    """The tree of a source without the declarations that are wrong."""
    try:
        return parse(source)
    except CompileError:
        return File(source, tuple(_sound_declarations(source)))


def _sound_declarations(source: Source) -> Iterator[Declaration]:
    starts = declaration_starts(source.text)[:_MOST]
    for start, end in pairwise([*starts, len(source.text)]):
        try:
            yield from parse_stretch(source, start, end)
        except UnexpectedInput:
            continue


def load_recovering(path: Path, edited: Edited = NOTHING_EDITED) -> Module:
    """The module of a file with as much as there is of it, and those of its imports that are sound.

    Raises `CompileError` where the file cannot be read or is not text.
    """
    held = edited.get(path.resolve())
    contents = read_bytes(path) if held is None else held
    file = parse_recovering(decode(str(path), contents))
    imports = []
    for declaration in file.declarations:
        if isinstance(declaration, Import):
            with suppress(CompileError):
                imports.append((declaration, load(path.parent / declaration.path.text, edited)))
    return Module(path, file, tuple(imports), contents)


def visible_anyway(module: Module) -> Visible:
    """What a module sees, whatever is wrong with it."""
    problems = Problems()
    with suppress(CompileError):
        return visible_in(module, Overrides({}, problems), problems)
    return Visible()
