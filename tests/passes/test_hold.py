"""The energy of an inference that is held for a time of somebody else's choice."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from imnnc.api import Compilation
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.engine.base import Artifacts
from imnnc.methods.power import rail_power
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import ParameterFiles
from imnnc.passes.hold import HoldEnergy, MeasureHold
from tests.support.exact import voltages
from tests.support.measured import inverter
from tests.support.small import NETWORK, context


def held(folder: Path, scratch: Path, seconds: float, **options: object) -> HoldEnergy:
    """Measure the network in an output folder."""
    apart = {NgspiceFiles: scratch / "ngspice", ParameterFiles: scratch / "parameters"}
    stored = shutil.ignore_patterns("*.npz")
    shutil.copytree(folder, apart[NgspiceFiles], ignore=stored, dirs_exist_ok=True)
    apart[ParameterFiles].mkdir(exist_ok=True)
    for path in folder.glob("*.npz"):
        shutil.copy(path, apart[ParameterFiles])
    files = {kind: kind.collect(part) for kind, part in apart.items()}
    inputs = Artifacts({type(NETWORK): NETWORK, **files})
    (found,) = MeasureHold(seconds, **options).run(inputs, context(scratch))
    assert isinstance(found, HoldEnergy)
    assert found.hold_seconds == seconds
    return found


@pytest.mark.parametrize(
    "options", [{}, {"driver": "ngspice"}, {"reduce": True}], ids=["pyspice", "ngspice", "reduced"]
)
def test_at_its_own_hold_time_it_takes_what_the_verification_measured(points, tmp_path, options):
    found = held(points.out, tmp_path, points.verification["hold_s"], **options)
    energy = points.verification["energy_j"]
    assert found.rails_joules == pytest.approx(energy["rails"], rel=1e-3)
    assert found.all_sources_joules == pytest.approx(energy["all_sources"], rel=1e-3)


def test_once_settled_it_takes_its_static_power(points: Compilation, tmp_path):
    own = points.verification["hold_s"]
    found = [held(points.out, tmp_path, factor * own) for factor in (1, 4, 8)]
    for shorter, longer in pairwise(found):
        assert longer.rails_joules > shorter.rails_joules
        assert longer.all_sources_joules > shorter.all_sources_joules
    _, settled, later = found
    watts = (later.rails_joules - settled.rails_joules) / (4 * own)
    parameters = read_stored(points.out / "params.npz").program.parameters()
    # Steps go from each sample to the next: all but the first are where one ends.
    volts = read_plan(points.out / STIMULI_FILE).stimuli.inputs_volts[1:]
    exact = [rail_power(inverter(), parameters, voltages(parameters, x[None])) for x in volts]
    assert watts == pytest.approx(np.mean(exact), rel=1e-3)


def test_a_simulator_that_fails_names_what_it_could_not_do(copied, tmp_path):
    netlist = copied / "points.ngspice.sp"
    netlist.write_text(netlist.read_text().replace("plvt", "no_such_model"))
    with pytest.raises(CompileError) as caught:
        held(copied, tmp_path, 1e-8)
    assert caught.value.exit_code == ExitCode.TOOL
    assert caught.value.diagnostics[0].span == NETWORK.span
