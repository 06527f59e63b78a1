"""Renaming a constant wherever the sources of a workspace name it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from imnnc import spelling
from imnnc.diagnostics import CompileError, Span
from imnnc.lang.modules import Module
from imnnc.lang.occurrences import Occurrence, occurrences
from imnnc.lang.parse import parse
from imnnc.lang.recover import load_recovering, visible_anyway
from imnnc.lsp.documents import Documents, Word
from imnnc.lsp.places import to_range
from imnnc.units import UNITS

_ROLES = ("constant", "definition")


def is_renamable(word: Word) -> bool:
    """Whether a word is the name of a constant that is known."""
    found = word.occurrence
    return found.role in _ROLES and found.text in word.visible.constants


def rename(word: Word, new: str, documents: Documents) -> types.WorkspaceEdit:
    """The edits of all files that see the constant; raises where they would break something."""
    old = word.occurrence.text
    if not is_renamable(word):
        raise _refused(f"`{old}` is no constant")
    if not spelling.NAME.fits(new):
        raise _refused(f"a constant must have {spelling.NAME.rule}, not `{new[:60]}`")
    if new in UNITS:
        raise _refused(f"`{new}` is a unit")
    definition = word.visible.constants[old].name
    edited = documents.edited
    changes: dict[str, list[types.TextEdit]] = {}
    affected: list[tuple[Module, list[Occurrence]]] = []
    for module in _that_see(old, definition, documents):
        found = [x for x in occurrences(module.file) if x.role in _ROLES and x.text == old]
        affected.append((module, found))
        edited[module.path.resolve()] = _replaced(module, found, new).encode()
        source = module.file.source
        spans = [Span(source, x.start, x.end) for x in found]
        if spans:
            changes[documents.uri(spans[0])] = [
                types.TextEdit(to_range(span, documents.codec), new) for span in spans
            ]
    for module, found in affected:
        _check_same(module, found, new, edited)
    return types.WorkspaceEdit(changes=changes)


def _that_see(name: str, definition: Span, documents: Documents) -> Iterator[Module]:
    """The sources in which a name is the constant that is defined there."""
    home = Path(definition.source.name).resolve()
    pattern = re.compile(rf"\b{name}\b")
    for path in dict.fromkeys([home, *documents.sources()]):
        module = documents.module(path)
        if module is None:
            continue
        constant = visible_anyway(module).constants.get(name)
        if constant is None or Path(constant.name.source.name).resolve() != home:
            continue
        if not pattern.search(module.file.source.text):
            continue
        try:
            parse(module.file.source)
        except CompileError:
            raise _refused(f"`{path}` has errors, mend them first") from None
        yield module


def _replaced(module: Module, found: list[Occurrence], new: str) -> str:
    text = module.file.source.text
    for occurrence in sorted(found, key=lambda x: x.start, reverse=True):
        text = text[: occurrence.start] + new + text[occurrence.end :]
    return text


def _check_same(
    before: Module, found: list[Occurrence], new: str, edited: dict[Path, bytes]
) -> None:
    """A name that is taken, or that the grammar reads in another way, is not given."""
    if new in visible_anyway(before).constants:
        raise _refused(f"there is a constant `{new}` already")
    after = load_recovering(before.path, edited)
    renamed = [x for x in occurrences(after.file) if x.role in _ROLES and x.text == new]
    if len(renamed) != len(found):
        raise _refused(f"`{new}` is a word of the language where the constant is named")


def _refused(reason: str) -> JsonRpcException:
    return JsonRpcException(f"cannot rename: {reason}", types.LSPErrorCodes.RequestFailed)
