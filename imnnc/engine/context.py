"""What a pass is given besides its inputs: workers, folders, and someone to report to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imnnc.diagnostics import Diagnostic
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.workers import Workers


class InterruptedPass(KeyboardInterrupt):
    """The user interrupted the compile; `name` is the pass that was running."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback."""
        return [f"interrupted in pass `{self.name}`, the same call goes on from there"]


class Progress(Protocol):
    """Where a pass says how far it has come."""

    def update(self, fraction: float, text: str = "") -> None:
        """`fraction` from 0 to 1 is done; `text` is what there is to see, such as the loss."""


class Reporter(Protocol):
    """Who watches a compile: the terminal, or nobody."""

    def started(self, name: str) -> Progress:
        """A pass begins to run."""

    def finished(self, name: str, seconds: float) -> None:
        """A pass has run."""

    def cached(self, name: str) -> None:
        """The results of a pass are there already."""

    def stopped(self) -> None:
        """A pass has failed or was interrupted; nothing more is reported."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """A warning or a note."""


@dataclass(frozen=True)
class Context:
    """What one run of one pass may use.

    `scratch` belongs to this pass with these inputs and options.  It survives an interruption,
    so that checkpoints in it let the next compile go on from there, and is removed when the
    pass has succeeded.
    """

    workers: Workers
    scratch: Path
    temporary: Path  # removed after the pass, whatever happens
    progress: Progress
    warn: Callable[[Diagnostic], None]
    timeout_seconds: float  # for each call of a simulator
    device: Device = PROCESSOR  # where passes compute that can choose

    @property
    def jobs(self) -> int:
        """How many may compute at the same time."""
        return self.workers.jobs

    @property
    def executor(self) -> Executor:
        """Who takes the jobs of the pass."""
        return self.workers.executor

    def new_folder(self) -> Path:
        """A new empty folder, for the files that the pass emits."""
        return Path(tempfile.mkdtemp(dir=self.temporary))
