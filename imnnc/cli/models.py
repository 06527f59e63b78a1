"""Commands for models that were trained elsewhere, and for circuits that others call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imnnc import api
from imnnc.cli.arguments import Edited, Folder
from imnnc.cli.loading import loaded
from imnnc.cli.overrides import Define, definitions
from imnnc.perceptron.state import STATE_SUFFIXES
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("import")
def import_command(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A perceptron in ONNX, or its weights as torch saves them (.pt)."
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="Samples as the model takes them: a set such as fashion-mnist, a .npz of `inputs`"
            " and `targets`, a table, or pictures in IDX or .npy.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="NET.IMNN", help="The source to be written.")
    ],
    labels: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The heading of a table's labels, or the file of them."),
    ] = None,
    pool: Annotated[
        int, typer.Option(min=1, help="Average blocks of so many by so many pixels.")
    ] = 1,
    activation: Annotated[
        str | None,
        typer.Option(help="Of weights: what stands behind each layer but the last, such as relu."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there.")
    ] = False,
) -> None:
    """Write a source of the same topology as a model, its weights and its samples."""
    with reporting():
        if model.suffix in STATE_SUFFIXES:
            found = api.from_state(
                model,
                data,
                out,
                activation=activation,
                labels=labels,
                pool=pool,
                overwrite=overwrite,
            )
        else:
            found = api.from_onnx(model, data, out, labels=labels, pool=pool, overwrite=overwrite)
        print(found)


@app.command("export")
def export_command(
    out: Folder,
    onnx: Annotated[
        Path, typer.Option("--onnx", metavar="CIRCUIT.ONNX", help="The file to be written.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="NET.IMNN",
            help="The source: the graph takes samples in the units of its data, else volts.",
        ),
    ] = None,
    define: Define = None,
    edited: Edited = False,
) -> None:
    """Write a circuit's operating point as a graph of ONNX, which other programs compute."""
    with reporting() as terminal:
        compilation = loaded(out, edited, terminal)
        print(compilation.to_onnx(onnx, data, define=definitions(define), edited=edited))
