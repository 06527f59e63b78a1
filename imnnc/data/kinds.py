"""What a file is that is not what its name says, told by how it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of file as a message calls it, and what its owner can do."""

    what: str
    remedy: str


_SAVE = 'save its arrays with numpy: `np.savez("data.npz", inputs=..., targets=...)`'
_EXPORT = "export the table as CSV"
_TEXT = Kind("text", "name it `.csv` if it is a table of numbers")
_BEGINNINGS = (
    (
        b"PK",
        Kind(
            "a zip archive, as `.npz` and `.xlsx` are",
            "name it `.npz` if numpy wrote it; export a workbook as CSV",
        ),
    ),
    (b"\x93NUMPY", Kind("an array that numpy saved", "name it `.npy`")),
    (
        b"\xff\xfe\0\0",
        Kind("text in UTF-32", "convert it, as by `iconv -f utf-32 -t utf-8`"),
    ),
    (
        b"\0\0\xfe\xff",
        Kind("text in UTF-32", "convert it, as by `iconv -f utf-32 -t utf-8`"),
    ),
    (b"\0\0", Kind("binary, perhaps IDX", "an IDX file has a name without `.csv` or `.npz`")),
    (b"\x89HDF", Kind("an HDF5 file, as `.h5` and newer `.mat` are", _SAVE)),
    (b"MATLAB", Kind("a MATLAB file", _SAVE)),
    (b"\x80", Kind("a pickle, which could run any code when read", _SAVE)),
    (b"PAR1", Kind("a Parquet file", _EXPORT)),
    (b"\xd0\xcf\x11\xe0", Kind("an old Office document, as `.xls` is", _EXPORT)),
    (b"\x89PNG", Kind("one PNG image", _SAVE)),
    (b"\xff\xd8\xff", Kind("one JPEG image", _SAVE)),
)
_LOOKED_AT = 4096  # bytes


def kind_of(content: bytes) -> Kind | None:
    """What the content of a file is; None where that cannot be told."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content and is_text(content):
        return _TEXT
    halves = content[:_LOOKED_AT:2], content[1:_LOOKED_AT:2]
    for half, encoding in zip(halves, ("utf-16be", "utf-16le"), strict=True):
        if half and not half.strip(b"\0"):
            remedy = f"convert it, as by `iconv -f {encoding} -t utf-8`"
            return Kind("text in UTF-16 without a byte order mark", remedy)
    return None


def is_text(content: bytes) -> bool:
    """Whether the beginning of a file has no byte that text in UTF-8 or Latin-1 never has."""
    return not any(byte < 32 and byte not in b"\t\n\v\f\r\x1a" for byte in content[:_LOOKED_AT])
