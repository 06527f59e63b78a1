"""The driver that runs libngspice in this process, through PySpice's `NgSpiceShared`.

The testbench is loaded once and altered for each sample.  libngspice can crash, or end
itself, and takes its process with it, and there can be one instance a process only: so this
module is for the worker processes of `imnnc.simulate.pool`.

PySpice 1.5 takes any text on stderr for a failure and does not notice failures of loading;
this subclass replaces both judgements by that of `imnnc.simulate.log`.
"""

from __future__ import annotations

import ctypes.util
import logging
import os
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySpice.Spice.NgSpice.Shared import NgSpiceShared, ffi

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.simulate.base import (
    FloatArray,
    Waveform,
    check_names,
    check_values,
    dc_commands,
    save_commands,
    waveform_commands,
)
from imnnc.simulate.log import error_lines
from imnnc.simulate.ngspice import (
    INSTALL_HELP,
    check_vectors,
    link_deck,
    run_failure,
    write_startup,
)
from imnnc.simulate.rawfile import Vector
from imnnc.simulate.staging import Deck
from imnnc.simulate.sweep import LEAST_SAMPLES, TIGHTER, sweep_of

_silent = logging.getLogger(f"{__name__}.pyspice")
_silent.disabled = True

_KEPT_LOG_LINES = 400


class _Ngspice(NgSpiceShared):  # type: ignore[misc]  # PySpice has no types
    """libngspice with its log collected and judged."""

    _logger = _silent

    def __init__(self) -> None:
        self._log: deque[str] = deque(maxlen=_KEPT_LOG_LINES)
        super().__init__()

    @property
    def library_path(self) -> str:
        """The file or soname of libngspice, for the dynamic loader."""
        given = os.environ.get("NGSPICE_LIBRARY_PATH")
        return given or ctypes.util.find_library("ngspice") or "libngspice.so.0"

    @staticmethod
    def _send_char(message: Any, _ngspice_id: int, user_data: Any) -> int:
        """Collect a line of output; libngspice puts `stdout` or `stderr` in front of it."""
        self = ffi.from_handle(user_data)
        _, _, line = ffi.string(message).decode("utf-8", errors="replace").partition(" ")
        self._stdout.append(line)
        self._log.append(line)
        return 0

    @property
    def log(self) -> str:
        """The last lines that libngspice printed."""
        return "\n".join(self._log)

    def run(self, command: str) -> None:
        """Execute a command; raises IM605 where its output reports a failure."""
        self.clear_output()
        status = self._ngspice_shared.ngSpice_Command(command.encode("ascii"))
        errors = error_lines(self.stdout)
        if errors:
            raise run_failure(f"ngspice reported: {errors[0]}", self.log)
        if status != 0:
            raise run_failure(f"ngspice refused the command `{command[:80]}`", self.log)

    def run_all(self, commands: Iterable[str]) -> None:
        """Execute commands in turn, then free what libngspice remembers of them."""
        for command in commands:
            self.run(command)
        self._ngspice_shared.ngSpice_Command(ffi.NULL)

    def read(self, names: Sequence[str], *, points: int | None) -> list[Vector]:
        """Copies of vectors of the current plot; names as in a rawfile, and `time`."""
        vectors: dict[str, Vector] = {}
        for name in names:
            info = self._ngspice_shared.ngGet_Vec_Info(_internal_name(name).encode("ascii"))
            if info != ffi.NULL and info.v_realdata != ffi.NULL:
                buffer = ffi.buffer(info.v_realdata, info.v_length * 8)
                vectors[name] = np.frombuffer(buffer, np.float64).copy()
        return check_vectors(vectors, names, points=points, log=self.log)


