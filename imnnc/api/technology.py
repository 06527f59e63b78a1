"""Measuring technologies."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from imnnc.api.computing import workers_or_local
from imnnc.diagnostics import ExitCode, fail
from imnnc.lang import argument_corner, kit_warnings, load_technology
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from imnnc.engine.context import Reporter
    from imnnc.physics.table import InverterTable

TABLE_ENDINGS = (".npz", ".csv")


def characterize(
    technology: str,
    *,
    corner: str | None = None,
    temperature_celsius: float | None = None,
    supply_volts: float | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> InverterTable:
    """The unit inverter of a technology that comes with the compiler, as ngspice measures it.

    Args:
        technology: its name.
        corner: None: the technology's own; so for the temperature and the supply.
        temperature_celsius: of the devices.
        supply_volts: rails are at plus and minus this.
        timeout_seconds: limit for each call of ngspice.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.

    Raises:
        CompileError: there is no such technology or corner, or no working ngspice.
    """
    return characterize_corners(
        technology,
        None if corner is None else [corner],
        temperature_celsius=temperature_celsius,
        supply_volts=supply_volts,
        timeout_seconds=timeout_seconds,
        cache=cache,
        reporter=reporter,
    )[0]


def characterize_corners(
    technology: str,
    corners: Sequence[str] | None = None,
    *,
    temperature_celsius: float | None = None,
    supply_volts: float | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> tuple[InverterTable, ...]:
    """The unit inverter at several corners, in their order; None: at the technology's own.

    Arguments and errors are those of `characterize`.
    """
    from imnnc.artifacts.curves import InverterTables, ModelFiles
    from imnnc.design import Technology
    from imnnc.engine.graph import PassGraph
    from imnnc.engine.notebook import watcher
    from imnnc.engine.run import Runner
    from imnnc.engine.store import Store, default_folder
    from imnnc.models.layout import model_files
    from imnnc.passes.characterize import Characterize

    known, watching = load_technology(technology), watcher(reporter)
    for warning in kit_warnings(known):
        watching.diagnostic(warning)
    first, *others = [argument_corner(x, known) for x in corners or [known.corner]]
    chosen = replace(
        known,
        corner=first,
        temperature_celsius=(
            known.temperature_celsius if temperature_celsius is None else temperature_celsius
        ),
        supply_volts=known.supply_volts if supply_volts is None else supply_volts,
    )
    graph = PassGraph([Characterize(tuple(others))], [Technology, ModelFiles])
    store = Store(default_folder() if cache is None else Path(cache))
    with workers_or_local(None, 1, watching) as workers:
        return Runner(store, watching, workers, timeout_seconds).run(
            graph.plan([Characterize.name]),
            {Technology: chosen, ModelFiles: ModelFiles(tuple(model_files(chosen).values()))},
            lambda results: results[InverterTables].tables,
        )


def write_inverter_table(table: InverterTable, path: str | Path) -> None:
    """Write a table, in the format that the name of the file ends in.

    `.npz` has the two arrays of currents, and the scalars as JSON in `meta`; `.csv` a line a
    point of the grid, V_in by V_in.

    Raises:
        CompileError: the file cannot be written, IM703 where its name ends otherwise.
    """
    from imnnc.files.arrays import write_npz
    from imnnc.files.files import new_text

    ending = known_ending(Path(path), TABLE_ENDINGS)
    scalars = asdict(table)
    arrays = {name: scalars.pop(name) for name in ("output_amperes", "rail_amperes")}
    if ending == ".npz":
        write_npz(Path(path), arrays, scalars)
        return
    points = np.linspace(table.low_volts, table.high_volts, len(table.output_amperes)).tolist()
    with new_text(Path(path)) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["v_in_volts", "v_out_volts", *arrays])
        for row, v_in in enumerate(points):
            for column, v_out in enumerate(points):
                currents = (f"{x[row, column]:.17g}" for x in arrays.values())
                writer.writerow([f"{v_in:.9g}", f"{v_out:.9g}", *currents])


def known_ending(path: Path, endings: Collection[str]) -> str:
    """What the name of a file ends in; fails with IM703 where that is none of `endings`."""
    found = path.suffix.lower()
    if found not in endings:
        *others, last = endings
        raise fail(
            "IM703",
            f"the name of the file must end in {', '.join(others)} or {last}, it is `{path}`",
            exit_code=ExitCode.USAGE,
        )
    return found
