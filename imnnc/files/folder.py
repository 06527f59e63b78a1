"""A folder that is replaced as a whole."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.files.files import cannot_write
from imnnc.files.manifest import MANIFEST_NAME, TIMINGS_NAME, read_manifest
from imnnc.scratch import owned_folder

_AT_FDCWD = -100

_RENAME_EXCHANGE = 2


@contextmanager
def staged_beside(target: Path) -> Iterator[Path]:
    """A new folder on the file system of `target`, removed at the end unless it has become that.

    It has the usual permissions.  Raises `OSError` where it cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with owned_folder(target.parent, f".{target.name}.imnnc-") as staged:
        umask = os.umask(0)
        os.umask(umask)
        staged.chmod(0o777 & ~umask)
        yield staged


def replace_folder(staged: Path, target: Path) -> None:
    """Let the folder `staged` become `target`, at once; both are on one file system.

    What `target` was is removed afterwards.  Fails with IM510 where the file system refuses, and
    with IM515 where a file would be lost that no compile wrote; `target` is then as it was.
    """
    target = target.resolve()
    recover_folder(target)
    _check_replaceable(staged, target)
    try:
        if not target.exists() or not any(target.iterdir()):
            # Renaming onto an empty folder is one step too.
            staged.rename(target)
            return
        if not _exchange(staged, target):
            previous = _previous(target)
            target.rename(previous)
            staged.rename(target)
            staged = previous
    except OSError as error:
        recover_folder(target)
        raise cannot_write(target, error) from error
    # The new output is in place: what is left of the old one may stay until the next compile.
    shutil.rmtree(staged, ignore_errors=True)


def recover_folder(target: Path) -> None:
    """Undo a replacement of `target` that was killed between its two renames.

    Fails with IM510 where the file system refuses.
    """
    target = target.resolve()
    previous = _previous(target)
    if not _is_output(previous):
        return
    if target.exists():
        shutil.rmtree(previous, ignore_errors=True)
        return
    try:
        previous.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error


def _check_replaceable(staged: Path, target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise _refusal(target, f"`{target}` must be a folder, is a file")
    own: set[str] = set()
    if _is_output(target):
        own = {*read_manifest(target)["files"], MANIFEST_NAME, TIMINGS_NAME}
    lost = [
        name
        for path in sorted(target.rglob("*"))
        if (path.is_symlink() or not path.is_dir())
        and (name := path.relative_to(target).as_posix()) not in own
        and not os.path.lexists(staged / name)
    ]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise _refusal(
            target,
            f"`{target}` cannot be replaced, it holds what no compile wrote: `{lost[0]}`{more}",
        )


def _refusal(target: Path, message: str) -> CompileError:
    return fail(
        "IM515",
        message,
        help="choose another folder with `--out`, or move the files away",
        exit_code=ExitCode.USAGE,
    )


def _is_output(folder: Path) -> bool:
    """Whether a compile wrote the folder: `manifest.json` is a common name, so it is read."""
    if not folder.is_dir():
        return False
    try:
        read_manifest(folder)
    except CompileError:
        return False
    return True


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the system or file system has no such step."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    paths = os.fsencode(first), os.fsencode(second)
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)
