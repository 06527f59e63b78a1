"""Reading the arrays of a `.npz` that may come from anywhere: sizes first, content then.

Nothing is allocated that the file does not hold: members are stored as they are, never compressed,
none lies within another, and the array that a member announces is as large as what follows.
"""

from __future__ import annotations

import errno
import io
import math
import tokenize
import zipfile
import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imnnc.regular import size_bytes

Array = NDArray[Any]

_SUFFIX = ".npy"
_KINDS = "biufU"
_ENCRYPTED = 1  # a bit of a member's flags
_LARGEST_HEADER = 10_000  # characters, as numpy has it


class ArchiveError(Exception):
    """What is wrong with an archive."""


def read_arrays(stream: BinaryIO) -> dict[str, Array]:
    """The arrays by name: numbers and truth values in the machine's byte order, and texts.

    Raises:
        ArchiveError: the archive is not what `write_npz` writes.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check(members, size_bytes(stream))
            # Reading a member to its end compares its checksum.
            return {x.filename.removesuffix(_SUFFIX): _array(x, archive.read(x)) for x in members}
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise ArchiveError("it is not a whole archive of arrays: it ends before it says") from error
    # numpy and zipfile have no exception of their own for broken content: it is whatever their
    # parsers meet.
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        EOFError,
        TypeError,
        KeyError,
        SyntaxError,
        tokenize.TokenError,
        NotImplementedError,
        RuntimeError,
        MemoryError,
        OverflowError,
    ) as error:
        raise ArchiveError(f"it is not a whole archive of arrays: {error}") from error


def _check(members: list[zipfile.ZipInfo], archive_bytes: int) -> None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ArchiveError("two of its members have the same name")
    for member in members:
        if not member.filename.endswith(_SUFFIX) or member.flag_bits & _ENCRYPTED:
            raise ArchiveError(f"its member `{member.filename[:60]}` is no array")
        # Compressed, a few kilobytes could announce gigabytes.
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise ArchiveError(f"array `{_name(member)}` must be stored as it is, is compressed")
    if sum(member.file_size for member in members) > archive_bytes:
        raise ArchiveError("its members must not be larger than itself")


def _array(member: zipfile.ZipInfo, content: bytes) -> Array:
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ArchiveError(f"array `{_name(member)}` must be of numpy's format 1.0")
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream, _LARGEST_HEADER)
    if dtype.hasobject or dtype.kind not in _KINDS:
        raise ArchiveError(f"array `{_name(member)}` must hold numbers, holds {dtype}")
    if any(side < 0 for side in shape) or (
        math.prod(shape) * dtype.itemsize != len(content) - stream.tell()
    ):
        shown = " x ".join(map(str, shape))[:60]
        raise ArchiveError(f"array `{_name(member)}` is not as large as it says, {shown}")
    stream.seek(0)
    array = np.lib.format.read_array(stream, allow_pickle=False)
    return np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C")


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(_SUFFIX)[:60]
