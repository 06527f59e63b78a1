"""Artifacts: the immutable values that passes hand to one another, their codec, their identity.

An artifact is a frozen dataclass of strings, numbers, booleans, None, paths, numpy arrays,
tuples and further dataclasses.  Fields with `compare=False` (spans, say) are no part of it.
On disk it is a JSON tree and a set of named arrays; nothing is ever pickled.

The fingerprint is the artifact's identity: two artifacts have the same one exactly when every
value in them is the same, on any machine and in any process.  A path counts by the content of
the file that it names, never by its name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from imnnc.diagnostics import fail
from imnnc.files.decoding import DamagedError, Decoder, joined, stored_fields
from imnnc.files.listing import is_inside
from imnnc.limits import is_optional

T = TypeVar("T")
Array = NDArray[Any]
Json = Any


@dataclass(frozen=True)
class FileEntry:
    """One emitted file: its name relative to the output folder, with forward slashes."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Files:
    """Emitted files, whose content stays on disk however large it is.

    Each pass that emits provides a subclass of its own.  The files are known by their names
    and content; where they happen to lie is no part of the artifact.
    """

    entries: tuple[FileEntry, ...]
    folder: Path = field(compare=False, repr=False)

    @classmethod
    def collect(cls, folder: Path) -> Self:
        """All files below `folder`, in the order of their names."""
        paths = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        return cls(
            tuple(
                FileEntry(name, file_sha256(paths[name]), paths[name].stat().st_size)
                for name in sorted(paths)
            ),
            folder,
        )

    def identity(self) -> object:
        """What fingerprints are made of: an artifact with the same has the same effect."""
        return self.entries

    def copy_to(self, folder: Path) -> None:
        """Copy the files below `folder`, which exists.

        They are copies rather than hard links: whoever edits a file of the output in place,
        to reprogram a crossbar, would otherwise edit the cache.

        Raises:
            DamagedError: a file is gone or is no longer what was emitted.
            OSError: `folder` cannot be written.
        """
        for entry in self.entries:
            source, target = self.folder / entry.name, folder / entry.name
            try:
                damaged = file_sha256(source) != entry.sha256
            except OSError:
                damaged = True
            if damaged:
                raise DamagedError(f"file {entry.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def file_sha256(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(tree: Json) -> bytes:
    """The one way in which a JSON tree is written where bytes have to agree."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(artifact: object) -> str:
    """The artifact's identity: a sha256 in hexadecimal.

    Raises:
        CompileError: a file that the artifact names cannot be read.
        TypeError: a value is none of those that artifacts are made of.
    """

    def array(value: Array, _where: str) -> Json:
        value = _little_endian(value)
        digest = hashlib.sha256(value.data if value.size else b"").hexdigest()
        return {"array": [value.dtype.str, list(value.shape), digest]}

    def path(value: Path) -> Json:
        try:
            return {"content": file_sha256(value)}
        except OSError as error:
            raise fail("IM704", f"cannot read `{value}`: {error.strerror}") from error

    if isinstance(artifact, Files):
        artifact = (_class_name(type(artifact)), artifact.identity())
    return hashlib.sha256(canonical_json(_tree(artifact, "", array, path))).hexdigest()


def encode(artifact: object) -> tuple[Json, dict[str, Array]]:
    """The artifact as a JSON tree and the arrays that the tree refers to by name.

    Raises:
        TypeError: a value is none of those that artifacts are made of, or of a class that the
            annotations of the artifact's fields do not lead to, so that it could not be read.
    """
    arrays: dict[str, Array] = {}
    known = _reachable(type(artifact))

    def array(value: Array, where: str) -> Json:
        arrays[where] = _little_endian(value)
        return {"array": where}

    def check(value: object) -> None:
        if _class_name(type(value)) not in known:
            raise TypeError(f"{type(value)} is not in the annotations of {type(artifact)}")

    return _tree(artifact, "", array, lambda path: {"path": str(path)}, check), arrays


def decode(tree: Json, arrays: Mapping[str, Array], kind: type[T], folder: Path) -> T:
    """The artifact of class `kind` that `encode` wrote.

    Only classes that the annotations of `kind` lead to are ever made, so that a tampered file
    cannot call anything else, and only with values that their fields can have (see `decoding`).
    `folder` is where the content of `Files` lies.

    Raises:
        DamagedError: the tree does not describe a `kind`.
    """
    known = _reachable(kind)

    def made(found: type, values: dict[str, Any]) -> Any:
        if issubclass(found, Files):
            if not all(is_inside(entry.name) for entry in values["entries"]):
                raise DamagedError("a file name leads out of its folder")
            values["folder"] = folder
        return found(**values)

    decoder = Decoder(arrays, lambda name: known.get(_known_as(name)), made)
    artifact = decoder.value(tree, kind, "")
    assert isinstance(artifact, kind)
    return artifact


def _tree(
    value: object,
    where: str,
    array: Callable[[Array, str], Json],
    path: Callable[[Path], Json],
    check: Callable[[object], None] = lambda _: None,
) -> Json:
    """`value` as JSON, with arrays and paths as the callers want them; `where` names arrays."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple):
        return [_tree(x, joined(where, i), array, path, check) for i, x in enumerate(value)]
    if isinstance(value, np.ndarray):
        return array(value, where or "value")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return path(value)
    if is_dataclass(value) and not isinstance(value, type):
        check(value)
        return {
            "type": _class_name(type(value)),
            "fields": {
                f.name: _tree(getattr(value, f.name), joined(where, f.name), array, path, check)
                for f in stored_fields(type(value))
                if not (is_optional(f) and getattr(value, f.name) is None)
            },
        }
    raise TypeError(f"{where or 'the artifact'}: {type(value)} cannot be part of an artifact")


def _little_endian(array: Array) -> Array:
    """`array` in C order and in the byte order that is written on every machine."""
    if array.dtype.hasobject:
        raise TypeError("an array of objects cannot be part of an artifact")
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _class_name(kind: type) -> str:
    """The name that a class is stored by: its own, wherever its module has come to lie."""
    return kind.__qualname__


def _known_as(name: str) -> str:
    """The name of a class that a file has; files of before have its module in front of it."""
    return name.rpartition(".")[2]


def _reachable(kind: type) -> dict[str, type]:
    """The dataclasses that the annotations of `kind` lead to, itself included, by name."""
    found: dict[str, type] = {}
    visited: set[type] = set()

    def visit(hint: Any) -> None:
        if (
            isinstance(hint, type)
            and is_dataclass(hint)
            and not isinstance(hint, types.GenericAlias)
        ):
            if found.setdefault(_class_name(hint), hint) is not hint:
                raise TypeError(f"{kind} leads to two classes {hint.__qualname__}")
            if hint not in visited:
                visited.add(hint)
                hints = get_type_hints(hint)
                for f in stored_fields(hint):
                    visit(hints[f.name])
        else:
            for argument in get_args(hint):
                visit(argument)

    visit(kind)
    return found
