"""Gathers diagnostics, so that one run reports every independent mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imnnc.diagnostics import CompileError, Diagnostic


class Problems:
    """The diagnostics found so far."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep the diagnostics of a failure in the body, and go on behind it."""
        try:
            yield
        except CompileError as error:
            self.found.extend(error.diagnostics)

    def check(self) -> None:
        """Raise `CompileError` with all that was found, if anything was."""
        if self.found:
            raise CompileError(*self.found)


def already_reported() -> CompileError:
    """The failure of something that rests on a mistake with a diagnostic of its own."""
    return CompileError()
