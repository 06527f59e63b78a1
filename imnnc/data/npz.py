"""Arrays from numpy's `.npz`, which is never allowed to run code."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.data.files import LARGEST_BYTES, damaged, read_bytes
from imnnc.diagnostics import CompileError, Span, fail

_MAGIC = b"PK"  # of every zip archive


def read_npz(path: Path, span: Span | None = None) -> dict[str, NDArray[Any]]:
    """All arrays of a `.npz` file by name: integers, floating point or truth values.

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM202 for a broken archive; IM204 for
            an array that is not of numbers; IM205 for a pickled one.
    """
    content = io.BytesIO(read_bytes(path, span))
    if not content.getbuffer()[: len(_MAGIC)] == _MAGIC:
        raise fail(
            "IM202",
            f"`{path}` must be an `.npz` archive, it is another kind of file",
            span,
            help="save arrays of numbers: `np.savez(file, inputs=..., targets=...)`",
        )
    try:
        with zipfile.ZipFile(content) as archive:
            unpacked_bytes = sum(member.file_size for member in archive.infolist())
        if unpacked_bytes > LARGEST_BYTES:
            limit = LARGEST_BYTES // 2**30
            raise fail("IM201", f"`{path}` holds more than {limit} GiB of data", span)
        content.seek(0)
        with np.load(content, allow_pickle=False) as loaded:
            arrays = {name: np.asarray(loaded[name]) for name in loaded.files}
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
                help="save plain arrays of numbers: `np.savez(file, inputs=..., targets=...)`",
            ) from error
        raise damaged(path, f"it is not a whole `.npz` archive: {error}", span) from error
    for name, values in arrays.items():
        if values.dtype.kind not in "biuf":
            raise fail(
                "IM204",
                f"array `{name}` of `{path}` must hold numbers, it holds {values.dtype}",
                span,
            )
    return arrays


def read_inputs(path: str | Path) -> NDArray[np.float64]:
    """The input voltages in a `.npz` file: its one array, or the one called `inputs`.

    Raises:
        CompileError: it cannot be read, or it has no such array.
    """
    arrays = read_npz(Path(path))
    if len(arrays) != 1 and "inputs" not in arrays:
        raise fail(
            "IM716",
            f"`{path}` must have one array, or one that is called `inputs`",
            notes=[f"it has {', '.join(f'`{name}`' for name in arrays) or 'none'}"],
        )
    found = arrays["inputs"] if "inputs" in arrays else next(iter(arrays.values()))
    return found.astype("float64")
