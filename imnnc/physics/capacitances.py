"""What a crossbar is at the ends of its columns in time: capacitances, and what charges them.

A column without resistance has all of its pitches at one net.  One with resistance is a ladder:
what lies far up the column is felt less at its end, by the voltage that a current into the end
makes there, and counts so much in the first moment (Elmore's time) of what arrives at the end.
The resistance of rows does not enter: it is a row's against a cell's.
"""

from __future__ import annotations

import numpy as np

from imnnc.parasitics import Capacitances, Wires
from imnnc.physics.network import FloatArray
from imnnc.physics.wires import exact


def column_farads(
    cells: FloatArray, wires: Wires | None, capacitances: Capacitances | None
) -> FloatArray:
    """From the end of each column to ground (M,), its rows being held.

    `cells` (R, M) are in siemens, rows in the order of netlists.
    """
    rows, columns = cells.shape
    if capacitances is None:
        return np.zeros(columns)
    pitch = capacitances.column_farads + capacitances.cell_farads
    if wires is None or wires.column_ohms is None:
        return np.full(columns, rows * pitch)
    return np.asarray(pitch * _felt(cells[list(wires.order(rows))], wires.column_ohms).sum(0))


def column_siemens(cells: FloatArray, wires: Wires | None) -> tuple[FloatArray, FloatArray | None]:
    """Amperes into the end of each column (M,) a volt below where it would float, and others' part.

    That is (M, M) siemens between columns, without a diagonal; None where wires couple none.
    `cells` (R, M) are in siemens, rows in the order of netlists.
    """
    if wires is None:
        return np.asarray(cells.sum(0)), None
    found = exact(cells, wires).column_siemens
    own = found.diagonal().copy()
    return own, found - np.diag(own)


def row_seconds(columns: int, wires: Wires | None, capacitances: Capacitances | None) -> float:
    """Elmore's time of a row that a source drives, from its driver to the middle of its wire."""
    if wires is None or capacitances is None:
        return 0.0
    ohms = (wires.driver_ohms or 0.0) + (wires.row_ohms or 0.0) * columns / 2
    return ohms * columns * (capacitances.row_farads + capacitances.cell_farads)


def _felt(cells: FloatArray, ohms: float) -> FloatArray:
    """Voltages (R, M) at the cells a volt at the ends of the columns, the rows at ground."""
    falls = np.empty_like(cells)
    above = np.zeros(cells.shape[1])  # siemens, as seen from a cell up the column
    for i, own in enumerate(cells):
        above = above + own
        falls[i] = 1 / (1 + ohms * above)
        above = above * falls[i]
    return np.asarray(np.cumprod(falls[::-1], 0)[::-1])
