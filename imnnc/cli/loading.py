"""What commands on an output folder begin with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imnnc import api
from imnnc.files.manifest import check_folder
from imnnc.terminal import Terminal


def loaded(out: Path, edited: bool, terminal: Terminal) -> api.Compilation:
    """The compilation in a folder; with `edited`, a warning for each file that was."""
    compilation = api.load(out)
    for found in check_folder(out) if edited else ():
        # Cells may have been programmed anew: what lies there is what is simulated.
        terminal.print(replace(found, severity="warning"))
    return compilation
