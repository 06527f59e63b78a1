"""Places as an editor counts them, and as sources do.

Sources count characters; an editor counts lines, and in a line the units of an encoding that the
two have agreed on, UTF-16 unless both have another.  A line ends with a newline, a carriage return
or both, and nowhere else.
"""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from imnnc.diagnostics import Source, Span


def to_position(source: Source, offset: int, codec: PositionCodec) -> types.Position:
    """The place of a character offset."""
    line, column = source.position(offset)
    return types.Position(line - 1, codec.client_num_units(source.line(line)[: column - 1]))


def to_range(span: Span, codec: PositionCodec) -> types.Range:
    """The place of a span; what is missing at the end of a file is a place of no width."""
    return types.Range(
        to_position(span.source, span.start, codec), to_position(span.source, span.end, codec)
    )


def to_offset(source: Source, position: types.Position, codec: PositionCodec) -> int:
    """The character offset of a place; one beyond its line or the text is at the end of that."""
    lines = source.text.count("\n") + 1
    if position.line >= lines:
        return len(source.text)
    line = source.line(position.line + 1)
    start = source.line_start(position.line + 1)
    units = 0
    for index, character in enumerate(line):
        if units >= position.character:
            return start + index
        units += codec.client_num_units(character)
    return start + len(line)


def to_path(uri: str) -> Path:
    """The path of a document; one that is in no file has its name in the current folder."""
    path = to_fs_path(uri)
    return Path(path) if path else Path.cwd() / (uri.rpartition("/")[2] or "untitled.imnn")


def to_uri(path: Path) -> str:
    """The address of a file."""
    uri: str | None = from_fs_path(str(path.absolute()))
    assert uri is not None, path
    return uri
