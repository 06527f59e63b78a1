"""What a network is predicted, verified and compiled again from: `params.npz`, `stimuli.npz`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.training import Sizing, TrainingHistory, Tuning
from imnnc.design import Loss, MethodName, Network
from imnnc.limits import NAME, OPTIONAL, SUPPLY
from imnnc.physics.network import CrossbarProgram, FloatArray, NetworkParameters
from imnnc.physics.table import InverterTable
from imnnc.tasks import VerifySpec

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
    # Whether netlists leave out the cells that are not formed; None: they have their leaks
    without_leaks: bool | None = field(default=None, metadata=OPTIONAL)
