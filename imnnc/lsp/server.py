"""The server: what an editor asks, answered by the modules beside this one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from imnnc.diagnostics import CompileError, Span
from imnnc.lang.format import format_source
from imnnc.lang.visible import built_in
from imnnc.lsp.completion import completions
from imnnc.lsp.definitions import definition
from imnnc.lsp.documents import Documents
from imnnc.lsp.hover import hover_text
from imnnc.lsp.messages import messages
from imnnc.lsp.places import to_path, to_range
from imnnc.lsp.rename import is_renamable, rename
from imnnc.version import __version__

_PAUSE_SECONDS = 0.005  # between keystrokes that follow at once, of which only the last counts


class Server(LanguageServer):
    """Serves one editor."""

    def __init__(self) -> None:
        # Whole texts: sources are small, and whose lines end where is our own business.
        super().__init__("imnnc", __version__, types.TextDocumentSyncKind.Full)
        # What was found of each open document, by the files that it is about.
        self.found: dict[str, dict[str, list[types.Diagnostic]]] = {}

    @property
    def documents(self) -> Documents:
        """What is open, as it is now."""
        return Documents(self.workspace)

    async def check_soon(self, uri: str) -> None:
        """Check a document, and those that import it, unless it is edited again before that."""
        version = self.documents.version(uri)
        await asyncio.sleep(_PAUSE_SECONDS)
        if uri in self.found and self.documents.version(uri) == version:
            # That of the document itself comes first: it is what somebody looks at.
            self.check(uri)
            for other in self.found:
                if other != uri:
                    self.check(other)

    def check(self, uri: str) -> None:
        """Tell the editor what the compiler says of an open document."""
        documents = self.documents
        before = self.found.get(uri, {})
        now = messages(uri, documents.check(uri), documents)
        if now != before:
            self.found[uri] = now
            self._publish({**before, **now})

    def forget(self, uri: str) -> None:
        """A document is no longer open: what was found of it is not shown any more."""
        self._publish(self.found.pop(uri, {}))

    def _publish(self, uris: Iterable[str]) -> None:
        for uri in uris:
            seen: list[types.Diagnostic] = []
            for found in self.found.values():
                # Of a file that several import, each says the same.
                seen += [x for x in found.get(uri, []) if x not in seen]
            version = self.documents.version(uri)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, seen, version)
            )


def serve() -> None:
    """Serve an editor over standard input and output, until it says goodbye."""
    # Of a stream of its own, which pygls closes in the end.
    make_server().start_io(stdout=os.fdopen(os.dup(1), "wb"))


def make_server() -> Server:
    """A server that knows all requests."""
    server = Server()

    @server.feature(types.INITIALIZED)
    def initialized(_server: Server, _params: types.InitializedParams) -> None:
        built_in()  # so that the first keystroke does not wait for the technologies

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
        server.found[params.text_document.uri] = {}
        await server.check_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
        await server.check_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def on_disk(server: Server, _params: types.DidChangeWatchedFilesParams) -> None:
        for uri in server.found:
            server.check(uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
        documents = server.documents
        word = documents.word(params.text_document.uri, params.position)
        text = None if word is None else hover_text(word)
        if word is None or text is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, text)
        return types.Hover(contents, documents.range(word))

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', "/"])
    )
    def complete(server: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
        return completions(params.text_document.uri, params.position, server.documents)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def define(server: Server, params: types.DefinitionParams) -> types.Location | None:
        documents = server.documents
        word = documents.word(params.text_document.uri, params.position)
        return None if word is None else definition(word, documents)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatted(
        server: Server, params: types.DocumentFormattingParams
    ) -> list[types.TextEdit] | None:
        documents = server.documents
        module = documents.module(to_path(params.text_document.uri))
        if module is None:
            return None
        source = module.file.source
        try:
            text = format_source(source)
        except CompileError:
            return None
        whole = to_range(Span(source, 0, len(source.text)), documents.codec)
        return [] if text == source.text else [types.TextEdit(whole, text)]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(server: Server, params: types.PrepareRenameParams) -> types.Range | None:
        documents = server.documents
        word = documents.word(params.text_document.uri, params.position)
        return documents.range(word) if word is not None and is_renamable(word) else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def renamed(server: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
        documents = server.documents
        word = documents.word(params.text_document.uri, params.position)
        return None if word is None else rename(word, params.new_name, documents)

    return server
