"""Waveforms of a compiled network, from the deck that was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.compilation import Compilation, load
from imnnc.api.networks import Network
from imnnc.api.origin import samples_of
from imnnc.diagnostics import ExitCode, fail
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    from imnnc.engine.context import Progress
    from imnnc.measure.waveforms import Waveforms


def simulate(
    out: Compilation | str | Path,
    samples: int | Sequence[int],
    *,
    begin: int | None = None,
    hold_seconds: float | None = None,
    nodes: Sequence[str] = ("readout",),
    data: str | Path | Network | None = None,
    define: Mapping[str, str] | None = None,
    edited: bool = False,
    driver: Driver = "pyspice",
    reduce: bool = False,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Progress | None = None,
) -> Waveforms:
    """Have ngspice put samples to the inputs, one after the other, and keep what nodes do.

    Args:
        out: a compilation, or its output folder.
        samples: which sample, or which ones in their order, counted from 0.
        begin: the sample at whose operating point it begins; None: with all inputs at 0 V.
        hold_seconds: how long each sample is there; None: as long as the compile has measured
            that the slowest step takes.
        nodes: names of nets, patterns such as `hidden_*`, supply currents such as `i(vdd)`, and
            `readout`, V- of the last layer.
        data: a source or a `Network`, whose test samples are counted, or a `.npz` file with
            `inputs` in volts; None: the samples that the compile has simulated.
        define: values for constants of that source.
        edited: simulate the files as they are, though they are not as they were compiled.
        driver: `pyspice` simulates in a worker process, `ngspice` starts ngspice.
        reduce: replace the first crossbar by its Thévenin equivalents.
        timeout_seconds: limit for the simulation.
        progress: told how far it is.

    Raises:
        CompileError: there is no such sample or node, the folder was edited or is damaged, or there
            is no working simulator.
    """
    import numpy as np

    from imnnc.engine.progress import Silence
    from imnnc.files.manifest import require_unedited
    from imnnc.measure.simulation import Simulation
    from imnnc.measure.waveforms import simulate_folder

    compilation = out if isinstance(out, Compilation) else load(out)
    sha256 = None if edited else require_unedited(compilation.out)
    inputs = None if data is None else samples_of(data, define)[0]
    hold = compilation.verification["hold_s"] if hold_seconds is None else hold_seconds
    if hold is None:
        raise fail(
            "IM751",
            "a hold must be given, the compile has measured none: no output moves",
            exit_code=ExitCode.USAGE,
        )
    return simulate_folder(
        compilation.out,
        inputs,
        [index(x) for x in np.atleast_1d(samples)],
        begin=begin,
        hold_seconds=hold,
        nodes=nodes,
        sha256=sha256,
        simulation=Simulation(
            driver, reduce, timeout_seconds=timeout_seconds, progress=progress or Silence()
        ),
    )
