"""Where the things are defined that words of a document name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types

from imnnc.design import Memristor, Technology
from imnnc.diagnostics import Span
from imnnc.lang.recover import visible_anyway
from imnnc.lang.visible import built_in
from imnnc.lsp.documents import Documents, Word
from imnnc.lsp.places import to_uri

_START = types.Range(types.Position(0, 0), types.Position(0, 0))


def definition(word: Word, documents: Documents) -> types.Location | None:
    """Where what a word names is defined; None where nothing is known of it."""
    found = word.occurrence
    if found.role == "file":
        path = word.module.folder / Path(found.text).expanduser()
        return types.Location(to_uri(path), _START) if path.is_file() else None
    span = _span(word)
    return None if span is None else documents.location(span)


def _span(word: Word) -> Span | None:
    found = word.occurrence
    match found.role:
        case "constant" | "definition":
            constant = word.visible.constants.get(found.text)
            return None if constant is None else constant.name
        case "technology":
            return _device(word, "technologies", built_in()[0])
        case "memristor":
            return _device(word, "memristors", built_in()[1])
        case "layer":
            member = word.member
            return None if member is None else member.name.span(word.module.file.source)
        case _:
            return None


def _device(
    word: Word, kind: str, shipped: Mapping[str, Technology] | Mapping[str, Memristor]
) -> Span | None:
    """Where a device comes from: an import, the compiler, or a block of this file."""
    imports = [visible_anyway(imported) for _, imported in word.module.imports]
    seen = [*(getattr(visible, kind) for visible in imports), shipped, getattr(word.visible, kind)]
    devices = (devices.get(word.occurrence.text) for devices in seen)
    return next((device.span for device in devices if device is not None), None)
