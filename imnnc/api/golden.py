"""Goldens: comparing an output folder with what a compile wrote before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.computing import available_jobs, given_workers
from imnnc.check.result import CheckResult, Level, LevelResult
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    from imnnc.engine.context import Progress, Reporter
    from imnnc.engine.workers import Workers


def check_golden(
    out: str | Path,
    golden: str | Path,
    *,
    levels: Sequence[str] = (Level.STRUCTURE,),
    tolerance: float | None = None,
    tolerance_volts: float | None = None,
    edited: bool = False,
    driver: Driver = "pyspice",
    jobs: int | None = None,
    workers: Workers | str | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Progress | None = None,
    reporter: Reporter | None = None,
) -> CheckResult:
    """Compare the output folder of a compile with a golden.

    Args:
        out: the output folder.
        golden: the folder that `update_golden` wrote.
        levels: of `bytes`, `structure` and `behaviour`.
        tolerance: relative, of numbers in the structure; None: a millionth.
        tolerance_volts: of the read-out in the behaviour; None: a microvolt.
        edited: compare the files of `out` as they are, though they are not as they were
            compiled; otherwise such a file differs, whatever is in it.
        driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
        jobs: number of worker processes; None: one a processor.
        workers: who simulates in place of those, as for `compile`.
        timeout_seconds: limit for each call of the simulator.
        progress: told how far it is.
        reporter: told of warnings; None: nobody is.

    Raises:
        CompileError: a folder is not what it must be, the golden is damaged, or there is no
            working simulator.
    """
    from imnnc.check.behaviour import DEFAULT_TOLERANCE_VOLTS, check_behaviour
    from imnnc.check.bytewise import check_bytes
    from imnnc.check.golden import edited_files, read_golden, read_output, require_netlist
    from imnnc.check.structure import DEFAULT_TOLERANCE, check_structure
    from imnnc.engine.progress import Silence
    from imnnc.measure.simulation import Simulation

    output, kept = read_output(Path(out), edited=edited), read_golden(Path(golden))
    changes = edited_files(output)
    results = []
    with given_workers(workers, reporter or Silence()) as given:
        simulation = Simulation(
            driver=driver,
            jobs=jobs or available_jobs(),
            timeout_seconds=timeout_seconds,
            progress=progress or Silence(),
            workers=given,
        )
        for level in dict.fromkeys(map(Level, levels)):
            if level is Level.BYTES:
                results.append(check_bytes(kept, output))
                continue
            require_netlist(kept)
            require_netlist(output)
            if level is Level.BEHAVIOUR and changes:
                # What the files do is not what the compiled ones did.
                results.append(LevelResult(level, changes))
            elif level is Level.STRUCTURE:
                limit = DEFAULT_TOLERANCE if tolerance is None else tolerance
                results.append(check_structure(kept.testbench, output.testbench, limit))
            else:
                limit = DEFAULT_TOLERANCE_VOLTS if tolerance_volts is None else tolerance_volts
                results.append(check_behaviour(kept, output, limit, simulation))
    if changes and results[0].level is not Level.BEHAVIOUR:
        results[0] = replace(results[0], cases=(*changes, *results[0].cases))
    return CheckResult(kept.network, tuple(results))


def update_golden(
    out: str | Path,
    golden: str | Path,
    *,
    confirm: Callable[[CheckResult | None], bool] = lambda _: True,
    driver: Driver = "pyspice",
    jobs: int | None = None,
    workers: Workers | str | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Progress | None = None,
    reporter: Reporter | None = None,
) -> bool:
    """Write or refresh a golden from an output folder.

    Args:
        out: the output folder of a compile.
        golden: the folder of the golden.
        confirm: asked with what would change, None for a new golden; nothing is written where
            the answer is no.
        driver: how the expected voltages are simulated.
        jobs: number of worker processes; None: one a processor.
        workers: who simulates in place of those, as for `compile`.
        timeout_seconds: limit for each call of the simulator.
        progress: told how far it is.
        reporter: told of warnings; None: nobody is.

    Returns:
        Whether anything was written.

    Raises:
        CompileError: a folder is not what it must be or cannot be written, or there is no
            working simulator.
    """
    from imnnc.check import update
    from imnnc.engine.progress import Silence
    from imnnc.measure.simulation import Simulation

    with given_workers(workers, reporter or Silence()) as given:
        simulation = Simulation(
            driver=driver,
            jobs=jobs or available_jobs(),
            timeout_seconds=timeout_seconds,
            progress=progress or Silence(),
            workers=given,
        )
        return update.update_golden(Path(out), Path(golden), simulation, confirm)
