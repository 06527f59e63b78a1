"""Commands about technologies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imnnc import api, tables
from imnnc.cli.arguments import JsonLines, Quiet, TechnologyName, Timeout
from imnnc.files.files import check_writable
from imnnc.lang import built_in_technology, technology_names
from imnnc.technology import definition_path
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def tech_list() -> None:
    """Print the names of the technologies."""
    with reporting():
        for name in technology_names():
            print(name)


@app.command("show")
def tech_show(name: TechnologyName) -> None:
    """Print the definition of a technology, in the language itself."""
    with reporting():
        built_in_technology(name)
        print(definition_path(name).read_text(encoding="utf-8"), end="")


@app.command("characterize")
def tech_characterize(
    name: TechnologyName,
    corner: Annotated[str | None, typer.Option(help="The corner.")] = None,
    temperature: Annotated[float | None, typer.Option(metavar="CELSIUS")] = None,
    supply: Annotated[float | None, typer.Option(metavar="VOLTS", help="Rails at ± this.")] = None,
    plot: Annotated[
        bool,
        typer.Option("--plot", help="Draw transfer curves by size and load, of all corners."),
    ] = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="Write the table of currents, as .npz or .csv; with --plot the figure, as .png,"
            " .svg or .pdf, or its numbers, as .csv. May be repeated.",
        ),
    ] = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Have ngspice measure the unit inverter of a technology."""
    with reporting(quiet, json_lines) as terminal:
        for path in out or ():
            api.known_ending(path, api.CURVES_ENDINGS if plot else api.TABLE_ENDINGS)
            check_writable(path)
        if plot:
            corners = built_in_technology(name).corners if corner is None else (corner,)
            found = api.transfer_curves(
                name,
                corners,
                temperature_celsius=temperature,
                supply_volts=supply,
                timeout_seconds=timeout,
                reporter=terminal.reporter(),
            )
            for path in out or ():
                api.write_transfer_curves(found, path, name)
            print(tables.transfer(found, out or ()), end="")
            return
        table = api.characterize(
            name,
            corner=corner,
            temperature_celsius=temperature,
            supply_volts=supply,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
        )
        for path in out or ():
            api.write_inverter_table(table, path)
        print(tables.inverter(table, out or ()), end="")
