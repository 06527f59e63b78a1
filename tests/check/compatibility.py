"""A golden that stays in the repository: what any machine must compile, byte for byte.

`python -m tests.check.compatibility` writes it anew for a new version of the tool, or where a
change of an emitted file is meant; `imnnc check` says what has changed.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import imnnc
from imnnc.api import Compilation, update_golden
from imnnc.lang import format_source, read_source
from tests.passes.stored import SOURCE, stored_network, write_source, write_stored

HERE = Path(__file__).resolve().parent / "compatibility"
_STRIDE = 8  # of the inverter's table: the file is to be small, and no figure here depends on it


def compile_stored(folder: Path, params: Path = HERE / "golden" / "params.npz") -> Compilation:
    """Compile the source from stored parameters."""
    for name in ("points.imnn", "points.csv", "test.csv"):
        shutil.copyfile(HERE / name, folder / name)
    source, out, cache = folder / "points.imnn", folder / "out", folder / "cache"
    return imnnc.compile(source, out, params=params, jobs=1, cache=cache)


def refresh() -> None:
    """Write source, data and golden."""
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    source = write_source(HERE, SOURCE.lstrip())
    source.write_text(format_source(read_source(source)))
    stored = stored_network("tt", "ff")
    table = stored.table
    small = replace(
        table,
        output_amperes=table.output_amperes[::_STRIDE, ::_STRIDE].copy(),
        rail_amperes=table.rail_amperes[::_STRIDE, ::_STRIDE].copy(),
    )
    with tempfile.TemporaryDirectory() as scratch:
        params = write_stored(Path(scratch) / "stored.npz", replace(stored, table=small))
        update_golden(compile_stored(Path(scratch), params).out, HERE / "golden")


if __name__ == "__main__":
    refresh()
