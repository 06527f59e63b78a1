"""The read-out of the samples that a network was verified with, from its folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.artifacts.reading import in_netlist, read_folder
from imnnc.design import Loss
from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class Readouts:
    """V- of the output layer, (S, M) volts, and what was wanted of it."""

    predicted_volts: FloatArray  # by the method
    circuit_volts: FloatArray  # the exact operating points, within 1 uV of ngspice's
    targets: NDArray[np.float64 | np.int64]  # (S,) classes, or (S, M) volts
    loss: Loss


def readouts(folder: Path) -> Readouts:
    """Predict and solve the circuit in an output folder for the samples of its verification.

    Fails with IM511 to IM514 where the folder is damaged, IM332 where an operating point is not
    found.
    """
    from imnnc.methods.choice import METHODS
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.operating_point import OperatingPointSolver
    from imnnc.physics.threads import one_thread

    stored, plan = read_folder(folder)
    parameters, inputs = in_netlist(stored, plan), plan.stimuli.inputs_volts
    with one_thread():
        predicted = METHODS[stored.method].predictor(parameters, stored.vtc.design).predict(inputs)
        found = OperatingPointSolver(Inverter(stored.table)).solve(parameters, inputs).require()
    return Readouts(predicted, found.layers[-1].minus, plan.stimuli.targets, plan.loss)
