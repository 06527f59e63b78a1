"""Rails that follow a die: V_DD, V_SS and the bias rows moved together to where it does best.

Seen from the rails all gates are where they were and the inputs have moved, the other way: what all
transistors of a die share, as those of a skewed corner do, is made up for by one voltage.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from imnnc.methods.polishing import readout_loss
from imnnc.physics.die import Die, DieSolver
from imnnc.physics.network import FloatArray

MOST_VOLTS = 0.1  # either way
_GRID_VOLTS = 0.02
_COARSE = 4  # of so many samples one tells which of the grid is best
_STEP_DIGITS = 3  # a supply is set to millivolts


def following_rails(
    solver: DieSolver, die: Die, inputs_volts: FloatArray, targets: NDArray[Any]
) -> Die:
    """The die between the rails at which its loss on inputs (S, N) in volts is least.

    `targets` are classes (S,), or what the read-outs (S, M) should be, in volts to ground.  With
    resistors to ground, which do not move, it is the die as it is.
    """
    if die.parameters.parasitics.output_siemens:
        return die

    def loss(volts: float, every: int = 1) -> float:
        points = solver.solve(replace(die, rails_volts=volts), inputs_volts[::every])
        found = points.layers[-1].minus[points.converged] + volts
        if not len(found):
            return np.inf
        wanted = targets[::every][points.converged]
        return float(readout_loss(torch.from_numpy(found), wanted, solver.supply_volts))

    count = round(MOST_VOLTS / _GRID_VOLTS)
    grid = [_GRID_VOLTS * number for number in range(-count, count + 1)]
    near = min(grid, key=lambda volts: loss(volts, _COARSE))
    bounds = near - _GRID_VOLTS, near + _GRID_VOLTS
    best = minimize_scalar(loss, bounds=bounds, options={"xatol": 10.0**-_STEP_DIGITS})
    at = min(max(float(best.x), -MOST_VOLTS), MOST_VOLTS)
    return replace(die, rails_volts=round(at, _STEP_DIGITS) + 0.0)
