"""A copy of what is simulated of a folder, taken once and compared with what the folder lists.

Whatever happens to the folder afterwards, and whatever else lies in it, is of no account: a
simulation reads the copy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE
from imnnc.circuit.build import MODELS_FOLDER
from imnnc.diagnostics import CompileError, Diagnostic, Source, Span, fail
from imnnc.emit.ngspice import NGSPICE
from imnnc.files.files import reason_of, writing
from imnnc.files.manifest import changed_file, missing_file
from imnnc.regular import open_regular
from imnnc.scratch import temporary_folder

LARGEST_FILE_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Copied:
    """The copy, and an empty folder beside it for what is made of it."""

    folder: Path
    scratch: Path


@contextmanager
def copied(folder: Path, sha256: Mapping[str, str] | None) -> Iterator[Copied]:
    """What is read of a folder for a simulation, in a folder of our own until the block ends.

    Args:
        folder: an output folder, a golden, or one with the same files.
        sha256: of each file by its name, which the files must have, and no file is there that is
            not among them; None: the files may be any.

    Raises:
        CompileError: IM513 and IM516 where a file is not as it must be, IM609 where one is a link
            out of the folder, no regular file or too large, IM510 where it cannot be copied.
            Errors in the block that speak of the copy speak of `folder` instead.
    """
    with temporary_folder() as scratch:
        target, work = scratch / "folder", scratch / "work"
        try:
            for new in (target, work):
                new.mkdir()
            for name in _names(folder) if sha256 is None else filter(_is_read, sorted(sha256)):
                _copy(folder, name, target, None if sha256 is None else sha256[name])
            yield Copied(target, work)
        except CompileError as error:
            shown = [_spoken_of(each, scratch, folder) for each in error.diagnostics]
            raise CompileError(*shown, exit_code=error.exit_code) from error


def _is_read(name: str) -> bool:
    path = PurePosixPath(name)
    return ".." not in path.parts and (
        name in (PARAMETERS_FILE, STIMULI_FILE)
        or (len(path.parts) == 1 and f".{NGSPICE.name}." in name)
        or path.parts[0] == MODELS_FOLDER
    )


def _names(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(filter(_is_read, found))


def _copy(folder: Path, name: str, target: Path, sha256: str | None) -> None:
    source = folder / name
    if not source.is_file():
        raise CompileError(missing_file(source))
    if not source.resolve().is_relative_to(folder.resolve()):
        raise _refused(source, "it is a link out of its folder")
    digest, count = hashlib.sha256(), 0
    try:
        stream = open_regular(source)
    except OSError as error:
        raise _refused(source, reason_of(error)) from error
    with stream, writing(target / name):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        with (target / name).open("wb") as copy:
            while chunk := stream.read(_CHUNK_BYTES):
                count += len(chunk)
                if count > LARGEST_FILE_BYTES:
                    raise _refused(source, f"it has more than {LARGEST_FILE_BYTES} bytes")
                digest.update(chunk)
                copy.write(chunk)
    if sha256 is not None and digest.hexdigest() != sha256:
        raise CompileError(changed_file(source))


def _refused(path: Path, reason: str) -> CompileError:
    return fail("IM609", f"cannot simulate with `{path}`: {reason}")


def _spoken_of(diagnostic: Diagnostic, scratch: Path, folder: Path) -> Diagnostic:
    """A diagnostic about a copy as one about the file of the folder."""
    copies = re.compile(rf"{re.escape(str(scratch))}/(?:folder|work/[^/]+)(?=/|`|$)")

    def text(words: str) -> str:
        return copies.sub(lambda _: str(folder), words)

    def span(old: Span | None) -> Span | None:
        return old and replace(old, source=Source(text(old.source.name), old.source.text))

    return replace(
        diagnostic,
        message=text(diagnostic.message),
        span=span(diagnostic.span),
        notes=tuple(map(text, diagnostic.notes)),
    )