class SharedSimulator:
    """A testbench that is loaded once.

    `workdir` has to be the working folder of this process.  Raises IM604 where libngspice
    cannot be loaded, IM605 where it cannot read the testbench.
    """

    def __init__(self, deck: Deck, workdir: Path) -> None:
        self._deck = deck
        self._testbench = deck.testbench
        self._workdir = workdir
        self._script = workdir / "stimuli.sp"
        # libngspice reads the start-up files when it is loaded.
        write_startup(workdir)
        link_deck(deck, workdir)
        try:
            self._ngspice = _Ngspice()
        except OSError as error:
            raise fail(
                "IM604",
                "the library `libngspice` must be installed, could not be loaded",
                notes=[str(error)],
                help=INSTALL_HELP,
                exit_code=ExitCode.TOOL,
            ) from None
        self.version = str(self._ngspice.ngspice_version)
        self._ngspice.run(f"source {self._testbench}")
        # The sources that no longer are as the testbench has them; None: some have waveforms.
        self._altered: frozenset[str] | None = frozenset()

    def operating_points(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray:
        """See `Simulator.operating_points`."""
        check_names(sources, probes)
        check_values(sources, values)
        if len(values) >= LEAST_SAMPLES:
            found = self._sweep(sources, values, probes)
            if found is not None:
                return found
        self._restore(sources)
        self._altered = frozenset(sources)
        return self._one_by_one(sources, values, probes)

    def _sweep(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray | None:
        """All operating points as one sweep; None where that is not possible or not exact."""
        sweep = sweep_of(self._deck, sources, values, probes)
        if sweep is None:
            return None
        sweep.write(self._workdir)
        self._altered = None
        try:
            self._ngspice.run_all(["remcirc", f"source {sweep.testbench}", *sweep.commands])
            columns = self._ngspice.read(sweep.probes, points=len(values))
            self._ngspice.run("destroy all")
            self._restore(())
            self._ngspice.run(TIGHTER)
            (alone,) = self._one_by_one(sources, values[[sweep.order[-1]]], probes)
        except CompileError:  # each by itself may do, or says better what is wrong
            return None
        return sweep.accepted(columns, alone)

    def _one_by_one(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray:
        self._ngspice.run_all(save_commands(probes))
        result = np.empty((len(values), len(probes)))
        for row_index, row in enumerate(values):
            self._ngspice.run_all([*dc_commands(sources, row), "op"])
            vectors = self._ngspice.read(probes, points=1)
            result[row_index] = [vector[0] for vector in vectors]
            self._ngspice.run("destroy all")
        return result

    def transient(
        self,
        waveforms: Mapping[str, Waveform],
        stop_seconds: float,
        step_seconds: float,
        probes: Sequence[str],
    ) -> tuple[FloatArray, FloatArray]:
        """See `Simulator.transient`."""
        check_names(tuple(waveforms), probes)
        self._restore(())
        self._altered = None
        # From a file, because libngspice takes commands of at most 1023 characters.
        lines = ["*ng_script", *save_commands(probes), *waveform_commands(waveforms)]
        self._script.write_text("\n".join(lines) + "\n", encoding="ascii")
        self._ngspice.run_all(
            [f"source {self._script.name}", f"tran {step_seconds:.17g} {stop_seconds:.17g}"]
        )
        times, *vectors = self._ngspice.read(["time", *probes], points=None)
        self._ngspice.run("destroy all")
        return times, np.column_stack(vectors)

    def _restore(self, sources: Sequence[str]) -> None:
        """Load the testbench again where a source other than these was altered."""
        if self._altered is None or not self._altered <= set(sources):
            self._ngspice.run_all(["remcirc", f"source {self._testbench}"])


def _internal_name(name: str) -> str:
    """What libngspice calls a vector that a rawfile calls `v(node)` or `i(source)`."""
    if name.startswith("i("):
        return f"{name[2:-1]}#branch"
    if name.startswith("v("):
        inner = name[2:-1]
        # A bare number would be one; ngspice keeps the parentheses around those.
        return f"V({inner})" if inner.isdigit() else inner
    return name
