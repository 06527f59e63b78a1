"""What an editor has open, and the files beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.workspace import PositionCodec, Workspace

from imnnc.diagnostics import CompileError, Diagnostic, Source, Span
from imnnc.lang.checking import check_source
from imnnc.lang.modules import Module
from imnnc.lang.occurrences import Occurrence, occurrence_at
from imnnc.lang.recover import load_recovering, visible_anyway
from imnnc.lang.syntax import Layer, Network, Port
from imnnc.lang.visible import Visible
from imnnc.lsp.places import to_offset, to_path, to_range, to_uri

SUFFIX = ".imnn"
_MOST_FILES = 1000  # of a workspace that are looked through


@dataclass(frozen=True)
class Word:
    """A word of a document that something is asked of."""

    module: Module
    visible: Visible
    occurrence: Occurrence

    @property
    def member(self) -> Port | Layer | None:
        """The layer of the network that it names; None where there is none."""
        members = (x for network in networks(self.module) for x in network.members)
        return next((x for x in members if x.name.text == self.occurrence.text), None)


def networks(module: Module) -> list[Network]:
    """The networks of a source, of which a right one has one."""
    return [x for x in module.file.declarations if isinstance(x, Network)]


class Documents:
    """The documents of a workspace, those that are open as the editor has them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def codec(self) -> PositionCodec:
        """How the editor counts characters."""
        return self._workspace.position_codec

    @property
    def opened(self) -> dict[Path, str]:
        """The addresses of open documents by their resolved paths."""
        documents = self._workspace.text_documents.values()
        return {to_path(x.uri).resolve(): x.uri for x in documents}

    @property
    def edited(self) -> dict[Path, bytes]:
        """What the editor holds, by resolved paths."""
        return {
            to_path(x.uri).resolve(): x.source.encode("utf-8", "surrogatepass")
            for x in self._workspace.text_documents.values()
        }

    def version(self, uri: str) -> int | None:
        """Which version of an open document there is; None: it is not open."""
        return self._workspace.get_text_document(uri).version

    def uri(self, span: Span) -> str:
        """The address of the file of a span, as the editor calls it where it has that open."""
        path = Path(os.path.normpath(span.source.name))
        return self.opened.get(path.resolve()) or to_uri(path)

    def location(self, span: Span) -> types.Location:
        """A span as the editor is told of it."""
        return types.Location(self.uri(span), to_range(span, self.codec))

    def check(self, uri: str) -> tuple[Diagnostic, ...]:
        """What the compiler says of a document."""
        return check_source(to_path(uri), self.edited)[0]

    def module(self, path: Path) -> Module | None:
        """As much as there is of a source; None where it is not one at all."""
        try:
            return load_recovering(path, self.edited)
        except CompileError:
            return None

    def offset(self, source: Source, position: types.Position) -> int:
        """The character offset of a place in an open document."""
        return to_offset(source, position, self.codec)

    def word(self, uri: str, position: types.Position) -> Word | None:
        """The word at a place; None where there is none."""
        module = self.module(to_path(uri))
        if module is None:
            return None
        found = occurrence_at(module.file, self.offset(module.file.source, position))
        return None if found is None else Word(module, visible_anyway(module), found)

    def range(self, word: Word) -> types.Range:
        """Where a word stands."""
        found = word.occurrence
        return to_range(Span(word.module.file.source, found.start, found.end), self.codec)

    def sources(self) -> list[Path]:
        """The sources of the workspace, those that are open first; of very many some."""
        found = dict.fromkeys(self.opened)
        roots = [to_path(x.uri) for x in self._workspace.folders.values()]
        for root in roots or [Path(path) for path in [self._workspace.root_path] if path]:
            for folder, folders, names in os.walk(root):
                folders[:] = [x for x in folders if not x.startswith(".") and x != "node_modules"]
                paths = (Path(folder) / name for name in names if name.endswith(SUFFIX))
                found |= dict.fromkeys(path.resolve() for path in paths)
                if len(found) > _MOST_FILES:
                    return list(found)
        return list(found)
