"""The command line.  Results go to standard output, diagnostics and progress to standard error."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

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


class Part(NamedTuple):
    """Commands that one module has."""

    module: str  # of this package
    commands: tuple[str, ...]  # what follows `imnnc`
    group: str | None = None  # of which help, below which commands have names of their own
    app: str = "app"


PARTS = (
    Part("networks", ("compile", "compare", "verify", "evaluate", "predict")),
    Part("models", ("import", "export")),
    Part("waveforms", ("simulate",)),
    Part("difference", ("diff",)),
    Part("chips", ("chips",)),
    Part("calibration", ("calibrate",)),
    Part("golden", ("check",)),
    Part("sources", ("passes", "explain", "init", "schema")),
    Part("formatting", ("fmt",)),
    Part("editor", ("lsp",)),
    Part("doctor", ("doctor",)),
    Part("technology", ("tech",), "The technologies that come with the compiler."),
    Part("golden", ("golden",), "What `imnnc check` compares with.", "golden_app"),
    Part("cache", ("cache",), "The results of passes that are kept."),
)

app: typer.Typer  # with all commands, made when it is asked for


def make_app(parts: Iterable[Part]) -> typer.Typer:
    """The application with some of the commands, whose modules are imported here."""
    made = typer.Typer(
        name="imnnc",
        cls=_Grouped,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_main)
    for part in parts:
        commands = getattr(import_module(f"imnnc.cli.{part.module}"), part.app)
        if part.group is None:
            made.add_typer(commands)
        else:
            made.add_typer(commands, name=part.commands[0], help=part.group)
    return made


def __getattr__(name: str) -> object:
    if name == "app":
        return make_app(PARTS)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"imnnc {__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """A compiler for inverter-based memristive neural networks."""


def main(application: typer.Typer | None = None) -> None:
    """Run the command that was asked for, of an application that has it."""
    prepare_standard_streams()
    # scikit-learn, of which only photographs are used, brings joblib, which without semaphores
    # would print a warning about processes that nobody wants of it.
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    # Ended by a supervisor, simulators and temporary folders go as they do for ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    (application or asked_for())()


def asked_for() -> typer.Typer:
    """The application with the command that was asked for."""
    return make_app(_asked_for(sys.argv[1:]))


def _asked_for(arguments: Sequence[str]) -> Iterable[Part]:
    """The command that is run, whose module alone is imported; all where none is known."""
    command = next((x for x in arguments if not x.startswith("-")), None)
    if command is None and "--version" in arguments:
        return ()
    return [part for part in PARTS if command in part.commands] or PARTS
