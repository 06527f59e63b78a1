"""What a network is predicted, verified and compiled again from: `params.npz`, `stimuli.npz`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.artifacts.checks import BEYOND_RAILS, check_plan, check_stored, check_together
from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.training import Sizing, TrainingHistory, Tuning
from imnnc.design import Loss, MethodName, Network, Technology, VerifySpec
from imnnc.diagnostics import CompileError, fail
from imnnc.files.artifact import read_artifact
from imnnc.files.decoding import DamagedError
from imnnc.files.files import damaged
from imnnc.limits import NAME, SUPPLY
from imnnc.physics.network import CrossbarProgram, FloatArray, NetworkParameters
from imnnc.physics.table import InverterTable

PARAMETERS_FILE = "params.npz"

STIMULI_FILE = "stimuli.npz"


@dataclass(frozen=True)
class Stimuli:
    """Samples for the simulator, in double precision so that files carry them exactly."""

    inputs_volts: FloatArray  # (S, N), the plus rows
    targets: NDArray[np.float64 | np.int64]  # (S, M) volts at the read-out, or (S,) classes


@dataclass(frozen=True)
class StoredNetwork:
    """What training found and how, what was programmed of it, and the curves that predict it."""

    method: MethodName
    parameters: NetworkParameters
    program: CrossbarProgram
    vtc: VtcModels
    tuning: Tuning
    history: TrainingHistory
    sizing: Sizing
    table: InverterTable  # of the design's corner, from which every operating point follows


@dataclass(frozen=True)
class TestPlan:
    """What to simulate and how to judge it: with the files of a network, all that verifies it."""

    network: Network
    corners: tuple[str, ...] = field(metadata=NAME)  # the design's first
    supply_volts: float = field(metadata=SUPPLY)
    loss: Loss
    spec: VerifySpec
    stimuli: Stimuli


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
