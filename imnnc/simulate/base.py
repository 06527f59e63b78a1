"""What both drivers of ngspice have in common: the interface, and the commands they give.

A driver has one testbench loaded, a file on disk whose sources have DC values.  Names of
sources and probes become part of commands, so they are checked here, once for both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imnnc import spelling
from imnnc.diagnostics import ExitCode, fail
from imnnc.spelling import Spelling

FloatArray: TypeAlias = NDArray[np.float64]

# The corners of a source's voltage over time: seconds (k,), from 0 on and rising; volts (k,).
Waveform: TypeAlias = tuple[FloatArray, FloatArray]

_SAMPLES_A_LIMIT = 4


class Simulator(Protocol):
    """One testbench in a simulator.

    Sources are voltage sources by their full lower-case name; probes are `v(node)` and
    `i(source)`, lower case.  Each call starts from the testbench as it is in its file.  Both
    methods raise `CompileError` IM602 (time limit), IM603 (the simulator died), IM605 (it
    failed, or did not give a probe) and IM606 (a name that cannot be one of a netlist).
    """

    version: str  # of ngspice, for example `39`

    def operating_points(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray:
        """The probes (S, p) at the DC values (S, n) volts of n sources, volts and amperes."""
        ...

    def transient(
        self,
        waveforms: Mapping[str, Waveform],
        stop_seconds: float,
        step_seconds: float,
        probes: Sequence[str],
    ) -> tuple[FloatArray, FloatArray]:
        """The times (T,) that the simulator chose, at most a step apart, and the probes (T, p)."""
        ...


def check_names(sources: Sequence[str], probes: Sequence[str]) -> None:
    """Raises IM606 unless every name is that of a source or a probe, and nothing more."""
    for name in sources:
        if not spelling.SOURCE.fits(name):
            raise _bad_name("a source", spelling.SOURCE, name)
    for name in probes:
        if not spelling.PROBE.fits(name):
            raise _bad_name("a probe", spelling.PROBE, name)


def check_file_name(name: str) -> None:
    """Raises IM606 unless the file name means nothing else in ngspice's command language."""
    if not spelling.FILE.fits(name):
        raise _bad_name("the testbench's file name", spelling.FILE, name)


def check_values(sources: Sequence[str], values: FloatArray) -> None:
    """Raises `ValueError` unless the values are finite and one column a source."""
    if values.ndim != 2 or values.shape[1] != len(sources):
        raise ValueError(f"values must be (S, {len(sources)}), are {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("source values must be finite")


def shares_of_limit(samples: int) -> int:
    """How many times the time limit of a call the operating points of samples may take."""
    return max(1, math.ceil(samples / _SAMPLES_A_LIMIT))


def dc_commands(sources: Sequence[str], volts: FloatArray) -> Iterator[str]:
    """Set the DC values (n,) of sources."""
    for name, value in zip(sources, volts.tolist(), strict=True):
        yield f"alter @{name}[dc] = {value:.17g}"


def waveform_commands(waveforms: Mapping[str, Waveform]) -> Iterator[str]:
    """Give sources a piecewise linear voltage; the loaded testbench's DC sources accept it."""
    for name, (times, volts) in waveforms.items():
        if times.shape != volts.shape or times[0] != 0 or not (np.diff(times) > 0).all():
            raise ValueError(f"the waveform of {name} must have rising times from 0 on")
        if not (np.isfinite(times).all() and np.isfinite(volts).all()):
            raise ValueError(f"the waveform of {name} must be finite")
        corners = np.column_stack([times, volts]).ravel().tolist()
        yield f"alter @{name}[pwl] = [ {' '.join(f'{c:.17g}' for c in corners)} ]"


def save_commands(probes: Sequence[str]) -> Iterator[str]:
    """Keep these vectors of the runs to come and no others."""
    yield "delete all"
    for probe in dict.fromkeys(probes):
        yield f"save {probe}"


def _bad_name(what: str, wanted: Spelling, name: str) -> Exception:
    shown = "".join(c if c.isprintable() else "�" for c in name[:80])
    return fail("IM606", f"{what} must be {wanted.rule}, was `{shown}`", exit_code=ExitCode.TOOL)
