"""What a notebook shows of a compile while it runs: one line, written over again and again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any

from imnnc.diagnostics import Diagnostic
from imnnc.engine.context import Progress, Reporter
from imnnc.engine.progress import Silence

_INTERVAL_SECONDS = 0.2


@dataclass(frozen=True)
class Line:
    """A line as a notebook has it, and as text where there is nothing but that."""

    text: str
    fraction: float | None = None  # of the bar in front; None: there is none

    def __repr__(self) -> str:
        return self.text if self.fraction is None else f"{self.fraction:4.0%} {self.text}"

    def _repr_html_(self) -> str:
        bar = ""
        if self.fraction is not None:
            bar = f'<progress value="{self.fraction:.3f}" max="1"></progress> '
        return f"<div>{bar}<code>{escape(self.text)}</code></div>"


class NotebookLine(Silence):
    """The pass that runs with its bar, in the end how many passes took how long.

    IPython's own display is written over, so no package of widgets is needed.
    """

    def __init__(self) -> None:
        super().__init__(lambda diagnostic: print(diagnostic.render(), file=sys.stderr))
        self._handle: Any = None
        self._name = ""
        self._shown = 0.0
        self._passes, self._cached, self._seconds = 0, 0, 0.0

    def started(self, name: str) -> Progress:
        """Show the name of the pass."""
        self._name, self._shown = name, 0.0
        self.update(0.0)
        return self

    def update(self, fraction: float, text: str = "") -> None:
        """Show how far the pass is, unless that was shown a moment ago."""
        if time.monotonic() - self._shown >= _INTERVAL_SECONDS:
            self._shown = time.monotonic()
            self._show(Line(f"{self._name} {text}".rstrip(), min(max(fraction, 0.0), 1.0)))

    def finished(self, name: str, seconds: float) -> None:
        """Count the pass."""
        self._passes, self._seconds = self._passes + 1, self._seconds + seconds
        self._sum_up()

    def cached(self, name: str) -> None:
        """Count the pass among those that did not have to run."""
        self._cached += 1
        self._sum_up()

    def stopped(self) -> None:
        """Say where it has stopped."""
        self._show(Line(f"stopped in {self._name}"))

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Print the warning below the line."""
        self._print(diagnostic)

    def _sum_up(self) -> None:
        ran = f"{self._passes} pass{'' if self._passes == 1 else 'es'} in {self._seconds:.1f} s"
        unchanged = f", {self._cached} unchanged" if self._cached else ""
        self._show(Line(ran + unchanged))

    def _show(self, line: Line) -> None:
        if self._handle is None:
            # Whoever runs this in a notebook has it.
            self._handle = import_module("IPython.display").display(line, display_id=True)
        else:
            self._handle.update(line)


def watcher(reporter: Reporter | None) -> Reporter:
    """Who watches: the one that is given, or a line where this is a notebook, or nobody."""
    if reporter is not None:
        return reporter
    return NotebookLine() if in_notebook() else Silence()


@contextmanager
def shown(what: str, progress: Progress | None) -> Iterator[Progress]:
    """Where one thing says how far it is: to the one that is given, a notebook's line or nobody."""
    if progress is not None or not in_notebook():
        yield progress or Silence()
        return
    line, begin = NotebookLine(), time.monotonic()
    try:
        yield line.started(what)
    except BaseException:
        line.stopped()
        raise
    line.finished(what, time.monotonic() - begin)


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook; no IPython is imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
