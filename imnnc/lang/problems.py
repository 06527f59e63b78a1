"""Gathers diagnostics, so that one run reports every independent mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imnnc.diagnostics import CompileError, Diagnostic

# Nobody reads more, and what is wrong many times over is most often one mistake.
MAX_PROBLEMS = 100


class Problems:
    """The diagnostics found so far."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep the diagnostics of a failure in the body, and go on behind it.

        Raises `CompileError` once there are `MAX_PROBLEMS`.
        """
        try:
            yield
        except CompileError as error:
            self.found.extend(error.diagnostics)
            if len(self.found) >= MAX_PROBLEMS:
                self.check()

    def check(self) -> None:
        """Raise `CompileError` with all that was found, if anything was, in reading order."""
        if self.found:
            raise CompileError(*in_reading_order(self.found[:MAX_PROBLEMS]))


def in_reading_order(found: list[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics from the top of each file down; files in the order of their first one."""
    names = [_file(diagnostic) for diagnostic in found]
    return sorted(
        found, key=lambda diagnostic: (names.index(_file(diagnostic)), _start(diagnostic))
    )


def _file(diagnostic: Diagnostic) -> str:
    return "" if diagnostic.span is None else diagnostic.span.source.name


def _start(diagnostic: Diagnostic) -> int:
    return 0 if diagnostic.span is None else diagnostic.span.start


def already_reported() -> CompileError:
    """The failure of something that rests on a mistake with a diagnostic of its own."""
    return CompileError()
