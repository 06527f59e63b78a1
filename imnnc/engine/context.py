"""What a pass is given besides its inputs: workers, folders, and someone to report to."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from imnnc.diagnostics import Diagnostic

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


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


class Workers:
    """Local worker processes, started when a pass first asks for them.

    They end with this object, also when this process is killed, and whatever they are doing:
    each one watches a pipe whose other end only this process holds.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._executor: Executor | None = None
        self._alive: Connection | None = None

    @property
    def executor(self) -> Executor:
        """The pool of `jobs` processes."""
        if self._executor is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            # Not forked: this process may hold threads of torch and of the progress display.
            method = multiprocessing.get_context("spawn")
            watched, self._alive = method.Pipe(duplex=False)
            self._executor = ProcessPoolExecutor(
                self.jobs, mp_context=method, initializer=_prepare_worker, initargs=(watched,)
            )
        return self._executor

    def close(self) -> None:
        """End the workers, and with them whatever they are doing."""
        if self._alive is not None:
            self._alive.close()
            self._alive = None
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


def _prepare_worker(watched: Connection) -> None:
    import signal

    from imnnc.simulate.ngspice import kill_running

    # ctrl-C goes to every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As many threads as cores in each of as many processes as cores only get in each other's way.
    os.environ["OMP_NUM_THREADS"] = "1"

    def watch() -> None:
        # Nothing is ever sent: this returns when the parent closes its end or dies.
        watched.poll(None)
        kill_running()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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

    @property
    def jobs(self) -> int:
        """How many processes may compute at the same time."""
        return self.workers.jobs

    @property
    def executor(self) -> Executor:
        """The worker processes."""
        return self.workers.executor

    def new_folder(self) -> Path:
        """A new empty folder, for the files that the pass emits."""
        return Path(tempfile.mkdtemp(dir=self.temporary))
