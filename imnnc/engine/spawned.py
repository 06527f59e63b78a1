"""Processes that do not run the main module of who starts them.

`multiprocessing` imports it in every process that it spawns, so that a script which compiles, and
does not ask whether its name is `__main__`, would compile again in each of its own workers and
wait there for itself.  Workers need none of it: what they do are functions of modules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess


class _Process(SpawnProcess):
    def start(self) -> None:
        """Start it, while the main module has no name to be imported by."""
        with _nameless_main():
            super().start()


class SpawnedContext(SpawnContext):
    """A context of `multiprocessing` that starts such processes."""

    Process = _Process


@contextmanager
def _nameless_main() -> Iterator[None]:
    names: dict[str, object] = vars(sys.modules["__main__"])
    kept: dict[str, object] = {
        name: names[name] for name in ("__spec__", "__file__") if name in names
    }
    names["__spec__"] = None
    names.pop("__file__", None)
    try:
        yield
    finally:
        names.update(kept)
