"""The program of a worker process: it holds one simulator and answers requests for it.

Started by `imnnc.simulate.pool` as `python -m imnnc.simulate.worker`, in a folder of its own,
and not through `multiprocessing`, which would run the caller's main module a second time.
A crash of libngspice ends the worker only.  Its standard input is a pipe that nobody writes
to: when the parent closes it or dies, the worker ends, and its ngspice with it.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.simulate.base import Simulator
from imnnc.simulate.ngspice import kill_running
from imnnc.simulate.staging import Deck


def main() -> None:
    """Arguments: the connection's file descriptor, the driver, the deck, its time limit."""
    descriptor, driver, folder, testbench, timeout_seconds = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Connection(int(descriptor)) as connection:
        try:
            simulator = _open(driver, Deck(Path(folder), testbench), float(timeout_seconds))
            connection.send(("done", simulator.version))
            while True:
                connection.send(("done", _answer(simulator, connection.recv())))
        except EOFError:
            pass
        except CompileError as error:
            connection.send(("failed", (error.diagnostics, int(error.exit_code))))
        except Exception:
            connection.send(("defect", traceback.format_exc()))


def _open(driver: str, deck: Deck, timeout_seconds: float) -> Simulator:
    workdir = Path.cwd()
    if driver == "ngspice":
        from imnnc.simulate.process import ProcessSimulator

        return ProcessSimulator(deck, workdir, timeout_seconds)
    # Its import loads PySpice.
    from imnnc.simulate.shared import SharedSimulator

    return SharedSimulator(deck, workdir)


def _answer(simulator: Simulator, request: tuple[str, tuple[Any, ...]]) -> Any:
    method, arguments = request
    match method:
        case "operating_points":
            return simulator.operating_points(*arguments)
        case "transient":
            return simulator.transient(*arguments)
        case _:
            raise ValueError(f"unknown request {method}")


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    kill_running()
    # Not sys.exit: the main thread may be inside libngspice for minutes.
    os._exit(int(ExitCode.TOOL))


if __name__ == "__main__":
    main()
