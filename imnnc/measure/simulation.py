"""How netlists are simulated: one value for everything that runs a simulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from imnnc.engine.context import Progress
from imnnc.engine.progress import Silence
from imnnc.engine.workers import Workers
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver
from imnnc.simulate.elsewhere import open_elsewhere
from imnnc.simulate.pool import SimulatorPool, open_simulator


@dataclass(frozen=True)
class Simulation:
    """By which driver, on how many processes, for how long, and who is told.

    Attributes:
        driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
        reduce: whether the first crossbar is replaced by its Thévenin equivalents; a few samples
            are then simulated with the whole crossbar as well, which must come out the same.
        jobs: number of processes of this machine.
        timeout_seconds: limit for loading a deck, and for each few samples.
        progress: told how far it is.
        workers: who simulates in place of those processes; None, and workers of this machine: they
            do.
    """

    driver: Driver = "pyspice"
    reduce: bool = False
    jobs: int = 1
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    progress: Progress = field(default_factory=Silence)
    workers: Workers | None = None

    @contextmanager
    def open(self, testbench: Path) -> Iterator[SimulatorPool]:
        """The simulator with a testbench loaded; see `open_simulator`."""
        if self.workers is not None and self.workers.elsewhere:
            executor = self.workers.executor
            with open_elsewhere(
                testbench, self.driver, self.timeout_seconds, executor
            ) as simulator:
                yield simulator
            return
        with open_simulator(
            testbench, self.driver, self.timeout_seconds, jobs=self.jobs
        ) as simulator:
            yield simulator
