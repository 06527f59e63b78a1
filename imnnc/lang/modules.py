"""Reads a source file and everything that it imports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from imnnc.diagnostics import Source, Span, fail
from imnnc.lang.parse import parse
from imnnc.lang.problems import Problems
from imnnc.lang.syntax import File, Import
from imnnc.nearby import similar_file
from imnnc.regular import open_regular

# Far more than a design with as many layers as there may be, and read in seconds.
MAX_BYTES = 2**20
_TABLES = (".csv", ".tsv")
MAX_DEPTH = 32

# What an editor holds in place of files, by their resolved paths.
Edited = Mapping[Path, bytes]
NOTHING_EDITED: Edited = MappingProxyType({})


@dataclass(frozen=True)
class Module:
    """A source file and the modules that it imports, in order."""

    path: Path
    file: File
    imports: tuple[tuple[Import, Module], ...]
    contents: bytes

    @property
    def folder(self) -> Path:
        """The folder to which the file names of the module are relative."""
        return self.path.parent


def read_source(path: Path, at: Span | None = None) -> Source:
    """The text of a source file, decoded; `at` is the import that asked for it.

    Raises `CompileError` where the file cannot be read or is not text.
    """
    return decode(str(path), read_bytes(path, at), at)


def read_bytes(path: Path, at: Span | None = None) -> bytes:
    """What a source file holds; raises `CompileError` where it cannot be read."""
    try:
        with open_regular(path) as stream:
            contents = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot read `{path}`: {reason}"
        raise fail("IM002", message, at, help=similar_file(path)) from None
    if path.suffix.lower() in _TABLES:
        raise fail(
            "IM002",
            f"`{path}` is a table of samples, not a source",
            at,
            help=f"`imnnc init --from csv {path}` writes a source that names it",
        )
    return _bounded(path, contents, at)


def _bounded(path: Path, contents: bytes, at: Span | None) -> bytes:
    if len(contents) > MAX_BYTES:
        raise fail("IM019", f"`{path}` must have at most {MAX_BYTES // 2**20} MiB", at)
    return contents


def decode(name: str, contents: bytes, at: Span | None = None) -> Source:
    """A source of UTF-8 bytes; a byte order mark is dropped, line ends become newlines."""
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf16 = contents.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise fail(
            "IM003",
            f"`{name}` must be text in UTF-8, byte {error.start} is 0x{contents[error.start]:02x}",
            at,
            help="it looks like UTF-16: save it as UTF-8" if utf16 else None,
        ) from None
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def load(path: Path, edited: Edited = NOTHING_EDITED) -> Module:
    """The module of a file with all its imports; `edited` takes the place of what files hold.

    Raises `CompileError` with the syntax errors of all files, and with every import that
    leads nowhere or round in a circle.
    """
    loader = _Loader(edited)
    with loader.problems.gathered():
        module = loader.load(path, None)
    loader.problems.check()
    return module


class _Loader:
    def __init__(self, edited: Edited) -> None:
        self._edited = edited
        self.problems = Problems()
        self.loaded: dict[Path, Module | None] = {}
        self.open: list[tuple[Path, str]] = []  # the chain of imports that is being followed

    def load(self, path: Path, at: Span | None) -> Module:
        edited = self._edited.get(path.resolve()) if self._edited else None
        contents = read_bytes(path, at) if edited is None else _bounded(path, edited, at)
        file = parse(decode(str(path), contents, at))
        self.open.append((path.resolve(), str(path)))
        imports = []
        for declaration in file.declarations:
            if isinstance(declaration, Import):
                module = self._follow(declaration, path, declaration.path.span(file.source))
                if module is not None:
                    imports.append((declaration, module))
        self.open.pop()
        return Module(path, file, tuple(imports), contents)

    def _follow(self, declaration: Import, importer: Path, at: Span) -> Module | None:
        """The imported module, None where it is wrong, which has been reported."""
        with self.problems.gathered():
            path = importer.parent / declaration.path.text
            if not declaration.path.text:
                raise fail("IM017", "`import` must be a file name in quotes, not an empty one", at)
            if not self._is_there(path):
                raise fail(
                    "IM140",
                    f"there is no file `{path}` to import",
                    at,
                    help="file names are relative to the folder of the source that has them",
                )
            resolved = path.resolve()
            if resolved in self.loaded:
                return self.loaded[resolved]
            self._check_chain(path, resolved, at)
            self.loaded[resolved] = None
            self.loaded[resolved] = self.load(path, at)
            return self.loaded[resolved]
        return None

    def _is_there(self, path: Path) -> bool:
        if os.path.exists(path):  # unlike Path.exists, false for any name
            return True
        return bool(self._edited) and path.resolve() in self._edited

    def _check_chain(self, path: Path, resolved: Path, at: Span) -> None:
        chain = [opened for opened, _ in self.open]
        if resolved in chain:
            names = [name for _, name in self.open[chain.index(resolved) :]]
            raise fail(
                "IM141",
                f"`{names[0]}` imports itself",
                at,
                notes=[" -> ".join([*names, names[0]])],
                help="move what both need into a third file",
            )
        if len(self.open) > MAX_DEPTH:
            raise fail("IM144", f"imports must not be nested deeper than {MAX_DEPTH} files", at)
