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
from imnnc.simulate.base import DECK_FOLDER, Simulator, check_file_name
from imnnc.simulate.ngspice import STARTUP_NAME, STARTUP_TEXT, kill_running


def main() -> None:
    """Arguments: the connection's file descriptor, the driver, the testbench, its time limit."""
    descriptor, driver, testbench, timeout_seconds = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Connection(int(descriptor)) as connection:
        try:
            simulator = _open(driver, Path(testbench), float(timeout_seconds))
            connection.send(("done", simulator.version))
            while True:
                connection.send(("done", _answer(simulator, connection.recv())))
        except EOFError:
            pass
        except CompileError as error:
            connection.send(("failed", (error.diagnostics, int(error.exit_code))))
        except Exception:
            connection.send(("defect", traceback.format_exc()))


def _open(driver: str, testbench: Path, timeout_seconds: float) -> Simulator:
    check_file_name(testbench.name)
    workdir = Path.cwd()
    (workdir / DECK_FOLDER).symlink_to(testbench.parent, target_is_directory=True)
    if driver == "process":
        from imnnc.simulate.process import ProcessSimulator

        return ProcessSimulator(testbench.name, workdir, timeout_seconds)
    # Its import loads PySpice, and loading it reads the start-up file.
    from imnnc.simulate.shared import SharedSimulator

    (workdir / STARTUP_NAME).write_text(STARTUP_TEXT, encoding="utf-8")
    return SharedSimulator(testbench.name, workdir)


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
