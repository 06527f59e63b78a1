"""Commands about sources and what the compiler says of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer

from imnnc import api, schemas
from imnnc.cli.arguments import (
    Driver,
    DriverOption,
    GraphFormat,
    JsonLines,
    Reduce,
    SourceFile,
)
from imnnc.cli.overrides import Corner, Define, Method, Params, Seed, Set, definitions
from imnnc.diagnostics import CompileError, ExitCode, explanations, fail
from imnnc.nearby import suggestion
from imnnc.resources import STARTS, Start
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

*_OTHERS, _LAST = (f"`{x}`" for x in STARTS)
_STARTS = f"{', '.join(_OTHERS)} or {_LAST}"
_TABLES = (".csv", ".tsv", ".txt")


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
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="TABLE | FOLDER",
            help="Of `--from csv` the samples first, the class last in each row; then the folder"
            " to write to, by default this one.",
        ),
    ] = None,
    begin: Annotated[
        str, typer.Option("--from", metavar="START", help=f"What to begin with: {_STARTS}.")
    ] = "iris",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The folder, where it is not behind.")
    ] = None,
    json_lines: JsonLines = False,
) -> None:
    """Write a source to begin with, a CI job, a pre-commit configuration and a .gitignore."""
    with reporting(json_lines=json_lines) as terminal:
        start, table, folder = _begun(begin, list(paths or ()), out)
        written = api.start(folder, start, table)
        for diagnostic in api.check(written[0])[0]:  # what is odd about the table
            terminal.print(diagnostic)
        content = {"written": [str(path) for path in written]}
        lines = [*map(str, written), "", f"next: imnnc compile {shlex.quote(str(written[0]))}"]
        terminal.result(content, "".join(f"{line}\n" for line in lines))


def _begun(begin: str, paths: list[Path], out: Path | None) -> tuple[Start, Path | None, Path]:
    """What `init` begins with, its table and its folder; fails with IM742."""
    start = next((x for x in STARTS if x == begin), None)
    if start is None:
        is_table = Path(begin).suffix.lower() in _TABLES
        named = f"`imnnc init --from csv {shlex.quote(begin)}` begins with a table"
        help = named if is_table else suggestion(begin, STARTS)
        raise _mixed_up(f"`--from` must be {_STARTS}, not `{begin}`", help)
    is_named = bool(paths) and paths[0].suffix.lower() in _TABLES
    table = paths.pop(0) if paths and (start == "csv" or is_named) else None
    folders = [*paths, *([] if out is None else [out])]
    if table is not None and folders and folders[0].is_file():
        words = f"{shlex.quote(str(folders[0]))} {shlex.quote(str(table))}"
        raise _mixed_up(
            f"the table stands before the folder, `{folders[0]}` is a file",
            f"imnnc init --from csv {words}",
        )
    if len(folders) > 1:
        listed = " and ".join(f"`{x}`" for x in folders)
        raise _mixed_up(f"one folder can be written to, not {listed}", None)
    return start, table, folders[0] if folders else Path()


def _mixed_up(message: str, help: str | None) -> CompileError:
    return fail("IM742", message, help=help, exit_code=ExitCode.USAGE)


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
