"""How a command ends: diagnostics on standard error, and the exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from imnnc.diagnostics import CompileError, Diagnostic, ExitCode
from imnnc.engine.context import InterruptedPass, Progress, Reporter
from imnnc.engine.progress import Lines, Live, Silence
from imnnc.files.files import check_writable, new_text, reason_of
from imnnc.painting import is_terminal, wants_colour
from imnnc.sarif import to_sarif

INTERRUPTED = 130  # as a shell reports a process that ctrl-C has ended
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@dataclass(frozen=True)
class Terminal:
    """What the person at the terminal wants to see."""

    quiet: bool = False  # errors alone
    json_lines: bool = False  # diagnostics and results as JSON, one a line, and no progress
    said: list[Diagnostic] = field(default_factory=list)  # all diagnostics, for SARIF

    def print(self, diagnostic: Diagnostic) -> None:
        """Print one diagnostic on standard error."""
        self.said.append(diagnostic)
        if self.quiet and diagnostic.severity != "error":
            return
        if self.json_lines:
            text = diagnostic.to_json()
        else:
            text = diagnostic.render(colour=wants_colour(sys.stderr))
        print(text, file=sys.stderr, flush=True)

    def result(self, content: Mapping[str, Any], table: str) -> None:
        """Print what a command has found on standard output, for a program or for a person."""
        print(json.dumps(content) if self.json_lines else table.removesuffix("\n"))

    def headline(self, what: str, number: int, count: int) -> None:
        """Say on standard error which of several runs begins."""
        if not (self.quiet or self.json_lines):
            print(f"[{number}/{count}] {what}", file=sys.stderr, flush=True)

    def reporter(self) -> Reporter:
        """Who shows the progress of a compile."""
        if self.quiet or self.json_lines:
            return Silence(self.print)
        if is_terminal(sys.stderr):
            return Live(sys.stderr, self.print)
        return Lines(sys.stderr, self.print)

    @contextmanager
    def progress(self, what: str) -> Iterator[Progress]:
        """The progress of one thing, shown while the body runs."""
        reporter = self.reporter()
        try:
            yield reporter.started(what)
        finally:
            reporter.stopped()


@contextmanager
def reporting(
    quiet: bool = False, json_lines: bool = False, sarif: Path | None = None
) -> Iterator[Terminal]:
    """Run the body of a command; whatever it raises becomes a diagnostic and an exit code.

    All diagnostics are written to the file `sarif` as well, where one is given.
    """
    terminal = Terminal(quiet, json_lines)
    if sarif is not None:
        with _ending(terminal):
            check_writable(sarif)
    try:
        with _ending(terminal):
            yield terminal
    finally:
        if sarif is not None:
            with _ending(terminal), new_text(sarif) as stream:
                stream.write(to_sarif(terminal.said))


@contextmanager
def _ending(terminal: Terminal) -> Iterator[None]:
    """Whatever the body raises becomes a diagnostic and an exit code."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except CompileError as error:
        for diagnostic in error.diagnostics:
            terminal.print(diagnostic)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt as interrupt:
        terminal.print(_interrupted(interrupt))
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            _discard_output()
            terminal.print(_no_room(error))
            raise typer.Exit(ExitCode.USAGE) from None
        terminal.print(_defect(error))
        raise typer.Exit(ExitCode.INTERNAL) from None


def _discard_output() -> None:
    """What is still buffered must not fail again when Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted(interrupt: KeyboardInterrupt) -> Diagnostic:
    if isinstance(interrupt, InterruptedPass):
        return Diagnostic(
            "IM713",
            f"interrupted in pass `{interrupt.name}`",
            notes=("the output is as it was",),
            help="the same command goes on from there",
        )
    return Diagnostic("IM713", "interrupted", notes=("the output is as it was",))


def _no_room(error: OSError) -> Diagnostic:
    # Files that have a name have a diagnostic of their own.
    return Diagnostic(
        "IM717",
        f"cannot write to standard output or a temporary file: {reason_of(error)}",
        help="free some space",
    )


def _defect(error: Exception) -> Diagnostic:
    descriptor, name = tempfile.mkstemp(prefix="imnnc-traceback-", suffix=".txt")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write("".join(traceback.format_exception(error)))
    return Diagnostic(
        "IM714",
        f"this is a defect of imnnc, not of the source: {type(error).__name__}",
        notes=(f"the traceback is kept in `{Path(name)}`",),
        help="report it with that file",
    )
