"""The grid of the tables of transistors: its cells, and how columns go on beyond the rails."""

from __future__ import annotations

import math

import numpy as np

from imnnc.physics.network import FloatArray

# Between rails of +-0.25 V a bicubic spline over steps of 10, 5 and 2.5 mV is within 3, 0.2 and
# 0.01 uV of ngspice in the output of a loaded inverter (lvt90, all corners, -40 to 125 C).
STEP_VOLTS = 2.5e-3
# The cells beyond each rail: a spline is less exact in the last few cells of its grid.
MARGIN_CELLS = 8
# Where higher supplies would make the table larger than this, the step grows instead.
MAXIMUM_CELLS = 1000
# The points inside that say how the currents go on outside: one more than the degree.
_ORDER = 4


def grid_cells(supply_volts: float) -> int:
    """The number of cells from rail to rail."""
    return min(math.ceil(2 * supply_volts / STEP_VOLTS - 1e-9), MAXIMUM_CELLS)


def continued(inside: FloatArray) -> FloatArray:
    """The columns from rail to rail (n, m), continued by `MARGIN_CELLS` columns on each side.

    Where V_out crosses a rail, a transistor's drain and source change places, and the curvature
    of its current jumps there in BSIM4.  A spline through points on both sides would spread the
    jump into the cells inside (2 uV in a loaded output); so the columns outside are not the
    measured ones, but those of the polynomial through the last points inside.
    """
    weights = np.array(
        [(-1) ** (k + 1) * math.comb(_ORDER, k) for k in range(_ORDER, 0, -1)], dtype=np.float64
    )
    columns = inside
    for _ in range(MARGIN_CELLS):
        before = columns[:, _ORDER - 1 :: -1] @ weights
        after = columns[:, -_ORDER:] @ weights
        columns = np.column_stack((before, columns, after))
    return columns
