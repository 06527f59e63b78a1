"""The arguments and options that several commands have."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from imnnc.design import METHODS
from imnnc.diagnostics import ExitCode, fail
from imnnc.units import TIME, UNITS, literal

_TIME = re.compile(r"(?P<digits>\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?) ?(?P<unit>[^\d\s.]+)", re.I)


class Driver(StrEnum):
    """How ngspice is run."""

    PYSPICE = "pyspice"
    NGSPICE = "ngspice"


class Begin(StrEnum):
    """What `imnnc init` begins with."""

    IRIS = "iris"
    FASHION14 = "fashion14"
    CSV = "csv"


class GraphFormat(StrEnum):
    """How the graph of passes is printed."""

    TEXT = "text"
    DOT = "dot"


*_OTHERS, _LAST = METHODS
_METHODS = f"{', '.join(_OTHERS)} or {_LAST}"

SourceFile = Annotated[Path, typer.Argument(metavar="NET.IMNN", help="The source file.")]
Folder = Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a compile.")]
TechnologyName = Annotated[str, typer.Argument(metavar="NAME", help="Such as lvt90.")]
NewFolder = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The output folder.", show_default="out/NETWORK"),
]
Define = Annotated[
    list[str] | None,
    typer.Option("-D", "--define", metavar="NAME=VALUE", help="Replace a `let` of the source."),
]
Corner = Annotated[str | None, typer.Option(help="The corner, in place of the source's.")]
Method = Annotated[
    str | None,
    typer.Option(help=f"{_METHODS}, in place of the source's first `train`."),
]
Seed = Annotated[int | None, typer.Option(help="The training's seed, in place of the source's.")]
Params = Annotated[
    Path | None,
    typer.Option(metavar="PARAMS.NPZ", help="Compile from these parameters, do not train."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PASS.OPTION=VALUE", help="Set an option of a pass."),
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


def seconds_of(option: str, text: str) -> float:
    """A time with its unit, such as `20ns`, in seconds; fails with IM751."""
    found = _TIME.fullmatch(text.strip())
    if found is None or found["unit"] not in UNITS or UNITS[found["unit"]].dimension != TIME:
        raise fail(
            "IM751",
            f"`{option}` must be a time such as `20ns`, it was `{text}`",
            exit_code=ExitCode.USAGE,
        )
    return float(literal(found["digits"], found["unit"]).value)


def definitions(given: list[str] | None) -> dict[str, str]:
    """What `-D name=value` has given; fails with IM718."""
    found = {}
    for definition in given or ():
        name, equals, value = definition.partition("=")
        if not (name and equals and value):
            raise fail(
                "IM718",
                f"a definition must have the form `name=value`, it was `{definition}`",
                exit_code=ExitCode.USAGE,
            )
        found[name] = value
    return found
