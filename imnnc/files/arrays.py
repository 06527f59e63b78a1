"""`.npz` files of plain arrays and one JSON string of metadata with a schema version.

They are never pickled, and their bytes depend on nothing but their content.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.files.archive import ArchiveError, read_arrays
from imnnc.files.files import (
    SCHEMA,
    Json,
    check_schema,
    damaged,
    new_binary,
    parse_json,
    reading,
    short,
)
from imnnc.regular import open_regular

Array = NDArray[Any]

LARGEST_ARCHIVE_BYTES = 2**32
_META = "meta"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
_NUMERIC_KINDS = "biuf"


def write_npz(
    path: Path, arrays: Mapping[str, Array], meta: Mapping[str, Json], schema: int = SCHEMA
) -> None:
    """Write numeric arrays in the order of their names, and `meta` as JSON in the array `meta`.

    Arrays are stored little-endian, in C order and uncompressed, so that the same content gives
    the same bytes with any version of zlib and on any machine.  Fails with IM510.
    """
    text = json.dumps({"schema": schema, **meta}, sort_keys=True, allow_nan=False)
    members: dict[str, Array] = {_META: np.array(text)}
    for name in sorted(arrays):
        if name == _META or arrays[name].dtype.kind not in _NUMERIC_KINDS:
            raise ValueError(f"array {name} of {arrays[name].dtype} cannot be stored")
        members[name] = arrays[name]
    with new_binary(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, array in members.items():
            plain = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain, version=(1, 0), allow_pickle=False)


def read_npz(path: Path, newest: int = SCHEMA) -> tuple[dict[str, Array], dict[str, Json]]:
    """The arrays and the metadata that `write_npz` wrote.

    Fails with IM511 where the file cannot be read, IM512 where it is truncated, damaged or holds
    anything but numbers, IM514 where a newer version wrote it.
    """
    with reading(path, largest_bytes=LARGEST_ARCHIVE_BYTES), open_regular(path) as stream:
        try:
            found = read_arrays(stream)
        except ArchiveError as error:
            raise damaged(path, short(error)) from error
    text = found.pop(_META, None)
    if text is None:
        raise damaged(path, "it has no array `meta`")
    if text.shape or text.dtype.kind != "U":
        raise damaged(path, "its metadata must be a text")
    try:
        meta = parse_json(str(text))
    except ValueError as error:
        raise damaged(path, f"its metadata is not JSON: {short(error)}") from error
    for name, array in found.items():
        if array.dtype.kind not in _NUMERIC_KINDS:
            raise damaged(path, f"array `{name}` must hold numbers, holds {array.dtype}")
    if not isinstance(meta, dict):
        raise damaged(path, "its metadata must be a JSON object")
    check_schema(path, meta.get("schema"), newest)
    return found, meta
