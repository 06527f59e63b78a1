"""Reading a stored network and its test plan back, checked like a source is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imnnc.artifacts.checks import BEYOND_RAILS, check_plan, check_stored, check_together
from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE, StoredNetwork, TestPlan
from imnnc.design import Technology
from imnnc.diagnostics import CompileError, fail
from imnnc.files.artifact import read_artifact
from imnnc.files.decoding import DamagedError
from imnnc.files.files import damaged
from imnnc.physics.network import FloatArray, NetworkParameters


def has_table(path: Path, technology: Technology) -> bool:
    """Whether stored parameters have the table of a technology at its corner and supply.

    False where the file cannot be read: the pass that needs it says why.
    """
    try:
        table = read_stored(path).table
    except CompileError:
        return False
    return (table.technology, table.corner, table.temperature_celsius, table.supply_volts) == (
        technology.name,
        technology.corner,
        technology.temperature_celsius,
        technology.supply_volts,
    )


def read_stored(path: Path) -> StoredNetwork:
    """What `params.npz` holds; fails with IM511 to IM514."""
    return read_artifact(path, "network", StoredNetwork, check_stored)


def read_plan(path: Path) -> TestPlan:
    """What `stimuli.npz` holds; fails with IM511 to IM514."""
    return read_artifact(path, "plan", TestPlan, check_plan)


def read_folder(folder: Path) -> tuple[StoredNetwork, TestPlan]:
    """The network in an output folder, and the plan that it is verified by, which is its own.

    Fails with IM511 to IM514.
    """
    stored, plan = read_stored(folder / PARAMETERS_FILE), read_plan(folder / STIMULI_FILE)
    try:
        check_together(stored, plan)
    except DamagedError as error:
        raise damaged(folder / STIMULI_FILE, str(error)) from error
    return stored, plan


def in_netlist(stored: StoredNetwork, plan: TestPlan) -> NetworkParameters:
    """The network of the netlists beside a plan: as programmed, with its leaks or without."""
    parameters = stored.program.parameters()
    return parameters.without_leaks() if plan.without_leaks else parameters


def check_volts(inputs: FloatArray, width: int, supply_volts: float) -> None:
    """Check inputs (S, N) or (N,) of a network: their width, and that they lie within the rails.

    Raises:
        CompileError: IM716 where they do not.
    """
    if inputs.ndim not in (1, 2) or inputs.shape[-1] != width:
        raise fail(
            "IM716",
            f"the network has {width} inputs, the samples have the shape {inputs.shape}",
        )
    if not np.isfinite(inputs).all():
        raise fail("IM716", "inputs must be finite, some are not")
    if np.abs(inputs).max(initial=0.0) > supply_volts * BEYOND_RAILS:
        raise fail(
            "IM716",
            f"inputs must be volts between the rails, from -{supply_volts:g} to "
            f"{supply_volts:g}, some are beyond",
        )
