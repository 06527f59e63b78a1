"""Reading and writing the files of an output folder, with every failure a diagnostic."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode
from typing import Any, BinaryIO, TextIO

from imnnc.diagnostics import CompileError, ExitCode, Span, fail
from imnnc.regular import open_regular, size_bytes
from imnnc.scratch import owned_folder

Json = Any

SCHEMA = 1  # of JSON files, and of `.npz` files that hold arrays
LARGEST_BYTES = 2**34  # of any file: more than the largest crossbar as text
LARGEST_TEXT_BYTES = 2**26  # of a JSON file or a table of voltages
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
DEEPEST = 32  # levels of a JSON tree


def sha256_file(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal; fails with IM511."""
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an error of the operating system into IM510, with the path and the reason."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CompileError:
    """The error of a file or folder that cannot be written."""
    return fail(
        "IM510",
        f"cannot write `{path}`: {reason_of(error)}",
        notes=["what was there before is as it was"],
        help="free some space, or choose another place"
        if error.errno in _NO_ROOM
        else "choose another place, or have the right to write there",
        exit_code=ExitCode.USAGE,
    )


@contextmanager
def reading(
    path: Path, span: Span | None = None, largest_bytes: int = LARGEST_BYTES
) -> Iterator[None]:
    """Turns an error of the operating system into IM511, with the path and the reason.

    A file that is larger than it may be is refused before anything of it is read.
    """
    try:
        with open_regular(path) as stream:
            if size_bytes(stream) > largest_bytes:
                limit = f"it must have at most {largest_bytes // 2**20:,} MiB"
                raise fail("IM511", f"cannot read `{path}`: {limit}", span)
        yield
    except OSError as error:
        raise fail("IM511", f"cannot read `{path}`: {reason_of(error)}", span) from error


@contextmanager
def new_text(path: Path, encoding: str = "ascii") -> Iterator[TextIO]:
    """A file of text with `\\n` line ends on every machine, its folder made where missing."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding=encoding, newline="\n") as stream:
            yield stream


@contextmanager
def new_binary(path: Path) -> Iterator[BinaryIO]:
    """A binary file, its folder made where missing."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            yield stream


def check_writable(path: Path) -> None:
    """Fail with IM510 before the work rather than after it where a file cannot be written."""
    with writing(path):
        there = next(x for x in (path, *path.absolute().parents) if x.exists())
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if there != path and not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(there, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def damaged(path: Path, reason: str) -> CompileError:
    """The error of a file whose content is not what imnnc writes."""
    return fail("IM512", f"`{path}` is damaged: {reason}", help="compile again to write it anew")


def check_schema(path: Path, schema: object, newest: int = SCHEMA) -> None:
    """Fails with IM512 where `schema` is none, with IM514 where it is newer than this version's."""
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise damaged(path, f"its schema must be a positive number, was {short(schema)}")
    if schema > newest:
        raise fail(
            "IM514",
            f"`{path}` must have schema {newest} or older, has {schema}",
            help="a newer version of imnnc wrote it: use that one, or compile again",
        )


def write_json(path: Path, tree: Mapping[str, Json]) -> None:
    """Write an object with its schema version; keys sorted, numbers in shortest exact form."""
    with new_text(path) as stream:
        stream.write(json_text(tree))


def json_text(tree: Mapping[str, Json]) -> str:
    """What `write_json` writes."""
    text = json.dumps(
        {"schema": SCHEMA, **tree}, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False
    )
    return text + "\n"


def read_json(path: Path) -> dict[str, Json]:
    """The object that `write_json` wrote.  Fails with IM511, IM512 or IM514."""
    try:
        tree = parse_json(read_text(path))
    except ValueError as error:
        raise damaged(path, f"it is not JSON: {short(error)}") from error
    if not isinstance(tree, dict):
        raise damaged(path, "it must hold a JSON object")
    check_schema(path, tree.get("schema"))
    return tree


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 that is not too large.  Fails with IM511 and IM512."""
    with reading(path, largest_bytes=LARGEST_TEXT_BYTES), open_regular(path) as stream:
        content = stream.read(LARGEST_TEXT_BYTES)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise damaged(path, f"it is not text in UTF-8: {error.reason}") from error


def parse_json(text: str) -> Json:
    """A JSON tree of the numbers and texts that imnnc writes, nested as deep as it nests them.

    Raises `ValueError` where the text is none: also for numbers that are not finite, and for
    halves of characters.
    """
    try:
        tree = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels") from None
    level = [tree]
    for _ in range(DEEPEST):
        level = [member for node in level for member in _members(node)]
        if not level:
            return tree
    raise ValueError(f"it is nested deeper than {DEEPEST} levels")


def _members(node: Json) -> Iterable[Json]:
    if isinstance(node, str):
        node.encode()  # half of a pair of surrogates is a ValueError here
    if isinstance(node, dict):
        return (*node, *node.values())
    return node if isinstance(node, list) else ()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of it")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits[:20])


def rewrite(path: Path, text: str) -> None:
    """Replace the content of a text file at once; its permissions stay.

    Raises:
        CompileError: its folder cannot be written; the file is then as it was.
    """
    path = path.resolve()
    with writing(path), owned_folder(path.parent, ".imnnc-") as folder:
        new = folder / path.name
        new.write_text(text, encoding="utf-8", newline="\n")
        copymode(path, new)
        new.replace(path)


def reason_of(error: OSError) -> str:
    """What the operating system says is wrong, as a part of a message."""
    return (error.strerror or str(error)).lower()


def short(value: object) -> str:
    """One printable line that says what a value is."""
    text = "".join(c if c.isprintable() else " " for c in str(value))
    return text if len(text) <= 80 else f"{text[:80]}..."
