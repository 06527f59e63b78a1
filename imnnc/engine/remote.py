"""What runs on a worker of a cluster: the jobs of a session, in processes that end with it.

A worker does not compute itself.  It hands each job to a process of its own, as many as it is given
jobs at once, so that a job has a thread to itself, and can be ended in the middle: when the session
is over, when the worker is, or after a while in which nobody has asked for anything.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.engine.parcel import Parcel
from imnnc.engine.workers import LocalProcesses
from imnnc.resources import source_digest
from imnnc.scratch import temporary_folder
from imnnc.version import __version__

_IDLE_SECONDS = 600.0  # whoever began the session may have been killed
_TRIES = 2  # of a job whose process is ended by the system


@dataclass(frozen=True)
class Compiler:
    """Which imnnc it is: equal ones compute equal results."""

    version: str
    sources: str | None  # of a checkout

    @staticmethod
    def here() -> Compiler:
        """That of this process."""
        return Compiler(__version__, source_digest())

    def __str__(self) -> str:
        return self.version if self.sources is None else f"{self.version}, {self.sources[:8]}"


@dataclass(frozen=True)
class Session:
    """One client's use of a cluster."""

    name: str
    compiler: Compiler
    at_end: Callable[[], None] | None  # see `LocalProcesses`


@dataclass(frozen=True)
class Slot:
    """Where among a job's arguments a parcel belongs: that with this hash."""

    sha256: str


class _Processes:
    """The processes that a session has on this worker."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._busy = 0
        self._timer: threading.Timer | None = None
        self._stack = ExitStack()
        self._parcels = self._stack.enter_context(temporary_folder())
        self._pool = self._started()

    def _started(self) -> LocalProcesses:
        # Started as they are needed: a worker says by its threads how many jobs it takes at once.
        return LocalProcesses(max(64, os.cpu_count() or 1), self._session.at_end)

    def call(self, job: bytes, parcels: dict[str, bytes]) -> bytes:
        """Do a job, or raise what it raises; `parcels` by their hash."""
        with self._lock:
            for sha256, content in parcels.items():
                if not (path := self._parcels / sha256).exists():
                    path.write_bytes(content)
            self._busy += 1
            if self._timer is not None:
                self._timer.cancel()
            pool = self._pool
            executor = pool.executor
        try:
            return executor.submit(_call, job, self._parcels).result()
        except BrokenProcessPool:
            with self._lock:
                if self._pool is pool:
                    self._pool = self._started()
            pool.end()
            raise
        finally:
            with self._lock:
                self._busy -= 1
                if not self._busy:
                    self._timer = threading.Timer(_IDLE_SECONDS, end_session, [self._session.name])
                    self._timer.daemon = True
                    self._timer.start()

    def end(self) -> None:
        """End them, and with them whatever they are doing."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._pool.end()
            self._stack.close()


_sessions: dict[str, _Processes] = {}
_over: set[str] = set()
_lock = threading.Lock()


def dask_setup(_worker: object) -> None:
    """What dask calls in a worker that was started with this module as its `preload`.

    ctrl-C goes to every process of the terminal; only the command that has started them answers it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def do(session: Session, job: bytes, sha256: tuple[str, ...], *parcels: bytes) -> bytes:
    """Do a job: a pickled function, its arguments and keyword arguments; its pickled result.

    `parcels` are the contents of those among the arguments, `sha256` their hashes.

    Raises:
        CompileError: IM734 where this is another imnnc, IM735 where the system ends the process
            of the job again and again, and what the job raises.
    """
    here = Compiler.here()
    if here != session.compiler:
        raise _on_this_machine(other_compiler(here, session.compiler))
    for _ in range(_TRIES):
        try:
            return _of(session).call(job, dict(zip(sha256, parcels, strict=True)))
        except BrokenProcessPool:
            continue
        except CompileError as error:
            raise _on_this_machine(error) from error
    raise _on_this_machine(worn_out())


def end_session(name: str) -> None:
    """End the processes of a session on this worker; it has none from now on."""
    with _lock:
        _over.add(name)
        processes = _sessions.pop(name, None)
    if processes is not None:
        processes.end()


def keep(content: bytes) -> bytes:
    """What a parcel holds, kept where it arrives."""
    return content


def other_compiler(found: Compiler, wanted: Compiler) -> CompileError:
    """The error of a worker that has another imnnc than who sends it jobs."""
    return fail(
        "IM734",
        f"a worker must have the imnnc that sends it jobs, {wanted}, it has {found}",
        help="install the same one on all machines",
        exit_code=ExitCode.TOOL,
    )


def worn_out() -> CompileError:
    """The error of a job whose process, or worker, is ended each time that it is tried."""
    return fail(
        "IM735",
        "a job was begun anew until no worker was left to try it: each was ended in the middle",
        help="their machines may be out of memory: give each worker more, or fewer threads",
        exit_code=ExitCode.TOOL,
    )


def _of(session: Session) -> _Processes:
    with _lock:
        if session.name in _over:
            raise RuntimeError("the session is over")
        if session.name not in _sessions:
            # A worker under a nanny may be a daemon, which could have no processes.
            process = multiprocessing.current_process()
            if process.daemon:
                process.daemon = False
            _sessions[session.name] = _Processes(session)
        return _sessions[session.name]


def _call(job: bytes, parcels: Path) -> bytes:
    function, arguments, named = pickle.loads(job)

    def filled(value: Any) -> Any:
        return _parcel(parcels / value.sha256) if isinstance(value, Slot) else value

    result = function(*map(filled, arguments), **{k: filled(v) for k, v in named.items()})
    return pickle.dumps(result)


@lru_cache(maxsize=2)
def _parcel(path: Path) -> Parcel[Any]:
    return Parcel(pickle.loads(path.read_bytes()))


def _on_this_machine(error: CompileError) -> CompileError:
    """The same error, saying where it happened."""
    where = f"on a worker at `{socket.gethostname()}`, process {os.getpid()}"
    return CompileError(
        *(replace(x, notes=(*x.notes, where)) for x in error.diagnostics),
        exit_code=error.exit_code,
    )
