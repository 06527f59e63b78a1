"""Commands that compare an output folder with a golden, and write goldens."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from imnnc import api
from imnnc.check.junit import junit_xml
from imnnc.check.result import CheckResult, Level, summary
from imnnc.cli.arguments import (
    Driver,
    DriverOption,
    Edited,
    Folder,
    Jobs,
    JsonLines,
    Quiet,
    Sarif,
    Timeout,
    Workers,
)
from imnnc.diagnostics import ExitCode, fail
from imnnc.files.files import check_writable, new_text
from imnnc.terminal import Terminal, reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
golden_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

GoldenFolder = Annotated[
    Path, typer.Option("--golden", metavar="FOLDER", help="The folder of the golden.")
]


@app.command()
def check(
    checked: Annotated[
        list[Path],
        typer.Argument(metavar="OUT | NET.IMNN...", help="An output folder, or source files."),
    ],
    golden: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The folder of the golden; an output folder needs it."),
    ] = None,
    levels: Annotated[
        list[Level] | None,
        typer.Option(
            "--level",
            help="What must be equal: the bytes of the files; the structure of the netlist, up to"
            " names and order; the behaviour in ngspice. Structure by default; may be repeated.",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Relative, of numbers in the structure; 1e-6."),
    ] = None,
    tolerance_volts: Annotated[
        float | None,
        typer.Option("--tolerance-volts", min=0.0, help="Of the read-out in the behaviour; 1e-6."),
    ] = None,
    edited: Edited = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE.XML", help="Write the outcome as JUnit XML.")
    ] = None,
    sarif: Sarif = None,
    driver: DriverOption = Driver.PYSPICE,
    jobs: Jobs = None,
    workers: Workers = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Compare an output folder with a golden: exit code 0 if equal, 3 if not.

    Or say all that is wrong with sources and the files of samples that they name, without compiling
    them.
    """
    with reporting(quiet, json_lines, sarif) as terminal:
        if golden is None:
            check_sources(checked, terminal)
            return
        if len(checked) > 1:
            raise fail(
                "IM744",
                f"`--golden` must go with one output folder, not with {len(checked)}",
                exit_code=ExitCode.USAGE,
            )
        out = checked[0]
        if junit is not None:
            check_writable(junit)
        with terminal.progress("check") as progress:
            result = api.check_golden(
                out,
                golden,
                levels=levels or (Level.STRUCTURE,),
                tolerance=tolerance,
                tolerance_volts=tolerance_volts,
                edited=edited,
                driver=driver.value,
                jobs=jobs,
                workers=workers,
                timeout_seconds=timeout,
                progress=progress,
                reporter=terminal.reporter(),
            )
        if junit is not None:
            with new_text(junit) as stream:
                stream.write(junit_xml(result))
        terminal.result(result.to_json(), summary(result, golden))
        if not result.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


def check_sources(sources: list[Path], terminal: Terminal) -> None:
    """Print the diagnostics of sources; the exit code is that of the first that is wrong."""
    code = ExitCode.OK
    for path in sources:
        if path.is_dir():
            raise fail(
                "IM744",
                f"`{path}` is a folder, which `--golden` compares with a golden",
                help=f"imnnc check {path} --golden golden/",
                exit_code=ExitCode.USAGE,
            )
        found, ended = api.check(path)
        for diagnostic in found:
            terminal.print(diagnostic)
        code = code or ended
    if code:
        raise typer.Exit(code)


@golden_app.command()
def update(
    out: Folder,
    golden: GoldenFolder,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is replaced.")] = False,
    driver: DriverOption = Driver.PYSPICE,
    jobs: Jobs = None,
    workers: Workers = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Write a golden of an output folder, or refresh one once the difference was seen."""

    def confirm(change: CheckResult | None) -> bool:
        reporter.stopped()
        if change is None:
            return True
        print(summary(change, golden), end="", flush=True)
        if yes:
            return True
        if not sys.stdin.isatty():
            raise fail(
                "IM537",
                f"`{golden}` would change, and nobody can be asked",
                help="give `--yes` if the change is meant",
                exit_code=ExitCode.USAGE,
            )
        return typer.confirm(f"replace {golden}?")

    with reporting(quiet, json_lines) as terminal:
        reporter = terminal.reporter()
        try:
            written = api.update_golden(
                out,
                golden,
                confirm=confirm,
                driver=driver.value,
                jobs=jobs,
                workers=workers,
                reporter=terminal.reporter(),
                timeout_seconds=timeout,
                progress=reporter.started("golden"),
            )
        finally:
            reporter.stopped()
        print(f"{golden} is {'written' if written else 'as it was'}")
