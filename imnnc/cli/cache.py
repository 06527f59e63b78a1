"""Commands about the results of passes that are kept."""

from __future__ import annotations

import typer

from imnnc import tables
from imnnc.engine.store import Store, default_folder
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("info")
def cache_info() -> None:
    """Print where the cache is and what it holds."""
    with reporting():
        print(tables.usage(Store(default_folder()).usage()), end="")


@app.command("clear")
def cache_clear() -> None:
    """Empty the cache."""
    with reporting():
        Store(default_folder()).clear()
