"""The arguments and options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from imnnc.diagnostics import ExitCode, fail


class Driver(StrEnum):
    """How ngspice is run."""

    PYSPICE = "pyspice"
    NGSPICE = "ngspice"


class GraphFormat(StrEnum):
    """How the graph of passes is printed."""

    TEXT = "text"
    DOT = "dot"


SourceFile = Annotated[Path, typer.Argument(metavar="NET.IMNN", help="The source file.")]
Folder = Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a compile.")]
TechnologyName = Annotated[str, typer.Argument(metavar="NAME", help="Such as lvt90.")]
NewFolder = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The output folder.", show_default="out/NETWORK"),
]
DriverOption = Annotated[
    Driver, typer.Option(help="Simulate in process through PySpice, or start ngspice.")
]
Reduce = Annotated[
    bool, typer.Option("--reduce", help="Simulate the first crossbar as Thévenin equivalents.")
]
Jobs = Annotated[
    int | None, typer.Option("-j", "--jobs", min=1, help="Processes; by default one a processor.")
]
Workers = Annotated[
    str | None,
    typer.Option(
        metavar="PLACE",
        help="A dask cluster that computes: dask://HOST:PORT, dask+tls://HOST:PORT or"
        " dask://local?n=2.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="What solves and trains: cpu, or a GPU such as cuda, cuda:1 or mps."
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.001, max=1_000_000, metavar="SECONDS", help="Limit for each call of ngspice."
    ),
]
Edited = Annotated[
    bool,
    typer.Option("--edited", help="Take files that are not as they were compiled, with a warning."),
]
Sarif = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write diagnostics as SARIF, for code hosts."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no warnings.")]
JsonLines = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Diagnostics, and what was found, as JSON, one a line; the former on standard error.",
    ),
]


def names(text: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def whole_numbers(option: str, text: str) -> list[int]:
    """Numbers with commas between them; fails with IM703."""
    try:
        return [int(number) for number in names(text)]
    except ValueError:
        raise fail(
            "IM703",
            f"`{option}` must be whole numbers with commas, it was `{text}`",
            exit_code=ExitCode.USAGE,
        ) from None
