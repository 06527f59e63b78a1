"""The options that stand in place of something that a source says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imnnc.design import METHODS
from imnnc.diagnostics import ExitCode, fail

*_OTHERS, _LAST = METHODS
_METHODS = f"{', '.join(_OTHERS)} or {_LAST}"

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
