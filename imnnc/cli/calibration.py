"""The command that calibrates a die."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from imnnc import api, tables
from imnnc.cli.arguments import (
    Driver,
    DriverOption,
    Edited,
    Folder,
    Jobs,
    JsonLines,
    Quiet,
    Reduce,
    Timeout,
)
from imnnc.cli.overrides import Define, definitions
from imnnc.diagnostics import ExitCode
from imnnc.terminal import reporting
from imnnc.units import engineering

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def calibrate(
    out: Folder,
    measured: Annotated[
        Path,
        typer.Option(metavar="DIE.NPZ", help="Nodes of the die, in volts, for known inputs."),
    ],
    to: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUT2", help="The folder of the calibrated die.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="NET.IMNN", help="The source: its training samples, technology and memristor."
        ),
    ] = None,
    define: Define = None,
    corner: Annotated[
        str | None, typer.Option(help="The die's corner, where it is known, such as sf.")
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0.01, max=50, metavar="MV", help="How far columns may stay off, in mV."),
    ] = 1.0,
    stuck: Annotated[
        Path | None,
        typer.Option(
            metavar="CELLS.CSV",
            help="Cells that cannot be programmed, such as program/failed-cells.csv.",
        ),
    ] = None,
    rails: Annotated[
        bool, typer.Option("--rails/--keep-rails", help="Let the rails follow the die, or not.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of the training.")] = 1,
    prove: Annotated[
        int, typer.Option(min=0, help="Samples at which ngspice simulates the calibrated die.")
    ] = 0,
    edited: Edited = False,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    jobs: Jobs = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Find the few cells of one die that make up for its transistors, from what was measured.

    Exits with 3 where ngspice does not agree on the die that they make.
    """
    with reporting(quiet, json_lines) as terminal:
        with terminal.progress("calibrate") as progress:
            found, proof = api.calibrate(
                out,
                measured,
                to,
                data,
                define=definitions(define),
                corner=corner,
                tolerance_volts=tolerance / 1000,
                stuck=stuck,
                rails=rails,
                seed=seed,
                prove=prove,
                edited=edited,
                driver=driver.value,
                reduce=reduce,
                jobs=jobs,
                timeout_seconds=timeout,
                progress=progress,
            )
        rows = _rows(found.to_json(), to)
        if proof is not None:
            worst = engineering(proof.worst_volts, "V")
            text = f"{worst} from ngspice at the worst node, {proof.samples} samples"
            rows.append(("proof", text))
        terminal.result(found.to_json(), tables.columns(rows))
        if proof is not None and not proof.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


def _rows(found: Mapping[str, Any], to: Path) -> list[tuple[str, str]]:
    """What became of a die; see `calibration.json`."""
    shown, _ = tables.chip_score(found)
    name = "accuracy" if "accuracy" in found else "target_mse_v2"
    score, layers = found[name], found["layers"]
    cells = sum(layer["cells"] for layer in layers.values())
    known = found.get("known_stuck")
    said = "" if known is None else f", {known} of them by the list of cells that are stuck"
    by_layer = ", ".join(f"{layer['changed']} in {name}" for name, layer in layers.items())
    return [
        ("nominal", f"{shown(score['nominal'])}, {found['samples']} samples"),
        ("die before", shown(score["before"])),
        ("die after", f"{shown(score['after'])} expected"),
        ("rails", _rails(**found["rails_v"])),
        ("cells", f"{found['changed']} of {cells} change: {by_layer}"),
        ("broken", f"{sum(layer['broken'] for layer in layers.values())} cells{said}"),
        (
            "unexplained",
            f"{engineering(found['residual_v'], 'V')} of the read-outs,"
            f" {engineering(found['noise_v'], 'V')} are noise",
        ),
        ("files", f"{to / 'changes.csv'}, {to / 'program'}"),
    ]


def _rails(vdd: float, vss: float) -> str:
    if vdd == -vss:
        return "as they are"
    return f"V_DD {engineering(vdd, 'V')}, V_SS {engineering(vss, 'V')}, bias rows likewise"
