"""Reporters: what a person sees of a compile while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from imnnc.diagnostics import Diagnostic
from imnnc.engine.context import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

Print = Callable[[Diagnostic], None]


class Silence:
    """Nobody watches; warnings go to `print_diagnostic`."""

    def __init__(self, print_diagnostic: Print = lambda _: None) -> None:
        self._print = print_diagnostic

    def started(self, name: str) -> Progress:
        """Nothing to see."""
        return self

    def update(self, fraction: float, text: str = "") -> None:
        """Nothing to see."""

    def finished(self, name: str, seconds: float) -> None:
        """Nothing to see."""

    def cached(self, name: str) -> None:
        """Nothing to see."""

    def stopped(self) -> None:
        """Nothing to see."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """A warning is worth seeing even so."""
        self._print(diagnostic)


class Lines(Silence):
    """A line a pass, for logs; while a pass takes long, a line now and then."""

    def __init__(
        self, stream: TextIO, print_diagnostic: Print, interval_seconds: float = 30.0
    ) -> None:
        """Lines of one pass are at least `interval_seconds` apart."""
        super().__init__(print_diagnostic)
        self._stream = stream
        self._interval_seconds = interval_seconds
        self._name = ""
        self._said = 0.0

    def started(self, name: str) -> Progress:
        """Remember the pass and when it began."""
        self._name, self._said = name, time.monotonic()
        return self

    def update(self, fraction: float, text: str = "") -> None:
        """Say how far the pass is, unless that was said a moment ago."""
        if time.monotonic() - self._said > self._interval_seconds:
            self._said = time.monotonic()
            self._say(f"{self._name}: {fraction:.0%} {text}".rstrip())

    def finished(self, name: str, seconds: float) -> None:
        """Say how long the pass took."""
        self._say(f"{name}: {seconds:.1f} s")

    def cached(self, name: str) -> None:
        """Say that the pass need not run."""
        self._say(f"{name}: unchanged")

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class Live(Silence):
    """A bar a pass with its time left, on a terminal."""

    def __init__(self, stream: TextIO, print_diagnostic: Print) -> None:
        super().__init__(print_diagnostic)
        self._stream = stream
        self._bars: Bars | None = None

    def started(self, name: str) -> Progress:
        """Show the bar of the pass."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        if self._bars is None:
            self._bars = Bars(
                TextColumn("{task.fields[title]:14}"),
                BarColumn(bar_width=24),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(file=self._stream),
                # What others print is theirs: results go to standard output untouched.
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bars.start()
        return _Bar(self._bars, name)

    def finished(self, name: str, seconds: float) -> None:
        """Fill the bar of the pass and leave it on the screen."""
        if self._bars is not None:
            for bar in self._bars.tasks:
                self._bars.update(bar.id, completed=1.0)
        self.stopped()

    def stopped(self) -> None:
        """Leave the bar as it is."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Print the warning above the bar."""
        bars, self._bars = self._bars, None
        if bars is not None:
            bars.stop()
        self._print(diagnostic)
        if bars is not None:
            bars.start()
            self._bars = bars


class _Bar:
    def __init__(self, bars: Bars, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=1.0, title=name)

    def update(self, fraction: float, text: str = "") -> None:
        self._bars.update(self._task, completed=fraction, description=text)
