"""A folder that is replaced as a whole.

What is new is filled beside the old and exchanged with it in one step of the operating system
(Linux `renameat2` with RENAME_EXCHANGE), so that a kill at any moment leaves the old or the new.
File systems without that step get two renames: the old away to `.<name>.previous`, the new into
its place.  A kill between them leaves the old whole under that name, and `recover_folder` moves
it back.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from imnnc.diagnostics import CompileError
from imnnc.files.files import cannot_write, read_json
from imnnc.files.listing import TOOL_NAME
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


def exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the system or file system has no such step."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    paths = os.fsencode(first), os.fsencode(second)
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)


def replace_folder(
    staged: Path,
    target: Path,
    marker: str,
    own: Collection[str],
    exchanged: Callable[[Path, Path], bool] = exchange,
) -> None:
    """Let the folder `staged` become `target`, at once; both are on one file system.

    Files of `target` that are not among its `own` come along, unless `staged` has them too; what
    `target` was is removed afterwards.

    Args:
        staged: the new folder.
        target: what it becomes; where there is none, or an empty one, it takes that place.
        marker: the JSON file that says what made such a folder; see `recover_folder`.
        own: the files of `target` that the new ones replace, by their names in it.
        exchanged: exchanges two folders in one step, or returns False where it cannot.

    Raises:
        CompileError: IM510 where the file system refuses; `target` is then as it was.
    """
    target = target.resolve()
    recover_folder(target, marker)
    try:
        if not target.exists() or not any(target.iterdir()):
            # Renaming onto an empty folder is one step too.
            staged.rename(target)
            return
        for path in sorted(target.rglob("*")):
            name = path.relative_to(target).as_posix()
            is_file = path.is_symlink() or not path.is_dir()
            if is_file and name not in own and not os.path.lexists(staged / name):
                (staged / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, staged / name, follow_symlinks=False)
        if not exchanged(staged, target):
            previous = _previous(target)
            target.rename(previous)
            staged.rename(target)
            staged = previous
    except OSError as error:
        recover_folder(target, marker)
        raise cannot_write(target, error) from error
    # The new folder is in place: what is left of the old one may stay until the next time.
    shutil.rmtree(staged, ignore_errors=True)


def recover_folder(target: Path, marker: str) -> None:
    """Undo a replacement of `target` that was killed between its two renames.

    Only a folder whose `marker` says that imnnc wrote it is touched.  Fails with IM510 where the
    file system refuses.
    """
    target = target.resolve()
    previous = _previous(target)
    if not _is_ours(previous / marker):
        return
    if target.exists():
        shutil.rmtree(previous, ignore_errors=True)
        return
    try:
        previous.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error


def _is_ours(marker: Path) -> bool:
    """Whether imnnc wrote a file: `manifest.json` is a common name, so it is read."""
    try:
        tool = read_json(marker).get("tool")
    except CompileError:
        return False
    return isinstance(tool, dict) and tool.get("name") == TOOL_NAME


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")
