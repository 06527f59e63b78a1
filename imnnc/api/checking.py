"""What is wrong with a source, and with the samples that it names."""

from __future__ import annotations

from pathlib import Path

from imnnc.data import data_files, load_dataset
from imnnc.diagnostics import CompileError, Diagnostic, ExitCode
from imnnc.lang.checking import check_design


def check(path: Path) -> tuple[tuple[Diagnostic, ...], ExitCode]:
    """Errors and warnings of a source, and the exit code that they come to.

    Files of samples are read as a compile reads them.  Sets with a name are not: they need not be
    on the machine that checks.
    """
    found, ended, design = check_design(path)
    if design is None or design.data is None or design.data.file is None:
        return found, ended
    remarks: list[Diagnostic] = []
    try:
        data_files(design.data)
        load_dataset(
            design.data, design.network, design.train.loss, design.train.seed, remarks.append
        )
    except CompileError as error:
        remarks += error.diagnostics
        ended = error.exit_code
    return (*found, *(x for x in remarks if x.severity != "note")), ended
