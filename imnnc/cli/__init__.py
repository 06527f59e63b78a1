"""The command line.  Results go to standard output, diagnostics and progress to standard error."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from imnnc.cli import (
    cache,
    calibration,
    chips,
    difference,
    doctor,
    editor,
    golden,
    models,
    networks,
    sources,
    technology,
    waveforms,
)
from imnnc.streams import prepare_standard_streams
from imnnc.version import __version__

# Where `--help` shows a command.
GROUPS = {
    "From a source": ("init", "import", "compile", "compare", "fmt", "passes"),
    "From an output folder": (
        *("verify", "evaluate", "predict", "simulate"),
        *("export", "diff", "check", "golden"),
    ),
    "Chips": ("chips", "calibrate"),
    "More": ("explain", "schema", "doctor", "tech", "cache", "lsp"),
}


class _Grouped(TyperGroup):
    """Shows commands by what they begin with, each with the whole of what it does."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """See click, which typer has a copy of in some versions and asks for in others."""
        for title, names in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(x, self.commands[x].get_short_help_str(200)) for x in names])


app = typer.Typer(
    name="imnnc",
    cls=_Grouped,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(networks.app)
app.add_typer(models.app)
app.add_typer(waveforms.app)
app.add_typer(difference.app)
app.add_typer(chips.app)
app.add_typer(calibration.app)
app.add_typer(golden.app)
app.add_typer(sources.app)
app.add_typer(editor.app)
app.add_typer(doctor.app)
app.add_typer(technology.app, name="tech", help="The technologies that come with the compiler.")
app.add_typer(golden.golden_app, name="golden", help="What `imnnc check` compares with.")
app.add_typer(cache.app, name="cache", help="The results of passes that are kept.")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"imnnc {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """A compiler for inverter-based memristive neural networks."""


def main() -> None:
    """The entry point of the `imnnc` command."""
    prepare_standard_streams()
    # scikit-learn, of which only photographs are used, brings joblib, which without semaphores
    # would print a warning about processes that nobody wants of it.
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    # Ended by a supervisor, simulators and temporary folders go as they do for ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app()
