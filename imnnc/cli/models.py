"""The command that takes up a model that was trained elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imnnc import api
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def import_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL.ONNX", help="A perceptron in ONNX.")],
    data: Annotated[
        Path,
        typer.Option(metavar="DATA.NPZ", help="`inputs` as the model takes them, and `targets`."),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="NET.IMNN", help="The source to be written.")
    ],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there.")
    ] = False,
) -> None:
    """Write a source of the same topology as a model, its weights and its samples."""
    with reporting():
        print(api.from_onnx(model, data, out, overwrite=overwrite))
