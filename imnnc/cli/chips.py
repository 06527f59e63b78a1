"""The command that looks at many chips of a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from imnnc import api, tables
from imnnc.cli.arguments import (
    Device,
    Driver,
    DriverOption,
    Edited,
    Folder,
    Jobs,
    JsonLines,
    Quiet,
    Reduce,
    Timeout,
    Workers,
)
from imnnc.cli.overrides import Define, definitions
from imnnc.diagnostics import ExitCode
from imnnc.engine.device import PROCESSOR
from imnnc.terminal import reporting
from imnnc.units import engineering

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def chips(
    out: Folder,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="NET.IMNN",
            help="The source: its test samples, technology, memristor and `chips` block.",
        ),
    ] = None,
    define: Define = None,
    corner: Annotated[
        str | None, typer.Option(help="The corner of all chips, in place of the folder's.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="How many chips.")] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="How many test samples each is judged by.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Which chips.")] = None,
    prove: Annotated[
        int, typer.Option(min=0, help="Chips that are written as netlists, and simulated.")
    ] = 0,
    measure: Annotated[
        int, typer.Option(min=0, help="Chips of which it is written what would be measured.")
    ] = 0,
    edited: Edited = False,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    jobs: Jobs = None,
    workers: Workers = None,
    device: Device = PROCESSOR.name,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Draw chips, whose transistors and cells differ, and say what they come to.

    Exits with 3 where fewer work than the source asks for, or ngspice does not agree.
    """
    with reporting(quiet, json_lines) as terminal:
        with terminal.progress("chips") as progress:
            found = api.chips(
                out,
                data,
                define=definitions(define),
                corner=corner,
                count=count,
                samples=samples,
                seed=seed,
                prove=prove,
                measure=measure,
                edited=edited,
                driver=driver.value,
                reduce=reduce,
                jobs=jobs,
                workers=workers,
                device=device,
                timeout_seconds=timeout,
                progress=progress,
                reporter=terminal.reporter(),
            )
        terminal.result(found.to_json(), _table(found.to_json(), out))
        if not found.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


def _table(found: Mapping[str, Any], out: Path) -> str:
    """What chips of a network came to; see `chips.json`."""
    name = "accuracy" if "accuracy" in found else "target_mse_v2"
    shown, tail = tables.chip_score(found)

    def figures(of: Mapping[str, float]) -> str:
        return (
            f"{shown(of['mean'])} ± {shown(of['sd'])}, {tail} {shown(of['tail'])},"
            f" worst {shown(of['worst'])}"
        )

    score, reached = found[name], found["yield"]
    rows = [
        ("chips", f"{found['chips']}, seed {found['seed']}, {found['samples']} samples each"),
        ("nominal", shown(score["nominal"])),
        ("accuracy" if name == "accuracy" else "mse", figures(score)),
    ]
    if reached is not None:
        wanted = reached["wanted"]
        asked = "" if wanted is None else f", {wanted:.1%} asked for"
        rows.append(
            (
                "yield",
                f"{reached['share']:.1%} reach {shown(reached['goal'])}"
                f" ({reached['low']:.1%} to {reached['high']:.1%} with 95 % confidence){asked}",
            )
        )
    causes = found["causes"]
    if len(causes) > 1:
        for cause, of in causes.items():
            rows.append((f"{cause} alone", f"{figures(of[name])} ({of['chips']} chips)"))
    for key, label in (("rails", "power, rails"), ("all_sources", "all sources")):
        power = found["power_w"][key]
        rows.append(
            (
                label,
                f"{engineering(power['mean'], 'W')} ± {engineering(power['sd'], 'W')},"
                f" nominal {engineering(power['nominal'], 'W')}",
            )
        )
    if found["samples_lost"]:
        rows.append(("lost", f"{found['samples_lost']} samples without an operating point"))
    for proof in found["ngspice"]:
        between = proof["tables_worst_volts"]
        shared = "" if between is None else f" at {_shared(proof)}"
        rows.append(
            (
                f"chip {proof['chip']}",
                f"{engineering(proof['worst_volts'], 'V')} from ngspice at the worst node{shared},"
                f" {proof['samples']} samples, files in {out / 'chips' / str(proof['chip'])}",
            )
        )
        if between is not None:
            rows.append(
                ("", f"{engineering(between, 'V')} by tables between corners and temperatures")
            )
    return tables.columns(rows)


def _shared(proof: Mapping[str, Any]) -> str:
    """What the transistors of a chip share."""
    return (
        f"{proof['corner']}, {proof['temperature_celsius']:.3g} C,"
        f" ±{engineering(proof['supply_volts'], 'V')}"
    )
