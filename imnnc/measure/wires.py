"""What the wires of crossbars do to a network as programmed, by its exact operating points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from imnnc.data import Dataset
from imnnc.design import Loss
from imnnc.measure.figures import target_mse
from imnnc.physics.network import CrossbarProgram, FloatArray
from imnnc.physics.table import InverterTable

SAMPLES = 1000  # of the test samples, at most


@dataclass(frozen=True)
class WireEffect:
    """The circuit with its wires, beside one of the same cells whose wires have no resistance."""

    samples: int
    score_with: float  # accuracy, or the MSE in V^2
    score_without: float
    moved_rms_volts: tuple[float, ...]  # of the columns, layer by layer
    moved_max_volts: tuple[float, ...]


def wire_effect(
    program: CrossbarProgram, table: InverterTable, data: Dataset, loss: Loss
) -> WireEffect | None:
    """What wires do on the first test samples; None where there are none.

    Raises:
        CompileError: IM332 where an operating point is not found.
    """
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.operating_point import OperatingPointSolver

    if program.parasitics.wires is None:
        return None
    solver, network = OperatingPointSolver(Inverter(table)), program.parameters()
    ideal = replace(network, parasitics=replace(network.parasitics, wires=None))
    volts = data.test_inputs[:SAMPLES].astype(np.float64)
    targets = data.test_targets[:SAMPLES]
    wired, without = (solver.solve(x, volts).require().layers for x in (network, ideal))
    moved = [a.net - b.net for a, b in zip(wired, without, strict=True)]

    def score(readout: FloatArray) -> float:
        if loss == "cross_entropy":
            return float((readout.argmax(1) == targets).mean())
        return target_mse(readout, targets)

    return WireEffect(
        len(volts),
        score(wired[-1].minus),
        score(without[-1].minus),
        tuple(float(np.sqrt(np.mean(x**2))) for x in moved),
        tuple(float(np.abs(x).max()) for x in moved),
    )
