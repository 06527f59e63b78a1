"""The output folder: everything of a compile appears in it at once, or nothing does."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Callable
from pathlib import Path

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.files.files import cannot_write
from imnnc.files.folder import recover_folder, replace_folder, staged_beside
from imnnc.files.manifest import MANIFEST_NAME, RENEWING, TIMINGS_NAME, read_manifest
from imnnc.scratch import remove_abandoned

DUMP_FOLDER = "dump"


def write_output(out: Path, fill: Callable[[Path], None], timings: dict[str, object]) -> bool:
    """Replace the output folder `out` by what `fill` writes into the folder that it is given.

    Files in `out` that no compile has written stay.  Where every file is as it was, `out` is
    not touched, so the times of the compile that wrote it stay as well.

    Returns:
        Whether anything has changed.

    Raises:
        CompileError: the folder cannot be written; IM711 where `out` is not an output folder.
    """
    out = out.resolve()
    try:
        with staged_beside(out) as staged:
            own = _own_files(out)
            fill(staged)
            if _all_equal(staged, out):
                return False
            (staged / TIMINGS_NAME).write_text(json.dumps(timings, indent=2) + "\n")
            replace_folder(staged, out, MANIFEST_NAME, own)
            return True
    except OSError as error:
        raise cannot_write(out, error) from error


def check_output(out: Path) -> None:
    """Fail before the work rather than after it where `out` cannot become an output folder.

    Raises:
        CompileError: the folder cannot be written; IM711 where `out` is not an output folder,
            or where it is or contains the working folder.
    """
    try:
        out = out.resolve()
        if Path.cwd().is_relative_to(out):
            raise fail(
                "IM711",
                f"the output `{out}` must not contain the folder in which the command runs",
                notes=["it is replaced as a whole"],
                help="run the command elsewhere, or choose another folder",
                exit_code=ExitCode.USAGE,
            )
        recover_folder(out, MANIFEST_NAME)
        remove_abandoned(out, RENEWING)
        _own_files(out)
        with staged_beside(out):
            pass
    except OSError as error:
        raise cannot_write(out, error) from error


def _own_files(out: Path) -> set[str]:
    """The files in `out` that a compile has written, if one has."""
    if out.exists() and not out.is_dir():
        raise fail("IM711", f"the output `{out}` must be a folder", exit_code=ExitCode.USAGE)
    dumps = out / DUMP_FOLDER
    if all(x == dumps or x.is_relative_to(dumps) for x in out.rglob("*")):
        return set()
    try:
        return {*read_manifest(out)["files"], MANIFEST_NAME, TIMINGS_NAME}
    except CompileError as error:
        raise fail(
            "IM711",
            f"`{out}` has files in it but no manifest of a compile, so it is left alone",
            notes=[diagnostic.message for diagnostic in error.diagnostics],
            help="choose another folder, or empty this one",
            exit_code=ExitCode.USAGE,
        ) from error


def _all_equal(staged: Path, out: Path) -> bool:
    names = [p.relative_to(staged) for p in staged.rglob("*") if p.is_file()]
    return all(
        (out / name).is_file() and filecmp.cmp(staged / name, out / name, shallow=False)
        for name in names
    )
