"""The command that sets two output folders side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imnnc import api
from imnnc.cli.arguments import Folder, JsonLines
from imnnc.diagnostics import ExitCode, fail
from imnnc.files.files import new_text
from imnnc.terminal import reporting

if TYPE_CHECKING:
    from imnnc.report.difference import Difference

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def diff(
    a: Folder,
    b: Annotated[Path, typer.Argument(metavar="OUT", help="The other one.")],
    page: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE.HTML", help="Write a page.")
    ] = None,
    cells: Annotated[
        Path | None,
        typer.Option(metavar="FILE.CSV", help="List every cell that differs, a line each."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 where anything differs.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Set two compiles side by side: figures, cells that changed, settings."""
    with reporting(json_lines=json_lines) as terminal:
        for path, ending in ((page, ".html"), (cells, ".csv")):
            if path is not None and path.suffix.lower() != ending:
                raise fail(
                    "IM753",
                    f"this file must end in `{ending}`, it was `{path.name}`",
                    exit_code=ExitCode.USAGE,
                )
        found = api.diff(a, b)
        if cells is not None:
            with new_text(cells) as stream:
                stream.write(found.cells_csv())
        if page is not None:
            from imnnc.report.side_by_side import write_difference

            write_difference(page, found)
        terminal.result(found.to_json(), _table(found))
        if exit_code and not found.equal:
            raise typer.Exit(ExitCode.VERIFICATION)


def _table(found: Difference) -> str:
    """Figures of both, then the cells and settings that differ."""
    from imnnc.report.side_by_side import figure_rows, layer_text, setting_rows

    if found.equal:
        return f"{found.a} and {found.b} are the same\n"
    tables = [figure_rows(found)]
    tables.append([(x.name, layer_text(x)) for x in found.layers])
    if found.settings:
        tables.append(setting_rows(found))
    tables.append([("files", f"{len(found.files)} differ: {_few(found.files)}")])
    return "\n".join(map(_aligned, tables))


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _aligned(rows: list[tuple[str, ...]]) -> str:
    """Rows of one table with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(f"{word:{width}}" for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines)
