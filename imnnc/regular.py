"""Opening files that are files: what never ends or has to be waited for is refused.

Errors are those of the operating system, so that every reader says what is wrong in the way in
which it says that a file is missing.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


class NotRegularError(OSError):
    """What has the name of a file is none; `strerror` says what it is."""


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open for reading; it is never waited for.

    Raises:
        OSError: it cannot be opened.
        NotRegularError: it is a folder, a pipe, a socket, a device, or one of the files that a
            system makes up while they are read, such as those below `/proc`.
    """
    try:
        _check(os.stat(path), path)
        # Whoever owns the folder may exchange the file for a pipe, whose opening would wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError as error:  # a name with a null character
        raise OSError(errno.EINVAL, str(error), str(path)) from None
    stream = os.fdopen(descriptor, "rb")
    try:
        _check(os.fstat(descriptor), path)
    except OSError:
        stream.close()
        raise
    return stream


def size_bytes(stream: BinaryIO) -> int:
    """The size of an open file, before anything of it is read."""
    return os.fstat(stream.fileno()).st_size


def _check(found: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise NotRegularError(errno.EISDIR, "it is a folder", str(path))
    is_regular = stat.S_ISREG(found.st_mode)
    # File systems that are made up have no blocks, and their files no size.
    if not is_regular or (found.st_size == 0 and os.statvfs(path).f_blocks == 0):
        raise NotRegularError(errno.EINVAL, "it is not a regular file", str(path))
