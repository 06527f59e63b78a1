"""The driver that runs one `ngspice -b` a request, with a generated control script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from imnnc.simulate.base import (
    FloatArray,
    Waveform,
    check_names,
    check_values,
    dc_commands,
    save_commands,
    waveform_commands,
)
from imnnc.simulate.ngspice import (
    NgspiceRun,
    check_vectors,
    ngspice_version,
    run_circuit,
    run_failure,
)
from imnnc.simulate.staging import Deck


class ProcessSimulator:
    """A testbench that each request loads anew, in `workdir`."""

    def __init__(self, deck: Deck, workdir: Path, timeout_seconds: float) -> None:
        self.version = ngspice_version()
        self._deck = deck
        self._workdir = workdir
        self._timeout_seconds = timeout_seconds

    def operating_points(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray:
        """See `Simulator.operating_points`."""
        check_names(sources, probes)
        check_values(sources, values)
        commands = list(save_commands(probes))
        for row in values:
            commands += [*dc_commands(sources, row), "op", "write result.raw", "destroy all"]
        run = self._run(commands)
        if len(run.plots) != len(values):
            raise run_failure(
                f"ngspice must give {len(values)} operating points, gave {len(run.plots)}", run.log
            )
        result = np.empty((len(values), len(probes)))
        for row_index, plot in enumerate(run.plots):
            vectors = check_vectors(plot.vectors, probes, points=1, log=run.log)
            result[row_index] = [vector[0] for vector in vectors]
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
        run = self._run(
            [
                *save_commands(probes),
                *waveform_commands(waveforms),
                f"tran {step_seconds:.17g} {stop_seconds:.17g}",
                "write result.raw",
            ]
        )
        times, *values = run.require(["time", *probes])
        return times, np.column_stack(values)

    def _run(self, commands: Iterable[str]) -> NgspiceRun:
        run = run_circuit(
            self._deck, commands, workdir=self._workdir, timeout_seconds=self._timeout_seconds
        )
        if run.errors:
            raise run_failure(f"ngspice reported: {run.errors[0]}", run.log)
        return run
