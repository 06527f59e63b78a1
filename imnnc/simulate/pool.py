"""Simulators in worker processes: time limits, crashes, and many samples at once.

Whatever happens to a simulator, the compiler goes on: a worker that exceeds its time limit is
killed with its children, one that dies is noticed, and none outlives the caller, however that
ends.  Samples go to the workers in parts that are the same for any number of `jobs`, so results do
not depend on it, although a point of a sweep begins at the one before it.

On this machine such a worker is not one of the `Workers` of passes, which give a
`concurrent.futures.Executor`: an executor neither ends one job at its time limit nor says of what a
worker died.  On other machines it is theirs, and each of them has a pool of one such worker, see
`imnnc.simulate.elsewhere`.
"""

from __future__ import annotations

import abc
import math
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.scratch import temporary_folder
from imnnc.simulate.base import (
    FloatArray,
    Waveform,
    check_names,
    check_values,
    shares_of_limit,
)
from imnnc.simulate.driver import Driver
from imnnc.simulate.ngspice import died, timed_out, worker_environment
from imnnc.simulate.staging import Deck, stage
from imnnc.simulate.sweep import LEAST_SAMPLES

# A sweep of so many samples takes much longer than to load its deck.
_PART_SAMPLES = 50

# The process driver keeps the time limit itself and can say more; the pool only backs it up.
_GRACE_SECONDS: dict[Driver, float] = {"pyspice": 0.0, "ngspice": 5.0}

Progress = Callable[[int, int], None]
Request = tuple[str, tuple[Any, ...]]  # a method of a `Simulator`, and its arguments


def simulate_operating_points(
    testbench: Path,
    sources: Sequence[str],
    values: FloatArray,
    probes: Sequence[str],
    *,
    driver: Driver,
    jobs: int,
    timeout_seconds: float,
    on_progress: Progress | None = None,
) -> FloatArray:
    """The operating points of many samples, on `jobs` worker processes.

    `values` are (S, n) volts for n sources, the result (S, p) for p probes, in volts and
    amperes.  `timeout_seconds` limits loading, and so many times 4 samples; `on_progress` is
    called with the samples done and their total.  Raises as `SimulatorPool` does.
    """
    with open_simulator(testbench, driver, timeout_seconds, jobs=jobs) as simulator:
        return simulator.operating_points(sources, values, probes, on_progress=on_progress)


@contextmanager
def open_simulator(
    testbench: Path, driver: Driver, timeout_seconds: float, *, jobs: int = 1
) -> Iterator[SimulatorPool]:
    """A simulator with a testbench loaded; on leaving, its processes and files are gone.

    What is loaded is read first and checked, see `imnnc.simulate.staging.stage`.
    """
    with temporary_folder() as folder:
        deck = stage(testbench, folder / "deck")
        pool = ProcessPool(deck, driver, timeout_seconds, jobs, folder)
        try:
            yield pool
        finally:
            pool.close()


