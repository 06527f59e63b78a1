"""Simulators on the workers of other machines: a deck travels once, its samples in chunks.

What is sent is what `stage` has read and admitted, so nothing of this machine's files is named on
another one.  A process of a worker holds the simulators of the last decks that it was asked for.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imnnc.diagnostics import ExitCode, fail
from imnnc.engine.parcel import Parcel
from imnnc.scratch import temporary_folder
from imnnc.simulate.driver import Driver
from imnnc.simulate.ngspice import ngspice_version
from imnnc.simulate.pool import ProcessPool, Request, SimulatorPool
from imnnc.simulate.staging import Deck, stage

_KEPT_SIMULATORS = 2  # a deck, and its reduced form


@dataclass(frozen=True)
class _Sent:
    """A deck that was admitted where it comes from, and how it is simulated."""

    name: str  # a hash of all there is
    testbench: str
    files: dict[str, bytes]
    driver: Driver
    timeout_seconds: float
    version: str  # of ngspice, where it comes from


@contextmanager
def open_elsewhere(
    testbench: Path, driver: Driver, timeout_seconds: float, executor: Executor
) -> Iterator[SimulatorPool]:
    """As `open_simulator`, on the workers of `executor`.

    Raises as that does, and:
        CompileError: IM737 where a worker has another version of ngspice.
    """
    with temporary_folder() as folder:
        deck = stage(testbench, folder / "deck")
        files = {path.name: path.read_bytes() for path in sorted(deck.folder.iterdir())}
    found = hashlib.sha256(f"{deck.testbench} {driver} {timeout_seconds}".encode())
    for name, content in files.items():
        found.update(f" {name} ".encode() + hashlib.sha256(content).digest())
    yield _Elsewhere(
        _Sent(found.hexdigest(), deck.testbench, files, driver, timeout_seconds, ngspice_version()),
        executor,
    )


class _Elsewhere(SimulatorPool):
    """Hands requests to an executor, each a job."""

    def __init__(self, deck: _Sent, executor: Executor) -> None:
        self._deck = Parcel(deck)
        self._executor = executor
        self.version: str = executor.submit(_version, self._deck).result()

    def answers(self, requests: Sequence[Request]) -> Iterator[tuple[int, Any]]:
        """Submit them all; their indices and answers as they come in."""
        jobs = {
            self._executor.submit(_answer, self._deck, request): index
            for index, request in enumerate(requests)
        }
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        finally:
            for job in jobs:
                job.cancel()


# Of this process, the last one asked for at the end.
_open: OrderedDict[str, tuple[ProcessPool, ExitStack]] = OrderedDict()


def _version(deck: Parcel[_Sent]) -> str:
    return _simulator(deck.value).version


def _answer(deck: Parcel[_Sent], request: Request) -> Any:
    simulator = _simulator(deck.value)
    try:
        ((_, answer),) = simulator.answers([request])
    except BaseException:
        _close(deck.value.name)  # it cannot be used again
        raise
    return answer


def _simulator(deck: _Sent) -> ProcessPool:
    if deck.name not in _open:
        here = ngspice_version()
        if here != deck.version:
            raise fail(
                "IM737",
                f"a worker must have the ngspice of who sends it decks, {deck.version}, it has"
                f" {here}",
                help="install the same version on all machines",
                exit_code=ExitCode.TOOL,
            )
        while len(_open) >= _KEPT_SIMULATORS:
            _close(next(iter(_open)))
        with ExitStack() as stack:
            folder = stack.enter_context(temporary_folder())
            laid_out = Deck(folder / "deck", deck.testbench)
            laid_out.folder.mkdir()
            for name, content in deck.files.items():
                (laid_out.folder / name).write_bytes(content)
            pool = ProcessPool(laid_out, deck.driver, deck.timeout_seconds, 1, folder)
            stack.callback(pool.close)
            _open[deck.name] = pool, stack.pop_all()
    _open.move_to_end(deck.name)
    return _open[deck.name][0]


def _close(name: str) -> None:
    _, stack = _open.pop(name)
    stack.close()
