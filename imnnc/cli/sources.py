"""Commands about sources and what the compiler says of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer

from imnnc import api
from imnnc.cli.arguments import (
    Corner,
    Define,
    Driver,
    DriverOption,
    GraphFormat,
    JsonLines,
    Method,
    Params,
    Reduce,
    Seed,
    Set,
    SourceFile,
    definitions,
)
from imnnc.diagnostics import ExitCode, explanations, fail
from imnnc.files.files import rewrite
from imnnc.lang import format_source, read_source
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def passes(
    source: SourceFile,
    graph_format: Annotated[
        GraphFormat, typer.Option("--format", help="A line a pass, or a graph for Graphviz.")
    ] = GraphFormat.TEXT,
    options: Annotated[
        bool, typer.Option("--options", help="Print the options of each pass as well.")
    ] = False,
    define: Define = None,
    corner: Corner = None,
    method: Method = None,
    seed: Seed = None,
    params: Params = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    settings: Set = None,
    json_lines: JsonLines = False,
) -> None:
    """Print the passes of a compile, what each requires and what it provides."""
    with reporting(json_lines=json_lines):
        graph = api.passes(
            source,
            define=definitions(define),
            corner=corner,
            method=method,
            seed=seed,
            params=params,
            driver=driver.value,
            reduce=reduce,
            settings=settings or (),
        )
        text = graph.dot() if graph_format is GraphFormat.DOT else graph.text(options)
        print(text, end="")


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="Such as IM012.")]) -> None:
    """Explain a diagnostic code."""
    with reporting():
        explanation = explanations().get(code.upper())
        if explanation is None:
            raise fail("IM715", f"no diagnostic has the code `{code}`", exit_code=ExitCode.USAGE)
        print(f"{explanation.code}: {explanation.title}\n\n{explanation.text.strip()}")
        if explanation.example:
            print("\nFor example:\n\n" + indent(explanation.example.strip(), "    "))


@app.command("fmt")
def format_command(
    sources: Annotated[list[Path], typer.Argument(metavar="NET.IMNN...", help="Source files.")],
    in_place: Annotated[
        bool, typer.Option("-i", "--in-place", help="Rewrite the files that are not canonical.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="List the files that are not canonical, and fail.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Print source files in their canonical form, comments kept."""
    with reporting(json_lines=json_lines):
        changed = False
        for path in sources:
            canonical = format_source(read_source(path))
            is_canonical = path.read_bytes() == canonical.encode()
            if check and not is_canonical:
                changed = True
                print(path)
            elif in_place and not is_canonical:
                rewrite(path, canonical)
            elif not (check or in_place):
                print(canonical, end="")
        if changed:
            raise typer.Exit(ExitCode.SOURCE)
