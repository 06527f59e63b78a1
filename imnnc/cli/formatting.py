"""The command that lays sources out."""

from __future__ import annotations

import codecs
import difflib
import sys
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from imnnc.cli.arguments import JsonLines
from imnnc.diagnostics import ExitCode
from imnnc.files.files import rewrite
from imnnc.lang import decode, format_source, read_bytes
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_STDIN = Path("-")


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
