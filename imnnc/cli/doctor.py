"""The command that says what is missing on this machine."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from imnnc.api.doctor import Finding, examine
from imnnc.cli.arguments import JsonLines
from imnnc.diagnostics import ExitCode
from imnnc.terminal import reporting
from imnnc.version import __version__

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def doctor(json_lines: JsonLines = False) -> None:
    """Say what a compile finds on this machine, and which command brings what is missing."""
    with reporting(json_lines=json_lines) as terminal:
        found = examine()
        content = {"imnnc": __version__, "findings": [x.to_dict() for x in found]}
        terminal.result(content, _table(found))
        if any(x.is_needed and not x.is_there for x in found):
            raise typer.Exit(ExitCode.TOOL)


def _table(found: Iterable[Finding]) -> str:
    """A line a thing, and under what is missing the command that brings it."""
    lines = []
    for x in found:
        state = "ok" if x.is_there else "missing" if x.is_needed else "optional"
        lines.append(f"{state:8}  {x.what:13}  {x.found}")
        if x.remedy is not None:
            lines.append(f"{'':8}  {'':13}  -> {x.remedy}")
    return "".join(f"{line}\n" for line in lines)
