"""What can be said of a source without training: all that a compile would say of it first."""

from __future__ import annotations

from pathlib import Path

from imnnc.design import Design
from imnnc.diagnostics import CompileError, Diagnostic, ExitCode
from imnnc.lang.elaborate import design_of
from imnnc.lang.kits import kit_warnings
from imnnc.lang.modules import NOTHING_EDITED, Edited, Module, load
from imnnc.lang.overrides import Overrides
from imnnc.lang.problems import Problems
from imnnc.lang.syntax import File, Import, Let, Section
from imnnc.lang.visible import visible_in


def check_source(
    path: Path, edited: Edited = NOTHING_EDITED
) -> tuple[tuple[Diagnostic, ...], ExitCode]:
    """The diagnostics of a source, and the exit code that they come to.

    A file that has only what can be imported is checked as one that is; any other as a design.
    `edited` takes the place of what files hold.
    """
    found, ended, _ = check_design(path, edited)
    return found, ended


def check_design(
    path: Path, edited: Edited = NOTHING_EDITED
) -> tuple[tuple[Diagnostic, ...], ExitCode, Design | None]:
    """The same, and the design; None where it is none, or has errors."""
    try:
        main = load(path, edited)
        if is_library(main.file):
            _check_library(main)
            return (), ExitCode.OK, None
        design = design_of(main)
        return tuple(kit_warnings(design.technology)), ExitCode.OK, design
    except CompileError as error:
        return error.diagnostics, error.exit_code, None


def is_library(file: File) -> bool:
    """Whether a file has declarations, and none that an imported file cannot have."""
    return bool(file.declarations) and all(
        isinstance(x, Import | Let)
        or (isinstance(x, Section) and x.keyword.text in ("technology", "memristor"))
        for x in file.declarations
    )


def _check_library(main: Module) -> None:
    problems = Problems()
    visible_in(main, Overrides({}, problems), problems)
    problems.check()
