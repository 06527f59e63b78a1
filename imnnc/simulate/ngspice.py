"""ngspice as a process: a deck in, vectors out.

The exit code is ignored (see `imnnc.simulate.log`).  A run succeeded when the vectors that
the caller asked for are there, have the expected length and are finite: `NgspiceRun.require`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.scratch import temporary_folder
from imnnc.simulate.log import error_lines, log_notes
from imnnc.simulate.rawfile import Plot, RawfileError, Vector, read_rawfile
from imnnc.simulate.staging import DECK_FOLDER, Deck

# Read by ngspice from the folder in which it starts, in place of the system's `spinit`, which
# loads code models that read and write files, and of the user's `.spiceinit`.  ngspice sets the
# number of OpenMP threads by itself, whatever OMP_NUM_THREADS says; with two, spinning at every
# barrier, transients on a busy machine take ten times as long.
_STARTUP_NAMES = ("spinit", ".spiceinit")
_STARTUP_TEXT = "set num_threads=1\n"

# Of the user's environment, ngspice gets what finds its libraries.
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_OWN_VARIABLES = {
    "PATH": os.defpath,
    "HOME": ".",
    "SPICE_SCRIPTS": ".",
    "OMP_NUM_THREADS": "1",
    "LC_ALL": "C",
}

_VERSION_TIMEOUT_SECONDS = 10.0

INSTALL_HELP = "install it, on Debian or Ubuntu with `apt-get install ngspice libngspice0`"

# The process groups that run now, for `kill_running`.  Who holds the lock sees every ngspice that
# was started: a process would otherwise be there for a moment before it is listed.
_running: set[int] = set()
_starting = threading.Lock()


@dataclass(frozen=True)
class NgspiceRun:
    """What a run left: its log, its plots, and the lines of the log that report a failure."""

    log: str
    plots: tuple[Plot, ...]
    errors: tuple[str, ...]

    @property
    def vectors(self) -> dict[str, Vector]:
        """The vectors of the last plot by lower-case name; empty where the run wrote none."""
        return self.plots[-1].vectors if self.plots else {}

    def require(self, names: Sequence[str], *, points: int | None = None) -> list[Vector]:
        """These vectors of the last plot, in this order.

        Raises `CompileError` IM605 where the log reports a failure, or where a vector is
        absent, not finite, or (when `points` is given) not of that length.
        """
        if self.errors:
            raise run_failure(f"ngspice reported: {self.errors[0]}", self.log)
        return check_vectors(self.vectors, names, points=points, log=self.log)


def run_failure(message: str, log: str) -> CompileError:
    """The error of a simulation that ran and did not succeed, with what its log says."""
    return fail("IM605", message, notes=log_notes(log), exit_code=ExitCode.TOOL)


def check_vectors(
    vectors: dict[str, Vector], names: Sequence[str], *, points: int | None, log: str
) -> list[Vector]:
    """The named vectors in order; raises IM605 where one is absent, short or not finite."""
    found = []
    for name in names:
        vector = vectors.get(name)
        if vector is None:
            raise run_failure(f"the simulation must give `{name}`, gave no such vector", log)
        if points is not None and len(vector) != points:
            raise run_failure(
                f"`{name}` must have {points} points, the simulation gave {len(vector)}", log
            )
        if not np.isfinite(vector).all():
            raise run_failure(f"`{name}` must be finite, the simulation gave it without", log)
        found.append(vector)
    return found


def run_circuit(
    deck: Deck, commands: Iterable[str], *, workdir: Path, timeout_seconds: float
) -> NgspiceRun:
    """Load a circuit that was admitted in `ngspice -b`, execute commands, and read its results.

    `commands` are ours, and write to `result.raw`; what somebody gave is in the circuit only.
    Raises as `run_deck` does.
    """
    link_deck(deck, workdir)
    script = [
        *("* control script", ".control", "set appendwrite", f"source {deck.testbench}"),
        *(*commands, "quit", ".endc", ".end"),
    ]
    return run_deck("\n".join(script) + "\n", workdir=workdir, timeout_seconds=timeout_seconds)


def link_deck(deck: Deck, workdir: Path) -> None:
    """Let a simulator that works in `workdir` find the files of a deck."""
    workdir.mkdir(parents=True, exist_ok=True)
    link = workdir / DECK_FOLDER
    link.unlink(missing_ok=True)
    link.symlink_to(deck.folder.resolve(), target_is_directory=True)


def write_startup(workdir: Path) -> None:
    """Put start-up files of ours where ngspice looks for the system's and the user's."""
    for name in _STARTUP_NAMES:
        (workdir / name).write_text(_STARTUP_TEXT, encoding="utf-8")


def run_deck(deck: str, *, workdir: Path, timeout_seconds: float) -> NgspiceRun:
    """Run `ngspice -b` on a deck of ours in `workdir`; read the `result.raw` that it writes there.

    Nothing guards this deck: what comes from a file goes through `run_circuit`.  It is written
    to `deck.sp`, the log to `ngspice.log`.  A deck with a `.control` section should end that
    with `quit`: without it, ngspice goes on to run the deck's own analyses and prints all of
    their results.

    At the time limit, or when the caller is interrupted, ngspice is killed with all that it
    started.  Raises `CompileError`: IM601 where there is no ngspice that can be started, IM602
    where it exceeds the time limit, IM603 where a signal ends it.
    """
    (workdir / "deck.sp").write_text(deck, encoding="utf-8")
    write_startup(workdir)
    result = workdir / "result.raw"
    result.unlink(missing_ok=True)
    log_path = workdir / "ngspice.log"
    status = _run([_executable(), "-n", "-b", "deck.sp"], workdir, log_path, timeout_seconds)
    log = log_path.read_text(encoding="utf-8", errors="replace")
    if status is None:
        raise timed_out(timeout_seconds, log)
    if status < 0:
        raise died(-status, log)
    errors = error_lines(log)
    plots: tuple[Plot, ...] = ()
    if result.exists():
        try:
            plots = read_rawfile(result)
        except RawfileError as error:
            errors = (*errors, f"result.raw: {error}")
    return NgspiceRun(log, plots, errors)


def timed_out(timeout_seconds: float, log: str) -> CompileError:
    """The error of a simulator that had to be killed at its time limit."""
    return fail(
        "IM602",
        f"ngspice must finish within {timeout_seconds:g} s, was stopped there",
        notes=log_notes(log),
        help="raise the time limit, or simulate fewer samples or a smaller network",
        exit_code=ExitCode.TOOL,
    )


def died(number: int | None, log: str) -> CompileError:
    """The error of a simulator that a signal ended (`number`, where it is known)."""
    how = "" if number is None else f" by {_signal_name(number)}"
    return fail(
        "IM603",
        f"ngspice was ended{how} before it finished",
        notes=log_notes(log),
        help="it crashed, or the machine ran out of memory",
        exit_code=ExitCode.TOOL,
    )


def kill_running() -> None:
    """Kill every ngspice that this process runs, with its children; it starts no more of them."""
    _starting.acquire()  # for good: the process is about to end
    for group in tuple(_running):
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@cache
def ngspice_version(timeout_seconds: float = _VERSION_TIMEOUT_SECONDS) -> str:
    """The version of the installed ngspice, for example `39`.

    Raises `CompileError`: IM601 where there is no ngspice that can be started, IM602 where it
    does not answer within `timeout_seconds`, IM605 where the answer is none.
    """
    with temporary_folder() as folder:
        log_path = folder / "version.log"
        command = [_executable(), "--version"]
        status = _run(command, folder, log_path, timeout_seconds)
        log = log_path.read_text(encoding="utf-8", errors="replace")
    if status is None:
        raise fail(
            "IM602",
            f"`ngspice --version` must answer within {timeout_seconds:g} s, did not",
            notes=[f"it is `{command[0]}`", *log_notes(log)],
            help="try it in a shell; it may not be the simulator",
            exit_code=ExitCode.TOOL,
        )
    match = re.search(r"ngspice-([\w.+~-]+)", log)
    if match is None:
        raise run_failure("`ngspice --version` must print a version, printed none", log)
    return match[1]


def _executable() -> str:
    # Not from the working folder, which may be somebody else's.
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which("ngspice", path=os.pathsep.join(filter(os.path.isabs, folders)))
    if found is None:
        raise fail(
            "IM601",
            "the simulator `ngspice` must be on the PATH, was not found there",
            help=INSTALL_HELP,
            exit_code=ExitCode.TOOL,
        )
    return found


def _run(
    command: Sequence[str], workdir: Path, log_path: Path, timeout_seconds: float
) -> int | None:
    """Run a command in a process group of its own; its status, None at the time limit.

    Raises `CompileError` IM601 where the operating system does not start it.
    """
    # The log is a file, not a pipe: a child that outlives ngspice could hold a pipe open.
    with log_path.open("wb") as log, _starting:
        try:
            process = subprocess.Popen(
                command,
                cwd=workdir,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise fail(
                "IM601",
                f"the simulator `{command[0]}` cannot be started: {reason}",
                help=INSTALL_HELP,
                exit_code=ExitCode.TOOL,
            ) from error
        _running.add(process.pid)
    try:
        return process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also on an interruption, and also what ngspice itself may have left behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _running.discard(process.pid)


def environment() -> dict[str, str]:
    """The environment of ngspice, which starts in a folder of ours and knows no other."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | _OWN_VARIABLES


def worker_environment() -> dict[str, str]:
    """That of a worker in which libngspice runs: the user's, as far as ngspice does not read it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPICE_", "NGSPICE_")) or name == "NGSPICE_LIBRARY_PATH"
    }
    return kept | {**_OWN_VARIABLES, "PATH": kept.get("PATH", os.defpath)}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
