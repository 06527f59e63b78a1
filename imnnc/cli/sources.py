"""Commands about sources and what the compiler says of them."""

from __future__ import annotations

import codecs
import difflib
import shlex
import sys
from itertools import zip_longest
from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer

from imnnc import api, schemas
from imnnc.cli.arguments import (
    Begin,
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
from imnnc.lang import decode, format_source, read_bytes
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_STDIN = Path("-")


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


@app.command("fmt")
def format_command(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="NET.IMNN...", help="Source files; `-` is standard input."),
    ],
    in_place: Annotated[
        bool, typer.Option("-i", "--in-place", help="Rewrite the files that are not canonical.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="List the files that are not canonical with why, and fail."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what would change, and fail where something does.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Print source files in their canonical form, comments kept."""
    with reporting(json_lines=json_lines):
        changed = False
        for path in sources:
            contents = sys.stdin.buffer.read() if path == _STDIN else read_bytes(path)
            name = "<stdin>" if path == _STDIN else str(path)
            text = format_source(decode(name, contents))
            canonical = text.encode()
            if not (check or diff or in_place) or (in_place and path == _STDIN):
                print(text, end="")
            elif contents != canonical:
                changed = changed or check or diff
                if check:
                    print(f"{name}:{_reason(contents, canonical)}")
                if diff:
                    print(_difference(name, contents, canonical), end="")
                if in_place:
                    rewrite(path, text)
        if changed:
            raise typer.Exit(ExitCode.SOURCE)


def _reason(contents: bytes, canonical: bytes) -> str:
    """The number of the first line that differs, and what is to be said of it."""
    lines, wanted = contents.split(b"\n"), canonical.split(b"\n")
    pairs = enumerate(zip_longest(lines, wanted), 1)
    number, (line, right) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    if contents.startswith(codecs.BOM_UTF8):
        return f"{number}: begins with a byte order mark"
    if line is None:
        return f"{number - 1}: the file must end with a newline"
    if line.removesuffix(b"\r") == right:
        return f"{number}: the line must end with a newline alone"
    if not right:
        return f"{number}: the file must end here" if right is None else f"{number}: a blank line"
    if not line.strip():
        return f"{number}: a blank line too many"
    return f"{number}: must be `{right.decode().strip()}`"


def _difference(name: str, contents: bytes, canonical: bytes) -> str:
    before, after = (x.decode("utf-8").splitlines(keepends=True) for x in (contents, canonical))
    lines = difflib.unified_diff(before, after, name, f"{name} in canonical form")
    # A last line without a newline would have the next one behind it.
    return "".join(x if x.endswith("\n") else f"{x}\n\\ No newline at end of file\n" for x in lines)


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
