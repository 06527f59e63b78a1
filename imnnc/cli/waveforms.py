"""The command that simulates samples over time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from imnnc import api
from imnnc.cli.arguments import (
    Driver,
    DriverOption,
    Edited,
    Folder,
    JsonLines,
    Quiet,
    Reduce,
    Timeout,
    names,
    whole_numbers,
)
from imnnc.cli.overrides import Define, definitions
from imnnc.diagnostics import ExitCode, fail
from imnnc.files.files import check_writable
from imnnc.simulate.waveform_files import check_ending
from imnnc.tables import columns
from imnnc.terminal import reporting
from imnnc.units import TIME, UNITS, engineering, literal

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_TIME = re.compile(r"(?P<digits>\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?) ?(?P<unit>[^\d\s.]+)", re.I)


@app.command()
def simulate(
    out: Folder,
    sample: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Samples from 0 on, with commas, in their order.")
    ] = "0",
    begin: Annotated[
        int | None,
        typer.Option(
            "--from",
            min=0,
            metavar="NUMBER",
            help="Begin at this sample, not at 0 V.",
        ),
    ] = None,
    hold: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="How long each stays, such as 20ns; by default what the slowest step takes.",
        ),
    ] = None,
    nodes: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="With commas: nets such as 'hidden_*', currents such as 'i(vdd)', readout.",
        ),
    ] = "readout",
    waveforms: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--waveforms",
            metavar="FILE",
            help="Write .raw, .csv, .vcd or .h5, or several.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A source, for its test samples, or a .npz of `inputs` in volts; by default the"
            " samples that were verified.",
        ),
    ] = None,
    define: Define = None,
    edited: Edited = False,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Simulate samples over time, and write the waveforms of nodes."""
    with reporting(quiet, json_lines) as terminal:
        files = waveforms or []
        for file in files:
            check_ending(file)
            check_writable(file)
        with terminal.progress("simulate") as progress:
            found = api.simulate(
                out,
                whole_numbers("--sample", sample),
                begin=begin,
                hold_seconds=None if hold is None else _seconds_of("--hold", hold),
                nodes=names(nodes),
                data=data,
                define=definitions(define),
                edited=edited,
                driver=driver.value,
                reduce=reduce,
                timeout_seconds=timeout,
                progress=progress,
            )
        for file in files:
            found.write(file)
        content = {**found.to_json(), "files": [str(x) for x in files]}
        terminal.result(content, _table(content))


def _table(found: Mapping[str, Any]) -> str:
    """What the read-out has come to at the end of every hold, and what was written."""
    rows = [
        (
            f"sample {step['sample']}",
            f"output {step['highest']} is highest with"
            f" {engineering(step['readout_v'][step['highest']], 'V')} after"
            f" {engineering(found['hold_s'], 's')}",
        )
        for step in found["steps"]
    ]
    rows.append(("waveforms", f"{len(found['nodes'])} at {found['points']} times"))
    return columns([*rows, *(("written", name) for name in found["files"])])


def _seconds_of(option: str, text: str) -> float:
    """A time with its unit, such as `20ns`, in seconds; fails with IM751."""
    found = _TIME.fullmatch(text.strip())
    if found is None or found["unit"] not in UNITS or UNITS[found["unit"]].dimension != TIME:
        raise fail(
            "IM751",
            f"`{option}` must be a time such as `20ns`, it was `{text}`",
            exit_code=ExitCode.USAGE,
        )
    return float(literal(found["digits"], found["unit"]).value)
