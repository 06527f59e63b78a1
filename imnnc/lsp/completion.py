"""What an editor proposes at a place: words of the language there, and names that are seen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types

from imnnc.design import Technology
from imnnc.lang.expect import Place, place_behind
from imnnc.lang.modules import Module
from imnnc.lang.recover import visible_anyway
from imnnc.lang.reference import CHOICES, base_kind, entry
from imnnc.lang.scan import ends_in_comment
from imnnc.lang.syntax import Layer, Section
from imnnc.lang.visible import Visible, built_in
from imnnc.lang.vocabulary import DIALECTS, LAWS, QUANTITIES
from imnnc.lsp.documents import SUFFIX, Documents, networks
from imnnc.lsp.hover import entry_text, memristor_text, technology_text
from imnnc.lsp.places import to_path, to_position

_FILE = re.compile(
    r'\b(?P<word>\w+)[ \t]+(?:"[^"\n]*",[ \t]*)*(?:model[ \t]+)?"(?P<begun>[^"\n]*)$'
)
_BEGUN = re.compile(r"\w*$")
_BEGUN_SET = re.compile(r"(?<=set)[ \t]+(?P<begun>[\w-]*)$")
_Kind = types.CompletionItemKind


def completions(
    uri: str, position: types.Position, documents: Documents
) -> list[types.CompletionItem]:
    """What may be written at a place of a document."""
    module = documents.module(to_path(uri))
    if module is None:
        return []
    source = module.file.source
    offset = documents.offset(source, position)
    before = source.text[:offset]
    if ends_in_comment(before):
        return []
    file = _FILE.search(before)
    if file is not None:
        return list(_files(module.folder, file["word"], file["begun"]))
    begun = _BEGUN_SET.search(before)
    start = begun.start("begun") if begun else _start(before)
    place = place_behind(before[:start])
    if place is None:
        return []
    # A data set has hyphens, which editors take for the end of a word.
    replaced = types.Range(to_position(source, start, documents.codec), position)
    items = list(_Proposals(place, module, visible_anyway(module)).items())
    if "SET_NAME" in place.accepts:
        for item in items:
            item.text_edit = types.TextEdit(replaced, item.label)
    return items


def _start(before: str) -> int:
    begun = _BEGUN.search(before)
    assert begun is not None
    return begun.start()


def _files(folder: Path, word: str, begun: str) -> Iterator[types.CompletionItem]:
    """Files and folders that a file name in quotes may go on with."""
    inside, _, _ = begun.rpartition("/")
    try:
        found = sorted(os.scandir(folder / Path(inside).expanduser()), key=lambda x: x.name)
    except OSError:
        return
    for file in found:
        if file.name.startswith("."):
            continue
        if file.is_dir():
            yield types.CompletionItem(file.name, kind=_Kind.Folder)
        elif word != "import" or file.name.endswith(SUFFIX):
            yield types.CompletionItem(file.name, kind=_Kind.File)


class _Proposals:
    def __init__(self, place: Place, module: Module, visible: Visible) -> None:
        self.place = place
        self.module = module
        self.visible = visible

    def items(self) -> Iterator[types.CompletionItem]:
        """All of them: what is nearest to the place first."""
        place = self.place
        if place.in_model:
            yield from _words(QUANTITIES if place.in_model == 2 else (), _Kind.EnumMember)
        elif place.wants_value:
            yield from self._values()
        elif place.wants_name:
            yield from self._names()
        for kind, word in place.settings:
            yield _word(kind, word, _Kind.Property)
        home = place.kind or ("emit" if "programming" in place.keywords else "declarations")
        for word in place.keywords:
            yield _word(home, word, _Kind.Keyword)

    def _values(self) -> Iterator[types.CompletionItem]:
        place = self.place
        known = entry(place.kind, place.word)
        if known is not None:
            yield from _words(known.choices, _Kind.EnumMember)
            if place.word in ("corner", "corners"):
                yield from _words(self._corners(), _Kind.EnumMember)
            if not known.takes_numbers:
                return
        for name, constant in self.visible.constants.items():
            value = "" if constant.value is None else str(constant.value)
            yield types.CompletionItem(name, kind=_Kind.Constant, detail=value)

    def _names(self) -> Iterator[types.CompletionItem]:
        match self.place.word:
            case "technology":
                technologies = {**built_in()[0], **self.visible.technologies}
                for name, technology in technologies.items():
                    text = "" if technology is None else technology_text(technology)
                    yield _item(name, _Kind.Struct, text)
            case "memristor":
                memristors = {**built_in()[1], **self.visible.memristors}
                for name, memristor in memristors.items():
                    text = "" if memristor is None else memristor_text(memristor)
                    yield _item(name, _Kind.Struct, text)
            case "train":
                for name in CHOICES["declarations", "train"]:
                    yield _word("methods", name, _Kind.EnumMember)
            case "crossbar":
                yield from _words(self._layers(), _Kind.Variable)
            case "emit":
                yield from _words(DIALECTS, _Kind.EnumMember)
            case "law":
                yield from _words(LAWS, _Kind.EnumMember)
            case word:
                kind = "emit" if word == "programming" else base_kind(self.place.kind)
                yield from _words(CHOICES.get((kind, word), ()), _Kind.EnumMember)

    def _layers(self) -> list[str]:
        members = [x for network in networks(self.module) for x in network.members]
        return [member.name.text for member in members if isinstance(member, Layer)]

    def _corners(self) -> tuple[str, ...]:
        """Those of the technology whose block this is, or else of the one that is used."""
        named = self.place.name if self.place.kind == "technology" else None
        known: dict[str, Technology | None] = {**built_in()[0], **self.visible.technologies}
        for declaration in self.module.file.declarations:
            if isinstance(declaration, Section) and declaration.keyword.text == "technology":
                named = named or (declaration.name.text if declaration.name else None)
        technology = known.get(named or next(iter(self.visible.technologies), ""))
        return () if technology is None else technology.corners


def _word(kind: str, word: str, item_kind: types.CompletionItemKind) -> types.CompletionItem:
    known = entry(kind, word)
    return _item(word, item_kind, "" if known is None else entry_text(known))


def _words(words: Iterable[str], kind: types.CompletionItemKind) -> Iterator[types.CompletionItem]:
    for word in words:
        yield types.CompletionItem(word, kind=kind)


def _item(label: str, kind: types.CompletionItemKind, text: str) -> types.CompletionItem:
    documentation = types.MarkupContent(types.MarkupKind.Markdown, text) if text else None
    return types.CompletionItem(label, kind=kind, documentation=documentation)
