"""Who computes for the passes: processes of this machine, unless somebody else is handed in."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, Protocol, Self, TypeVar

from imnnc.diagnostics import Diagnostic
from imnnc.files.files import reason_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")


class Workers(Protocol):
    """Who computes for the passes.  A cluster's executor with a number fits as it is.

    What passes submit are functions of modules, with arguments and results that can be pickled,
    large ones in a `Parcel`; an error arrives as it was raised.  No job needs a file of another
    machine: a folder of the cache among its arguments is where it may keep what another try can
    go on from.  A pass waits for what it has submitted, and submits nothing from a job.

    Whoever makes the workers ends them: passes and the runner do not.
    """

    @property
    def jobs(self) -> int:
        """How many may compute at the same time; on this machine, so many simulators as well."""

    @property
    def executor(self) -> Executor:
        """Who takes the jobs; asked for when a pass has some."""

    @property
    def elsewhere(self) -> bool:
        """Whether jobs are done on other machines, which have simulators of their own."""


class LocalProcesses:
    """Worker processes of this machine, started when a pass first asks for them.

    They end with the `with` block, also when this process is killed, and whatever they are
    doing: each one watches a pipe whose other end only this process holds.  Where the system
    has no semaphores, without which there is no pool of processes, jobs are done in this
    process, one after the other.

    Args:
        jobs: how many processes.
        at_end: a module's function, called where a worker must end at once: it ends what that
            has started.
        tell: told, with a note, of a system on which there are no processes to be had.
    """

    elsewhere: bool = False

    def __init__(
        self,
        jobs: int,
        at_end: Callable[[], None] | None = None,
        tell: Callable[[Diagnostic], None] = lambda _: None,
    ) -> None:
        self.jobs = jobs
        self._at_end = at_end
        self._tell = tell
        self._executor: Executor | None = None
        self._alive: Connection | None = None

    @property
    def executor(self) -> Executor:
        """The pool of `jobs` processes, or who stands in for it."""
        if self._executor is None:
            try:
                self._executor = self._pool()
            # Python raises any of these three where semaphores cannot be had.
            except (OSError, ImportError, NotImplementedError) as error:
                self._tell(_no_processes(error))
                self._executor = InThisProcess()
        return self._executor

    def _pool(self) -> Executor:
        from concurrent.futures import ProcessPoolExecutor

        from imnnc.engine.spawned import SpawnedContext

        # Not forked: this process may hold threads of torch and of the progress display.
        method = SpawnedContext()
        watched, self._alive = method.Pipe(duplex=False)
        return ProcessPoolExecutor(
            self.jobs,
            mp_context=method,
            initializer=_prepare_worker,
            initargs=(watched, self._at_end),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the workers, and with them whatever they are doing."""
        self.end()

    def end(self) -> None:
        """The same, where there is no block to leave."""
        if self._alive is not None:
            self._alive.close()
            self._alive = None
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


class InThisProcess(Executor):
    """Has done a job when it is submitted; whoever is interrupted there is interrupted."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do a job."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Alone:
    """Workers that are this process: for what is done sooner than a process is started."""

    jobs: int = 1
    elsewhere: bool = False

    def __init__(self) -> None:
        self.executor: Executor = InThisProcess()


def _prepare_worker(watched: Connection, at_end: Callable[[], None] | None) -> None:
    # ctrl-C goes to every process of the terminal; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As many threads as cores in each of as many processes as cores only get in each other's way.
    os.environ["OMP_NUM_THREADS"] = "1"

    def watch() -> None:
        # Nothing is ever sent: this returns when the parent closes its end or dies.
        watched.poll(None)
        if at_end is not None:
            at_end()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _no_processes(error: Exception) -> Diagnostic:
    reason = reason_of(error) if isinstance(error, OSError) else str(error)
    return Diagnostic(
        "IM720",
        f"worker processes cannot be had, all is computed in this one: {reason}",
        notes=("it takes longer, and comes out the same",),
        help="they need semaphores, and those a `/dev/shm` that can be written",
        severity="note",
    )
