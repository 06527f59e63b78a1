"""An editor that speaks to `imnnc lsp` over standard streams, as any would."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

CURSOR = "¦"
_NUMBERS = itertools.count()


class Told:
    """How often the server has published diagnostics of each document."""

    def __init__(self, client: LanguageClient) -> None:
        self._client = client
        self._counts: Counter[str] = Counter()
        self._marked: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._listen()

    def _listen(self, told: types.PublishDiagnosticsParams | None = None) -> None:
        # Listening goes on before this returns: of two that arrive at once, none is missed.
        self._client.protocol.wait_for_notification(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._listen
        )
        if told is not None:
            self._counts[told.uri] += 1
            self._news.set()

    def mark(self) -> None:
        """From now on counts what is waited for."""
        self._marked = self._counts.copy()

    async def of(self, uri: str) -> None:
        while self._counts[uri] == self._marked[uri]:
            self._news.clear()
            await self._news.wait()


@dataclass
class Editor:
    """A client with a folder; in texts, `¦` is where the cursor stands."""

    client: LanguageClient
    folder: Path

    @property
    def told(self) -> Told:
        return self.client.told

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path.as_uri()

    async def open(self, text: str, name: str | None = None) -> str:
        """The address of a document that is opened, once the server has spoken of it."""
        name = name or f"net{next(_NUMBERS)}.imnn"
        uri = (self.folder / name).as_uri()
        item = types.TextDocumentItem(uri, "imnn", 1, text.replace(CURSOR, ""))
        self.told.mark()
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.published(uri)
        return uri

    async def published(self, uri: str) -> None:
        """Waits until the server has spoken of a document since it was last told anything."""
        async with asyncio.timeout(20):
            await self.told.of(uri)

    def change(self, uri: str, text: str, version: int) -> None:
        self.told.mark()
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version, uri),
                [types.TextDocumentContentChangeWholeDocument(text.replace(CURSOR, ""))],
            )
        )

    async def close(self, uri: str) -> None:
        document = types.TextDocumentIdentifier(uri)
        self.told.mark()
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        await self.published(uri)

    def seen(self, uri: str) -> list[str]:
        """The diagnostics of a document as `line:character-line:character code message`."""
        return [
            f"{x.range.start.line}:{x.range.start.character}"
            f"-{x.range.end.line}:{x.range.end.character} {x.code} {x.message.splitlines()[0]}"
            for x in self.client.diagnostics.get(uri, [])
        ]

    @property
    def process(self) -> Path:
        """The server's folder below `/proc`."""
        return Path(f"/proc/{self.client._server.pid}")

    def processor_seconds(self) -> float:
        """What the server has taken of a processor; a machine with other work makes none of it."""
        words = (self.process / "stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    async def hover(self, text: str) -> str | None:
        found = await self._ask(self.client.text_document_hover_async, types.HoverParams, text)
        return None if found is None else found.contents.value

    async def complete(self, text: str, name: str | None = None) -> list[str]:
        ask = self.client.text_document_completion_async
        found = await self._ask(ask, types.CompletionParams, text, name)
        return [item.label for item in found]

    async def define(self, text: str, name: str | None = None) -> str | None:
        """The file and the line, from 0, of a definition."""
        ask = self.client.text_document_definition_async
        found = await self._ask(ask, types.DefinitionParams, text, name)
        if found is None:
            return None
        return f"{found.uri.rpartition('/')[2]}:{found.range.start.line}"

    async def _ask(self, ask, params, text: str, name: str | None = None):
        uri = await self.open(text, name)
        found = await ask(params(types.TextDocumentIdentifier(uri), cursor(text)))
        await self.close(uri)
        return found


def cursor(text: str) -> types.Position:
    """The place of the cursor, in UTF-16."""
    before = text[: text.index(CURSOR)]
    line = before.rpartition("\n")[2]
    return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "imnnc", "lsp"]),
    scope="module",
)
async def client(lsp_client: LanguageClient, tmp_path_factory):
    lsp_client.folder = tmp_path_factory.mktemp("workspace")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            workspace_folders=[types.WorkspaceFolder(lsp_client.folder.as_uri(), "workspace")],
        )
    )
    lsp_client.told = Told(lsp_client)
    yield
    await lsp_client.shutdown_session()
