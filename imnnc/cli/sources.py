"""Commands about sources and what the compiler says of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer

from imnnc import api, schemas
from imnnc.cli.arguments import (
    Begin,
    Driver,
    DriverOption,
    GraphFormat,
    JsonLines,
    Reduce,
    SourceFile,
)
from imnnc.cli.overrides import Corner, Define, Method, Params, Seed, Set, definitions
from imnnc.diagnostics import ExitCode, explanations, fail
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
def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Such as IM012; without, all are listed.")
    ] = None,
) -> None:
    """Explain a diagnostic code, or list all of them."""
    with reporting():
        if code is None:
            for each in sorted(explanations().values(), key=lambda x: x.code):
                print(f"{each.code}  {each.title}")
            return
        explanation = explanations().get(code.upper())
        if explanation is None:
            raise fail(
                "IM715",
                f"no diagnostic has the code `{code}`",
                help="`imnnc explain` lists all codes",
                exit_code=ExitCode.USAGE,
            )
        print(f"{explanation.code}: {explanation.title}\n\n{explanation.text.strip()}")
        if explanation.example:
            print("\nFor example:\n\n" + indent(explanation.example.strip(), "    "))


@app.command()
def init(
    table: Annotated[
        Path | None,
        typer.Argument(metavar="TABLE", help="Of `--from csv`: samples, the class last."),
    ] = None,
    begin: Annotated[
        Begin, typer.Option("--from", help="Which source to begin with.")
    ] = Begin.IRIS,
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write to.")] = Path(),
    json_lines: JsonLines = False,
) -> None:
    """Write a source to begin with, a CI job, a pre-commit configuration and a .gitignore."""
    with reporting(json_lines=json_lines) as terminal:
        written = api.start(out, begin.value, table)
        content = {"written": [str(path) for path in written]}
        lines = [*map(str, written), "", f"next: imnnc compile {shlex.quote(str(written[0]))}"]
        terminal.result(content, "".join(f"{line}\n" for line in lines))


@app.command()
def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as verify, or verify.json.")
    ] = None,
) -> None:
    """Print the JSON schema of a file or of what `--json` prints; without a name, their names."""
    with reporting():
        text = "".join(f"{x}\n" for x in schemas.names())
        print(text if name is None else schemas.schema_text(name), end="")
