"""The command that serves an editor."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from imnnc.diagnostics import ExitCode, fail
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def lsp() -> None:
    """Serve an editor in the Language Server Protocol, over standard input and output."""
    with reporting():
        if find_spec("pygls") is None:
            raise fail(
                "IM740",
                "the language server needs the Python package `pygls`, which is not installed",
                help="pip install 'imnnc[lsp]'",
                exit_code=ExitCode.TOOL,
            )
        from imnnc.lsp.server import serve

        serve()
