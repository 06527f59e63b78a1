"""The IDX format of the MNIST family: a magic number, the sizes, then the values.

Source: the description on the MNIST page.  Magic: two zero bytes, one byte for the type of
the values, one for the number of dimensions; then each size as a big-endian unsigned 32-bit
integer; then the values in row-major order, big-endian.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.data.files import damaged, read_bytes
from imnnc.data.kinds import kind_of
from imnnc.diagnostics import Span, fail

_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}


def read_idx(path: Path, span: Span | None = None) -> NDArray[Any]:
    """The array of an IDX file, gzipped or not, in the file's own type and shape.

    Raises:
        CompileError: IM201 and IM202 as `read_bytes`; IM202 too where the file holds fewer
            or more values than its header says; IM203 where it is not IDX.
    """
    content = read_bytes(path, span)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES or not content[3]:
        kind = kind_of(content)
        raise fail(
            "IM203",
            f"an IDX file must start with a magic number such as 00000803, "
            f"`{path}` starts with {content[:4].hex() or 'nothing'}",
            span,
            notes=() if kind is None else (f"it is {kind.what}",),
            help=kind.remedy if kind else "name the file `.csv` or `.npz` if it is one of these",
        )
    dtype, dimensions = _TYPES[content[2]], content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise damaged(path, f"it ends inside its header of {start} bytes", span)
    shape = [int(size) for size in np.frombuffer(content, ">u4", dimensions, offset=4)]
    expected = prod(shape) * dtype.itemsize
    if len(content) - start != expected:
        sizes = " x ".join(str(size) for size in shape)
        raise damaged(
            path,
            f"its header announces {sizes} values in {expected} bytes, "
            f"it holds {len(content) - start}",
            span,
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape)