class SimulatorPool(abc.ABC):
    """A `Simulator` whose requests run in several processes.

    Beside what `Simulator` says, raises IM601 or IM604 where ngspice or its library is not
    installed.
    """

    version: str

    @abc.abstractmethod
    def answers(self, requests: Sequence[Request]) -> Iterator[tuple[int, Any]]:
        """Have requests answered; their indices and answers as they come in."""

    def operating_points(
        self,
        sources: Sequence[str],
        values: FloatArray,
        probes: Sequence[str],
        *,
        on_progress: Progress | None = None,
    ) -> FloatArray:
        """See `Simulator.operating_points`; `on_progress` gets the samples done and the total."""
        check_names(sources, probes)
        check_values(sources, values)
        total = len(values)
        count = max(math.ceil(total / _PART_SAMPLES), min(2, total // LEAST_SAMPLES), min(1, total))
        bounds = [number * total // count for number in range(count + 1)] if count else [0]
        requests = [
            ("operating_points", (list(sources), values[start:end], list(probes)))
            for start, end in pairwise(bounds)
        ]
        result = np.empty((total, len(probes)))
        done = 0
        for index, chunk in self.answers(requests):
            result[bounds[index] : bounds[index + 1]] = chunk
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, total)
        return result

    def transient(
        self,
        waveforms: Mapping[str, Waveform],
        stop_seconds: float,
        step_seconds: float,
        probes: Sequence[str],
    ) -> tuple[FloatArray, FloatArray]:
        """See `Simulator.transient`."""
        return self.transients([waveforms], stop_seconds, step_seconds, probes)[0]

    def transients(
        self,
        waveforms: Sequence[Mapping[str, Waveform]],
        stop_seconds: float,
        step_seconds: float,
        probes: Sequence[str],
        *,
        on_progress: Progress | None = None,
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Several transients, each as `Simulator.transient` gives it, side by side."""
        requests: list[Request] = [
            ("transient", (dict(each), stop_seconds, step_seconds, list(probes)))
            for each in waveforms
        ]
        results: dict[int, tuple[FloatArray, FloatArray]] = {}
        for index, answer in self.answers(requests):
            results[index] = answer
            if on_progress is not None:
                on_progress(len(results), len(requests))
        return [results[index] for index in range(len(requests))]


class ProcessPool(SimulatorPool):
    """On worker processes of this machine; see `open_simulator`.  After an error it is closed."""

    def __init__(
        self, deck: Deck, driver: Driver, timeout_seconds: float, jobs: int, folder: Path
    ) -> None:
        self._deck = deck
        self._driver = driver
        self._timeout_seconds = timeout_seconds
        self._jobs = max(1, jobs)
        self._folder = folder
        self._workers: list[_Worker] = []
        self.version = self._first_version()

    def close(self) -> None:
        """End all workers and what they run."""
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.join()
        self._workers.clear()

    def _first_version(self) -> str:
        """Start the first worker, so that a simulator that is missing is noticed here."""
        try:
            worker = self._start_worker()
            self._wait([worker])
            version: str = worker.receive()
        except BaseException:
            self.close()
            raise
        return version

    def _start_worker(self) -> _Worker:
        folder = self._folder / f"worker{len(self._workers)}"
        worker = _Worker(self._deck, self._driver, self._timeout_seconds, folder)
        self._workers.append(worker)
        return worker

    def answers(self, requests: Sequence[Request]) -> Iterator[tuple[int, Any]]:
        """Hand out requests to the workers; their indices and answers as they come in."""
        waiting = deque(enumerate(requests))
        running: dict[_Worker, int | None] = {}  # what it works on; None: on loading
        try:
            for worker in self._workers[: len(requests)]:
                running[worker] = worker.send(*waiting.popleft())
            while len(self._workers) < min(self._jobs, len(requests)):
                running[self._start_worker()] = None
            while running:
                for worker in self._wait(list(running)):
                    answer = worker.receive()
                    index = running.pop(worker)
                    if waiting:
                        running[worker] = worker.send(*waiting.popleft())
                    if index is not None:
                        yield index, answer
        except BaseException:
            # A worker in the middle of something cannot be used again.
            self.close()
            raise

    def _wait(self, workers: Sequence[_Worker]) -> list[_Worker]:
        """The workers that have answered or died; raises IM602 at a time limit."""
        first = min(workers, key=lambda worker: worker.deadline)
        remaining = max(0.0, first.deadline - time.monotonic())
        ready = wait([worker.connection for worker in workers], remaining)
        if not ready:
            raise timed_out(self._timeout_seconds, first.log())
        return [worker for worker in workers if worker.connection in ready]


class _Worker:
    """The parent's end of a worker process."""

    def __init__(self, deck: Deck, driver: Driver, timeout_seconds: float, folder: Path) -> None:
        folder.mkdir()
        self._log_path = folder / "worker.log"
        self._limit_seconds = timeout_seconds + _GRACE_SECONDS[driver]
        self.connection: Connection
        self.connection, theirs = Pipe()
        with theirs, self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "imnnc.simulate.worker"),
                    *(str(theirs.fileno()), driver, str(deck.folder), deck.testbench),
                    str(timeout_seconds),
                ],
                cwd=folder,
                env=worker_environment() | {"PYTHONPATH": _module_path()},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # ctrl-C reaches the parent only, which ends its workers
            )
        self.deadline = time.monotonic() + self._limit_seconds

    def send(self, index: int, request: Request) -> int:
        """Hand over a request; its index back, for the caller to note."""
        method, arguments = request
        samples = len(arguments[1]) if method == "operating_points" else 1
        self.deadline = time.monotonic() + self._limit_seconds * shares_of_limit(samples)
        # A dead worker is noticed, and told of with its log, when its answer is read.
        with suppress(BrokenPipeError):
            self.connection.send(request)
        return index

    def receive(self) -> Any:
        """The answer to the last request; raises what the worker raised, IM603 if it died."""
        try:
            kind, content = self.connection.recv()
        except (EOFError, ConnectionResetError):
            status = self._process.wait()
            raise died(-status if status < 0 else None, self.log()) from None
        if kind == "failed":
            diagnostics, exit_code = content
            raise CompileError(*diagnostics, exit_code=ExitCode(exit_code))
        if kind == "defect":
            raise RuntimeError(f"a simulator worker failed:\n{content}")
        return content

    def log(self) -> str:
        """What the worker's process printed."""
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """Tell the worker to end, wherever it is."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self.connection.close()

    def join(self) -> None:
        """Wait for its end; one that does not obey is killed."""
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _module_path() -> str:
    """The PYTHONPATH with which the worker finds the modules that this process has."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)
