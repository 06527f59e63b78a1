"""The driver that runs one `ngspice -b` a request, with a generated control script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from imnnc.diagnostics import CompileError
from imnnc.simulate.base import (
    FloatArray,
    Waveform,
    check_names,
    check_values,
    dc_commands,
    save_commands,
    shares_of_limit,
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
from imnnc.simulate.sweep import LEAST_SAMPLES, TIGHTER, sweep_of


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
        if len(values) >= LEAST_SAMPLES:
            found = self._sweep(sources, values, probes)
            if found is not None:
                return found
        commands = list(save_commands(probes))
        for row in values:
            commands += [*dc_commands(sources, row), "op", "write result.raw", "destroy all"]
        run = self._run(commands, samples=len(values))
        if len(run.plots) != len(values):
            raise run_failure(
                f"ngspice must give {len(values)} operating points, gave {len(run.plots)}", run.log
            )
        result = np.empty((len(values), len(probes)))
        for row_index, plot in enumerate(run.plots):
            vectors = check_vectors(plot.vectors, probes, points=1, log=run.log)
            result[row_index] = [vector[0] for vector in vectors]
        return result

    def _sweep(
        self, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
    ) -> FloatArray | None:
        """All operating points as one sweep; None where that is not possible or not exact."""
        sweep = sweep_of(self._deck, sources, values, probes)
        if sweep is None:
            return None
        sweep.write(self._workdir)
        commands = [
            *(
                "remcirc",
                f"source {sweep.testbench}",
                *sweep.commands,
                "write result.raw",
                "destroy all",
            ),
            *("remcirc", f"source {self._deck.testbench}", TIGHTER, *save_commands(probes)),
            *(*dc_commands(sources, values[sweep.order[-1]]), "op", "write result.raw"),
        ]
        try:
            run = self._run(commands, samples=len(values))
            swept, alone = (plot.vectors for plot in run.plots)
            columns = check_vectors(swept, sweep.probes, points=len(values), log=run.log)
            last = check_vectors(alone, probes, points=1, log=run.log)
        except (CompileError, ValueError):  # each by itself may do, or says better what is wrong
            return None
        return sweep.accepted(columns, np.concatenate(last))

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

    def _run(self, commands: Iterable[str], *, samples: int = 1) -> NgspiceRun:
        limit = self._timeout_seconds * shares_of_limit(samples)
        run = run_circuit(self._deck, commands, workdir=self._workdir, timeout_seconds=limit)
        if run.errors:
            raise run_failure(f"ngspice reported: {run.errors[0]}", run.log)
        return run
