"""Reading a data file as a whole, gzipped or not, with every failure located."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from imnnc.diagnostics import CompileError, Span, fail
from imnnc.nearby import similar_file
from imnnc.regular import NotRegularError, open_regular, size_bytes

LARGEST_BYTES = 2**31  # after decompression; a bound so that a gzip bomb ends as a message
_CHUNK_BYTES = 2**24
_GZIP_MAGIC = b"\x1f\x8b"


def read_bytes(path: Path, span: Span | None) -> bytes:
    """The content of a file, decompressed where it is gzipped (whatever its name).

    Raises:
        CompileError: IM201 where the file is missing, unreadable or too large,
            IM202 where its compression is damaged or it ends early.
    """
    try:
        check_readable(path, span)
        return _read(path, span)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(path, f"its compression is broken: {error}", span) from error
    except OSError as error:
        raise _unreadable(path, error, span) from error


def check_readable(path: Path, span: Span | None) -> None:
    """Fail with IM201 where there is no regular file that can be opened."""
    try:
        open_regular(path).close()
    except NotRegularError as error:
        raise fail("IM201", f"data must be a file, `{path}` is none", span) from error
    except OSError as error:
        raise _unreadable(path, error, span) from error


def _unreadable(path: Path, error: OSError, span: Span | None) -> CompileError:
    reason = error.strerror or str(error)
    message = f"cannot read `{path}`: {reason.lower()}"
    return fail("IM201", message, span, help=similar_file(path))


def damaged(path: Path, reason: str, span: Span | None) -> CompileError:
    """The error for a file that is not what its name or its header says."""
    return fail(
        "IM202",
        f"`{path}` is damaged: {reason}",
        span,
        help="fetch or write the file again; it may have been cut short",
    )


def _read(path: Path, span: Span | None) -> bytes:
    with open_regular(path) as raw:
        _check_size(size_bytes(raw), path, span)
        compressed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if compressed else raw
        chunks, size = [], 0
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            _check_size(size, path, span)
            chunks.append(chunk)
        return b"".join(chunks)


def _check_size(size: int, path: Path, span: Span | None) -> None:
    if size > LARGEST_BYTES:
        limit = LARGEST_BYTES // 2**30
        raise fail("IM201", f"`{path}` holds more than {limit} GiB of data", span)
