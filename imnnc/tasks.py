"""What is to be done with a network once it is trained: verification, chips, files."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.diagnostics import Span
from imnnc.limits import (
    NAME,
    OPTIONAL,
    SAMPLES,
    SEED,
    TEMPERATURES,
    percent,
    physical,
    plain,
    setting,
    whole,
)
from imnnc.units import TIME, VOLTAGE

_AGE = "cells drift from 20 s after they were programmed"
_PROCESS = "it says how many standard deviations corners are from typical, usual are 3"


@dataclass(frozen=True)
class VerifySpec:
    """What is simulated, and how near the prediction has to be."""

    samples: int = field(default=100, metadata=setting("samples", SAMPLES))
    # On the RMS error at the read-out
    tolerance_volts: float = field(
        default=0.005, metadata=setting("tolerance", physical(VOLTAGE, "1e-9", "1"))
    )
    # Empty: the technology's own corner
    corners: tuple[str, ...] = field(default=(), metadata=NAME)
    # Input steps of the transient for delay and energy
    transient_samples: int = field(
        default=10, metadata=setting("transient_samples", whole(1, 100_000))
    )
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ChipsSpec:
    """How many chips are looked at on how many test samples, and what is asked of them."""

    count: int = field(default=200, metadata=setting("count", whole(1, 1_000_000)))
    samples: int = field(default=1000, metadata=setting("samples", SAMPLES))
    seed: int = field(default=1, metadata=setting("seed", SEED))
    # Of a chip that works; None: nothing is asked
    accuracy: float | None = field(default=None, metadata=setting("accuracy", percent("0", "1")))
    # Likewise for numbers as answers: the root of the mean square error, at most
    rms_volts: float | None = field(
        default=None, metadata=setting("rms", physical(VOLTAGE, "1e-9", "10"))
    )
    # The share of chips that have to work
    least_yield: float | None = field(default=None, metadata=setting("yield", percent("0", "1")))
    # How many standard deviations corners are from typical; None: all chips are typical
    process: float | None = field(
        default=None,
        metadata={**setting("process", plain("1", "10", _PROCESS)), **OPTIONAL},
    )
    # Chips are as warm as anything between; None: as the technology is
    coldest_celsius: float | None = field(default=None, metadata={**TEMPERATURES, **OPTIONAL})
    hottest_celsius: float | None = field(default=None, metadata={**TEMPERATURES, **OPTIONAL})
    # Since cells were programmed; None: a year
    age_seconds: float | None = field(
        default=None, metadata={**setting("age", physical(TIME, "20", "1e10", _AGE)), **OPTIONAL}
    )
    # Rails of a chip are up to this, relative, from the technology's
    supply: float | None = field(default=None, metadata={**percent("0", "0.2"), **OPTIONAL})
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def goal(self) -> float | None:
        """What a chip that works comes to: an accuracy, or an MSE in V^2."""
        return self.accuracy if self.rms_volts is None else self.rms_volts**2


@dataclass(frozen=True)
class ProgramSpec:
    """How cells are programmed: pulses at once, then a read and a pulse in turn."""

    # On a conductance, relative: a cell that is read within it is done
    tolerance: float = field(metadata=percent("0.0001", "0.5"))
    # How much of the pulses that a typical cell takes are given before it is read first
    first_guess: float = field(metadata=setting("first_guess", percent("0", "1")))
    # Pulses after those; a cell that is not within the tolerance then has failed
    most_tries: int = field(metadata=setting("most_tries", whole(0, 10_000)))
    seed: int = field(default=1, metadata=setting("seed", SEED))
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class EmitSpec:
    """What is written: netlist dialects and programming file formats."""

    dialects: tuple[str, ...] = ("ngspice",)
    programming: tuple[str, ...] = ("csv", "npz")
    span: Span | None = field(default=None, compare=False, repr=False)
