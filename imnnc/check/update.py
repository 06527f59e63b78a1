"""Writes a golden of an output folder, once somebody has seen what would change."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from imnnc.artifacts.reading import read_plan
from imnnc.artifacts.stored import PARAMETERS_FILE
from imnnc.check.behaviour import Voltages, simulate
from imnnc.check.bytewise import check_bytes
from imnnc.check.golden import (
    EXPECTED_NAME,
    GOLDEN_NAME,
    Golden,
    Output,
    plan_file,
    read_expected,
    read_golden,
    read_output,
    require_netlist,
    write_golden,
)
from imnnc.check.result import Case, CheckResult, Level, LevelResult
from imnnc.diagnostics import CompileError
from imnnc.files.files import sha256_file
from imnnc.files.manifest import check_folder
from imnnc.measure.simulation import Simulation
from imnnc.units import engineering

# Another machine's arithmetic is no reason to write a golden anew.
_NOISE_VOLTS = 1e-8

Confirm = Callable[[CheckResult | None], bool]


def update_golden(out: Path, golden: Path, simulation: Simulation, confirm: Confirm) -> bool:
    """Make the golden in `golden` one of the output folder `out`; whether anything was written.

    `confirm` is asked with what would change, with None where there is no golden yet.  It is not
    asked where nothing would.  Fails with IM513 and IM516 where the output was edited, with IM531
    to IM536 where a folder is not what it must be, IM510 where the golden cannot be written.
    """
    output = read_output(out)
    require_netlist(output)
    if edited := check_folder(out):
        raise CompileError(*edited)
    before = read_golden(golden) if (golden / GOLDEN_NAME).is_file() else None
    plan = read_plan(plan_file(output))
    volts = simulate(output, plan, plan.network, simulation)
    change = None if before is None else _change(before, output, volts)
    if change is not None and change.passed:
        return False
    if not confirm(change):
        return False
    write_golden(output, golden, volts.corners, volts.nets)
    return True


def _change(golden: Golden, output: Output, volts: Voltages) -> CheckResult:
    start = time.perf_counter()
    cases = [*check_bytes(golden, output).cases, *_parameters(golden, output)]
    gone = set(golden.files) - {*output.files, EXPECTED_NAME, *golden.compared}
    cases += [Case(name, (f"{name}: the file is missing",)) for name in sorted(gone)]
    cases.append(Case(EXPECTED_NAME, tuple(_expected(golden, volts))))
    level = LevelResult(Level.BYTES, tuple(cases), time.perf_counter() - start)
    return CheckResult(output.network, (level,))


def _parameters(golden: Golden, output: Output) -> list[Case]:
    """The parameters too: a compile from the golden starts from them."""
    paths = [folder.folder / PARAMETERS_FILE for folder in (golden, output)]
    if not all(path.is_file() for path in paths) or sha256_file(paths[0]) == sha256_file(paths[1]):
        return []
    return [Case(PARAMETERS_FILE, (f"{PARAMETERS_FILE}: the parameters differ",))]


def _expected(golden: Golden, volts: Voltages) -> list[str]:
    """How the expected voltages change."""
    if not (golden.folder / EXPECTED_NAME).is_file():
        return [f"{EXPECTED_NAME}: the file is added"]
    stored, nets = read_expected(golden)
    if nets != volts.nets or {k: v.shape for k, v in stored.items()} != {
        k: v.shape for k, v in volts.corners.items()
    }:
        return [f"{EXPECTED_NAME}: of other nets, corners or samples"]
    found = []
    for corner, now in volts.corners.items():
        worst = float(np.abs(now - stored[corner]).max())
        if worst > _NOISE_VOLTS:
            moved = engineering(worst, "V")
            found.append(f"corner {corner}: expected voltages move by up to {moved}")
    return found
