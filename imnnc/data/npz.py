"""Arrays from numpy's `.npz` and `.npy`, which are never allowed to run code."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from imnnc.data.files import LARGEST_BYTES, damaged, read_bytes
from imnnc.data.kinds import kind_of
from imnnc.diagnostics import CompileError, Span, fail

_SAVE = "save arrays of numbers: `np.savez(file, inputs=..., targets=...)`"
_SAVE_INPUTS = "save the voltages with numpy: `np.savez(file, inputs=...)`"
_ZIP_MAGIC = b"PK"
_NPY_MAGIC = b"\x93NUMPY"

T = TypeVar("T")
Arrays = dict[str, NDArray[Any]]
# Which arrays to read, of the names of all.
Choice = Callable[[Collection[str]], Iterable[str]]


def read_npz(
    path: Path, span: Span | None = None, choose: Choice = tuple, remedy: str | None = None
) -> Arrays:
    """Arrays of a `.npz` file by name: integers, floating point or truth values.

    Args:
        path: the file.
        span: where a message points.
        choose: which arrays are read; the others may be of any kind.
        remedy: what helps where it is no archive; None: what its kind tells, of data.

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM201 for more than can be held; IM202
            for another kind of file and for a broken archive; IM204 for an array that is not
            of numbers; IM205 for a pickled one.
    """
    content = _content(path, _ZIP_MAGIC, "`.npz` archive", span, remedy)

    def load(stream: io.BytesIO) -> Arrays:
        with zipfile.ZipFile(stream) as archive:
            members = {x.filename.removesuffix(".npy"): x for x in archive.infolist()}
            chosen = [name for name in choose(members) if name in members]
            unpacked_bytes = sum(members[name].file_size for name in chosen)
        if unpacked_bytes > LARGEST_BYTES:
            limit = LARGEST_BYTES // 2**30
            raise fail("IM201", f"`{path}` holds more than {limit} GiB of data", span)
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as loaded:
            return {name: np.asarray(loaded[name]) for name in chosen}

    arrays = _parsed(content, path, "`.npz` archive", span, load)
    for name, values in arrays.items():
        _check_numbers(values, f"array `{name}` of `{path}`", span)
    return arrays


def read_npy(path: Path, span: Span | None = None) -> NDArray[Any]:
    """The array of a `.npy` file.

    Raises:
        CompileError: as `read_npz`.
    """
    content = _content(path, _NPY_MAGIC, "`.npy` file", span)

    def load(stream: io.BytesIO) -> NDArray[Any]:
        return np.asarray(np.load(stream, allow_pickle=False))

    array = _parsed(content, path, "`.npy` file", span, load)
    _check_numbers(array, f"`{path}`", span)
    return array


def read_inputs(path: str | Path) -> NDArray[np.float64]:
    """The input voltages in a `.npz` file: its one array, or the one called `inputs`.

    Raises:
        CompileError: it cannot be read, or it has no such array.
    """

    def choose(names: Collection[str]) -> Iterable[str]:
        if len(names) == 1 or "inputs" in names:
            return ["inputs"] if "inputs" in names else names
        raise fail(
            "IM716",
            f"`{path}` must have one array, or one that is called `inputs`",
            notes=[f"it has {', '.join(f'`{name}`' for name in names) or 'none'}"],
        )

    (found,) = read_npz(Path(path), None, choose, _SAVE_INPUTS).values()
    return found.astype("float64")


def _content(
    path: Path, magic: bytes, wanted: str, span: Span | None, remedy: str | None = None
) -> bytes:
    content = read_bytes(path, span)
    if not content.startswith(magic):
        kind = kind_of(content)
        raise fail(
            "IM202",
            f"`{path}` must be an {wanted}, it is another kind of file",
            span,
            notes=() if kind is None else (f"it is {kind.what}",),
            help=remedy or (kind.remedy if kind else _SAVE),
        )
    return content


def _parsed(
    content: bytes, path: Path, wanted: str, span: Span | None, load: Callable[[io.BytesIO], T]
) -> T:
    try:
        return load(io.BytesIO(content))
    except CompileError:
        raise
    # A broken archive or header surfaces as whatever the parser in zipfile, zlib, tokenize or
    # numpy happens to meet, and one that claims too many values as a MemoryError.
    except Exception as error:
        if "allow_pickle" in str(error):
            raise fail(
                "IM205",
                f"`{path}` holds pickled objects, which could run any code when read",
                span,
                help=_SAVE,
            ) from error
        raise damaged(path, f"it is not a whole {wanted}: {error}", span) from error


def _check_numbers(values: NDArray[Any], what: str, span: Span | None) -> None:
    if values.dtype.kind not in "biuf":
        names = values.dtype.kind in "US"
        raise fail(
            "IM204",
            f"{what} must hold numbers, it holds {values.dtype}",
            span,
            help="number the names: `np.unique(names, return_inverse=True)[1]`" if names else None,
        )
