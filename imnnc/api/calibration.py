"""Calibration of one die of a network that was compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imnnc.api.compilation import load
from imnnc.api.computing import available_jobs
from imnnc.api.networks import Network
from imnnc.api.origin import as_compiled, rails_of, source_of
from imnnc.design import Loss, Memristor
from imnnc.lang import load_technology
from imnnc.lang.devices import argument_corner
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    from imnnc.engine.context import Progress
    from imnnc.measure.calibration import Calibration
    from imnnc.measure.chip_decks import Origin, Proof
    from imnnc.physics.network import CrossbarProgram

DIE_FOLDER = "die"
_COMMON_DEVIATIONS = 4  # how far gates may be off by what all of a die share


def calibrate(
    out: str | Path,
    measured: str | Path,
    to: str | Path,
    data: str | Path | Network | None = None,
    *,
    define: Mapping[str, str] | None = None,
    corner: str | None = None,
    tolerance_volts: float | None = None,
    stuck: str | Path | None = None,
    rails: bool = True,
    seed: int = 1,
    prove: int = 0,
    edited: bool = False,
    driver: Driver = "pyspice",
    reduce: bool = False,
    jobs: int | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Progress | None = None,
) -> tuple[Calibration, Proof | None]:
    """Find the cells that one die of a network needs, from what was measured of it.

    Writes an output folder of its own: netlists, parameters and programming files with the new
    cells, `changes.csv` with those that change, `calibration.json`, and in `die/` the netlist of
    the die itself as it should be then, with its thresholds.

    Args:
        out: the output folder of a compile, or of an earlier calibration of this die.
        measured: a `.npz` file of nodes of the die; see `imnnc.measure.measured`.
        to: the output folder.
        data: a source or a `Network`, for its training samples, technology and memristor; None: the
            samples that were measured, at which the die is to read out what the circuit does, the
            built-in technology, and the device that the programming shows.
        define: values for constants of that source.
        corner: of the die, where it is known; None: the one that it was compiled for.
        tolerance_volts: how far columns may stay off; None: 1 mV.
        stuck: a table of cells that cannot be programmed, as `program/failed-cells.csv` is; see
            `imnnc.measure.failed`.  They are worked around; None: they are told from what was
            measured.
        rails: let V_DD, V_SS and the bias rows move together with the die, where that alone wins
            back much of what it has lost.
        seed: of the training.
        prove: on how many samples ngspice simulates the die as it should be.
        edited: take the files as they are, though they are not as they were compiled.
        driver: how ngspice is run: `pyspice` in worker processes, or `ngspice`.
        reduce: replace the first crossbar by its Thévenin equivalents there.
        jobs: number of worker processes; None: one a processor.
        timeout_seconds: limit for each call of ngspice.
        progress: told how far it is.

    Returns:
        What became of the die, and where ngspice is compared, the proof.

    Raises:
        CompileError: the folder is edited or damaged, the measurements or the cells that are stuck
            are not of such a die, the source is wrong or of another network, or there is no working
            simulator.
    """
    from imnnc.artifacts.reading import read_folder
    from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE
    from imnnc.data import load_dataset
    from imnnc.emit.dialect import Header
    from imnnc.emit.programming import (
        INDEX_NAME,
        PROGRAM_FOLDER,
        read_pulse_plan,
        write_program,
    )
    from imnnc.engine.output import check_output, write_output
    from imnnc.engine.progress import Silence
    from imnnc.files.artifact import write_artifact
    from imnnc.files.files import new_text, sha256_file, write_json
    from imnnc.files.manifest import MANIFEST_NAME, require_unedited, write_manifest
    from imnnc.measure.calibration import (
        CALIBRATION_FILE,
        CHANGES_FILE,
        TOLERANCE_VOLTS,
        Lesson,
        Task,
        calibrate_die,
        change_lines,
    )
    from imnnc.measure.chip_decks import Origin, write_network
    from imnnc.measure.failed import read_failed
    from imnnc.measure.measured import read_measured
    from imnnc.methods.rails import MOST_VOLTS
    from imnnc.methods.training import split_validation
    from imnnc.physics.chips import reach_volts, spread_of
    from imnnc.physics.die import DieSolver, nominal_die
    from imnnc.physics.estimate import COMMON_VOLTS
    from imnnc.physics.family import together
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.mismatch import Devices
    from imnnc.simulate.characterize import characterize_devices

    folder, watching = Path(out), progress or Silence()
    manifest = load(folder).manifest
    check_output(Path(to))
    if not edited:
        require_unedited(folder)
    stored, plan = read_folder(folder)
    found = read_measured(Path(measured), plan.network, plan.supply_volts, rails_of(manifest))
    said = None if stuck is None else read_failed(Path(stuck), stored.program)
    pulses = None
    if (folder / PROGRAM_FOLDER / INDEX_NAME).is_file():
        pulses = read_pulse_plan(folder)
    dialects: tuple[str, ...] = ()
    if data is None:
        technology, memristor = load_technology(stored.table.technology), device_of(stored.program)
    else:
        with source_of(data, define, stored, plan) as (design, source):
            spec = design.train
            dataset = load_dataset(source, design.network, spec.loss, spec.seed).dataset
        technology, memristor = design.technology, design.memristor
        dialects = tuple(x for x in design.emit.dialects if x != "ngspice")
    known = None if corner is None else argument_corner(corner, technology)
    technology = as_compiled(technology, stored.table, known)
    parameters, spread = stored.program.parameters(), spread_of(technology, memristor)
    reach = reach_volts(parameters, spread) + _COMMON_DEVIATIONS * COMMON_VOLTS + MOST_VOLTS
    devices = characterize_devices(technology, reach, timeout_seconds=timeout_seconds)
    table = stored.table
    if corner is not None:
        table = together(devices, table.input_farads, table.output_farads)
    solver = DieSolver(Inverter(table), Devices(devices))
    goal = DieSolver(Inverter(stored.table), Devices(devices))
    if data is None:
        # What the circuit reads out is all that is known to be right.
        loss: Loss = "mse"
        inputs = found.inputs_volts
        aims = goal.solve(nominal_die(parameters), inputs).require().layers[-1].minus
        count = max(1, len(inputs) // 5)
        train, held = (Lesson(inputs[x], aims[x]) for x in (slice(count, None), slice(count)))
    else:
        loss = plan.loss
        parts = split_validation(
            dataset.train_inputs, dataset.train_targets, spec.validation, spec.seed
        )
        train, held = (Lesson(x.inputs.astype(np.float64), _exact(x.targets)) for x in parts)
    task = Task(
        stored.program,
        memristor,
        solver,
        spread,
        loss,
        train,
        held,
        TOLERANCE_VOLTS if tolerance_volts is None else tolerance_volts,
        seed=seed,
        stuck=said,
        rails=rails,
    )
    calibration = calibrate_die(plan.network.name, task, found, watching.update)
    sha256 = manifest["source"]["sha256"]
    header = Header(plan.network.name, stored.method, technology.name, table.corner, sha256)
    origin = Origin(plan, technology, calibration.correction.program, table, header, dialects)
    program = calibration.correction.program
    as_designed = replace(
        origin,
        technology=replace(technology, corner=stored.table.corner),
        table=stored.table,
        header=replace(header, corner=stored.table.corner),
    )
    stimulus = plan.stimuli.inputs_volts[0]
    formats = _formats(folder)

    def fill(new: Path) -> None:
        write_network(program, None, as_designed, new, stimulus)
        cells = program.parameters()
        write_artifact(
            new / PARAMETERS_FILE, "network", replace(stored, program=program, parameters=cells)
        )
        write_artifact(new / STIMULI_FILE, "plan", plan)
        write_program(program, new, formats, pulses)
        _write_die(calibration, origin, new / DIE_FOLDER)
        write_json(new / CALIBRATION_FILE, calibration.to_json())
        with new_text(new / CHANGES_FILE) as stream:
            rows = {layer.name: layer.inputs for layer in parameters.layers}
            stream.write(change_lines(calibration.changes, rows))
        calibrated = {
            "from": sha256_file(folder / MANIFEST_NAME),
            "measured": sha256_file(Path(measured)),
            "corner": table.corner,
            "tolerance_volts": task.tolerance_volts,
            "rails_v": calibration.rails,
            **({} if stuck is None else {"stuck": sha256_file(Path(stuck))}),
            "seed": seed,
        }
        write_manifest(new, {**manifest, "calibrated": calibrated})

    write_output(Path(to), fill, {"schema": 1, "passes": []})
    if not prove:
        return calibration, None
    proof = _prove(
        calibration,
        solver,
        origin,
        Path(to) / DIE_FOLDER,
        plan.stimuli.inputs_volts[:prove],
        (driver, reduce, jobs or available_jobs(), timeout_seconds),
    )
    return calibration, proof


def device_of(program: CrossbarProgram) -> Memristor:
    """The device that a program shows: its range, and as many levels as that has."""
    ohms, levels = [], []
    for crossbar in program.crossbars:
        for polarity in ("plus", "minus"):
            formed = getattr(crossbar, f"formed_{polarity}")
            part = slice(None) if formed is None else formed
            ohms.append(getattr(crossbar, f"ohms_{polarity}")[part].ravel())
            level = getattr(crossbar, f"level_{polarity}")
            if level is not None:
                levels.append(level[part].ravel())
    siemens = 1 / np.concatenate(ohms)
    count = None
    if levels:
        steps = np.concatenate(levels)
        count = max(2, int(steps.max() - steps.min()) + 1)
    low, high = float(siemens.min()), float(siemens.max())
    return Memristor(program.memristor, low, high, levels=count, variation=program.tolerance)


def _exact(targets: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return targets.astype(np.float64 if targets.dtype.kind == "f" else np.int64)


def _formats(folder: Path) -> tuple[str, ...]:
    """Those of the programming files of a folder; both where it has none."""
    from imnnc.emit.programming import INDEX_NAME, PROGRAM_FOLDER
    from imnnc.files.files import read_json

    path = folder / PROGRAM_FOLDER / INDEX_NAME
    if not path.exists():
        return ("csv", "npz")
    index = read_json(path)
    crossbars = index.get("crossbars") or ()
    found = ["csv"] if any("csv" in x for x in crossbars) else []
    return tuple([*found, "npz"] if "npz" in index else found) or ("csv", "npz")


def _write_die(calibration: Calibration, origin: Origin, folder: Path) -> None:
    """The die as it should be, in the dialects that have sources in gates."""
    from imnnc.measure.chip_decks import write_chip

    some = tuple(x for x in origin.dialects if x not in ("cdl", "verilog"))
    stimulus = origin.plan.stimuli.inputs_volts[0]
    write_chip(_as_chip(calibration), replace(origin, dialects=some), folder, stimulus)


def _as_chip(calibration: Calibration) -> Any:
    from imnnc.physics.chips import Chip

    die = calibration.correction.die
    return Chip(0, die.parameters, die.gates, 0.0, 0, rails_volts=die.rails_volts)


def _prove(
    calibration: Calibration,
    solver: Any,
    origin: Origin,
    folder: Path,
    inputs_volts: Any,
    how: tuple[Driver, bool, int, float],
) -> Proof:
    from imnnc.measure.chip_decks import simulate_chip
    from imnnc.measure.simulation import Simulation

    points = solver.solve(calibration.correction.die, inputs_volts).require()
    simulation = Simulation(*how)
    return simulate_chip(
        _as_chip(calibration), origin, folder, inputs_volts, points.layers, simulation
    )
