"""Chips of a network that was compiled: their yield, and proofs of some in ngspice."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.api.compilation import load
from imnnc.api.computing import available_jobs, workers_or_local
from imnnc.api.networks import Network
from imnnc.api.origin import as_compiled, rails_of, source_of
from imnnc.diagnostics import ExitCode, fail
from imnnc.engine.device import PROCESSOR
from imnnc.lang import load_technology
from imnnc.lang.devices import argument_corner
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from imnnc.engine.context import Progress, Reporter
    from imnnc.engine.workers import Workers
    from imnnc.measure.chips import ChipFigures


def chips(
    out: str | Path,
    data: str | Path | Network | None = None,
    *,
    define: Mapping[str, str] | None = None,
    corner: str | None = None,
    count: int | None = None,
    samples: int | None = None,
    seed: int | None = None,
    prove: int = 0,
    prove_samples: int = 3,
    measure: int = 0,
    measure_samples: int = 500,
    noise_volts: float = 0.5e-3,
    edited: bool = False,
    driver: Driver = "pyspice",
    reduce: bool = False,
    jobs: int | None = None,
    workers: Workers | str | None = None,
    device: str = PROCESSOR.name,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    progress: Progress | None = None,
    reporter: Reporter | None = None,
) -> ChipFigures:
    """Draw chips of the network in an output folder, and solve each one's operating points.

    Writes `chips.json` and its figure `chips.svg` into the folder, and a folder `chips/N` with the
    files of chip N for each that is proven.

    Args:
        out: the output folder of a compile.
        data: a source or a `Network`, for its test samples, technology, memristor and `chips`
            block; None: the samples of the verification, and the built-in technology of the
            folder's name.
        define: values for constants of that source.
        corner: of all chips, in place of the folder's own and of what the source says of `process`.
        count: how many chips; None: as the source says, else 200.
        samples: how many test samples; None: as the source says, else 1000.
        seed: which chips; None: as the source says, else 1.
        prove: how many of them ngspice simulates, from the first on.
        prove_samples: on how many samples.
        measure: of how many of them, from the first on, it is written what would be measured, as
            `chips/N/measured.npz`, which `calibrate` reads.
        measure_samples: at how many training samples.
        noise_volts: deviation of a reading there.
        edited: take the files as they are, though they are not as they were compiled.
        driver: how ngspice is run: `pyspice` in worker processes, or `ngspice`.
        reduce: replace the first crossbar by its Thévenin equivalents there.
        jobs: number of worker processes; None: one a processor.
        workers: who computes in place of such processes, as for `compile`.
        device: what solves the chips, as for `compile`.
        timeout_seconds: limit for each call of ngspice.
        progress: told how far it is.
        reporter: told of warnings; None: nobody is.

    Raises:
        CompileError: the folder is edited or damaged, the source is wrong or of another network,
            nothing is known of how chips differ, or there is no working simulator.
    """
    from imnnc.artifacts.reading import read_folder
    from imnnc.data import load_dataset
    from imnnc.design import Memristor
    from imnnc.emit.dialect import Header
    from imnnc.engine.notebook import shown
    from imnnc.engine.progress import Silence
    from imnnc.files.files import json_text
    from imnnc.files.manifest import renew, require_unedited
    from imnnc.measure.chip_decks import Origin
    from imnnc.measure.chips import CHIPS_FILE, ChipPlan, measure_chips
    from imnnc.measure.measured import MEASURED_FILE, measure_chip, write_measured
    from imnnc.measure.proofs import prove_chip
    from imnnc.measure.silicon import subject_of
    from imnnc.measure.simulation import Simulation
    from imnnc.physics.chips import ChipSolver, spread_of
    from imnnc.physics.devices import find_device
    from imnnc.physics.family import together
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.mismatch import Devices
    from imnnc.report.chips import CHIPS_FIGURE_FILE, figure
    from imnnc.tasks import ChipsSpec

    find_device(device)
    folder = Path(out)
    manifest = load(folder).manifest
    sha256 = manifest["source"]["sha256"]
    if not edited:
        require_unedited(folder)
    stored, plan = read_folder(folder)
    inputs: NDArray[Any] = plan.stimuli.inputs_volts
    targets: NDArray[Any] = plan.stimuli.targets
    spec = ChipsSpec()
    known: NDArray[Any] = inputs  # what a die is measured at
    dialects: tuple[str, ...] = ()
    if data is None:
        model = stored.program.parasitics.model
        if prove and model is not None:
            raise fail(
                "IM307",
                f"the library that has the cells `{model.subcircuit}` must be known for a proof",
                help="say by `--data net.imnn` which source has it, or `--prove 0`",
                exit_code=ExitCode.USAGE,
            )
        technology = load_technology(stored.table.technology)
        memristor = Memristor(
            stored.program.memristor, 1e-9, 1e-3, levels=None, variation=stored.program.tolerance
        )
    else:
        with source_of(data, define, stored, plan) as (design, source):
            train = design.train
            found = load_dataset(source, design.network, train.loss, train.seed).dataset
        technology, memristor = design.technology, design.memristor
        spec = design.chips or spec
        dialects = tuple(x for x in design.emit.dialects if x not in ("ngspice", "cdl", "verilog"))
        inputs, targets = found.test_inputs, found.test_targets
        known = found.train_inputs
    if corner is not None:
        corner, spec = argument_corner(corner, technology), replace(spec, process=None)
    technology = as_compiled(technology, stored.table, corner)
    spread = spread_of(technology, memristor, spec)
    if not spread.causes:
        raise fail(
            "IM333",
            f"nothing is known of how chips of `{plan.network.name}` differ",
            notes=[
                f"technology `{technology.name}` has no `mismatch`, memristor `{memristor.name}` no"
                " `variation`, `read_noise`, `drift` or `stuck`"
            ],
            help="put `mismatch nmos 3.5 mV um   pmos 3.5 mV um` into its `technology` block",
        )
    spec = replace(
        spec,
        count=count or spec.count,
        samples=samples or spec.samples,
        seed=spec.seed if seed is None else seed,
    )
    chosen = ChipPlan.of(spec, inputs, targets, plan.loss)
    parameters = stored.program.parameters()
    table = stored.table
    subject = subject_of(
        technology,
        parameters,
        table,
        spread,
        jobs=jobs or available_jobs(),
        timeout_seconds=timeout_seconds,
        rails_volts=rails_of(manifest),
    )
    if corner is not None:
        table = together(subject.devices, table.input_farads, table.output_farads)
        subject = replace(subject, table=table)
    with workers_or_local(workers, jobs, reporter or Silence()) as computing:
        with shown("chips", progress) as watched:
            figures = measure_chips(plan.network.name, subject, chosen, computing, watched, device)
        if prove:
            origin = Origin(
                plan,
                technology,
                stored.program,
                table,
                Header(
                    plan.network.name, stored.method, technology.name, technology.corner, sha256
                ),
                dialects,
            )
            simulation = Simulation(
                driver, reduce, jobs or available_jobs(), timeout_seconds, workers=computing
            )
            proofs = []
            for number in range(min(prove, chosen.count)):
                chip = subject.chip(replace(spread, read_noise=0.0), chosen.seed, number)
                here = folder / "chips" / str(number)
                shutil.rmtree(here, ignore_errors=True)
                some = chosen.inputs_volts[:prove_samples]
                proofs.append(prove_chip(chip, subject, origin, here, some, simulation))
            figures = replace(figures, proofs=tuple(proofs))
    if measure:
        # Last: what is proven begins with a folder of its own.
        solver = ChipSolver(Inverter(table), Devices(subject.devices), subject.family)
        at = known[:measure_samples].astype("float64")
        for number in range(min(measure, chosen.count)):
            chip = subject.chip(spread, chosen.seed, number)
            path = folder / "chips" / str(number) / MEASURED_FILE
            write_measured(path, plan.network, measure_chip(chip, solver, at, noise_volts))
    content = figures.to_json()
    renew(folder, {CHIPS_FILE: json_text(content), CHIPS_FIGURE_FILE: figure(content)})
    return figures
