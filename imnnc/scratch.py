"""Folders that one process works in, and that the next one removes if that was killed.

Each is locked by the process that has it, and a lock ends with its process, however that ends:
so what nobody has locked is nobody's.  No number of a process is noted, which another could have
after it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Where a file system has no locks, what is this old is taken to be nobody's.
FORGOTTEN_SECONDS = 30 * 24 * 3600.0

_TEMPORARY = "imnnc-scratch-"
_RANDOM = "[a-z0-9_]{8}"  # as `tempfile` ends its names


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder in the system's folder for temporary files, for this user alone."""
    with owned_folder(Path(tempfile.gettempdir()), _TEMPORARY) as folder:
        yield folder


@contextmanager
def reachable(path: Path) -> Iterator[Path]:
    """A file that somebody else has named; where its folder is not on this machine, another one.

    The other one is removed at the end.
    """
    if path.parent.is_dir():
        yield path
        return
    with temporary_folder() as folder:
        yield folder / path.name


@contextmanager
def owned_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent` whose name begins with `prefix`, removed at the end.

    First what killed processes have left there under such names is removed.  A folder that is
    renamed in the block stays.  Raises `OSError` where it cannot be made.
    """
    remove_abandoned(parent, prefix)
    folder, descriptor = _new_folder(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove this user's folders that `owned_folder` has made and that no process has."""
    pattern = re.compile(re.escape(prefix) + _RANDOM)
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name):
                remove_unless_held(Path(entry))


def remove_unless_held(folder: Path, only_empty: bool = False) -> None:
    """Remove a folder of this user, no link and no one else's, unless a process has it."""
    with suppress(OSError):
        descriptor = open_folder(folder)
        try:
            status = os.fstat(descriptor)
            if status.st_uid != os.geteuid() or not _is_nobodys(descriptor):
                return
            if only_empty:
                folder.rmdir()
            # Who has made it anew meanwhile has another one.
            elif is_at(descriptor, folder):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)


def open_folder(folder: Path) -> int:
    """A descriptor of a folder, which is no link to one."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def try_lock(descriptor: int) -> bool:
    """Lock an open folder until it is closed or the process ends; False where another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: at worst, two compiles do the same work twice.
        return True
    return True


def is_at(descriptor: int, folder: Path) -> bool:
    """Whether an open folder is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(folder))
    except FileNotFoundError:
        return False


def _new_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        # Before it was locked, another process may have taken it for abandoned.
        with suppress(FileNotFoundError):
            descriptor = open_folder(folder)
            if try_lock(descriptor) and is_at(descriptor, folder):
                return folder, descriptor
            os.close(descriptor)


def _is_nobodys(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - os.fstat(descriptor).st_mtime > FORGOTTEN_SECONDS
    return True
