"""Crossbars whose wires have resistance, exactly: what columns float to, what rows draw.

Rows are driven at their first column, through a driver and a segment of wire before each cell;
columns are read behind their last row, a segment behind each cell.  All of it is linear, so with
the rows at v the ends of the columns are at T v, and the rows draw Y v (Kirchhoff).

The rows are taken one after the other in the order in which they lie along the columns.  What is
above a point of the columns is an admittance A (M, M) between the M columns, and what the rows put
in: a row adds its own, S, and the next segment of the columns takes A to A F, F = (1 + r A)^-1.  A
row alone is a chain of resistors, whose inverse has a closed form.  That is R M^3 operations and
needs nothing but the resistances: 394 x 100 takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from types import ModuleType

import numpy as np
from scipy.linalg import lapack

from imnnc.parasitics import Wires
from imnnc.physics.network import FloatArray

_BLOCK = 16  # rows whose chains are inverted at once
_KEPT = 16  # crossbars: sizing looks at the same cells again and again


def exact(cells: FloatArray, wires: Wires) -> WiredCells:
    """What `cells` (R, M) in siemens are with their wires; rows are in the order of netlists."""
    return _exact(np.ascontiguousarray(cells).tobytes(), cells.shape, wires)


@lru_cache(maxsize=_KEPT)
def _exact(cells: bytes, shape: tuple[int, int], wires: Wires) -> WiredCells:
    return WiredCells(np.frombuffer(cells).reshape(shape), wires)


@dataclass(frozen=True, eq=False)
class WiredCells:
    """The cells of a crossbar with their wires, as seen at the ends of both."""

    cells: FloatArray  # (R, M) siemens
    wires: Wires
    compiled: bool = True  # by the loops that numba compiles, where it is installed

    @property
    def column_shares(self) -> FloatArray:
        """T (M, R): what each row weighs in each column; every column's add up to 1."""
        return self._found[0]

    @property
    def column_siemens(self) -> FloatArray:
        """A (M, M): amperes into the ends of the columns a volt there, the rows at ground."""
        return self._found[1]

    @cached_property
    def row_siemens(self) -> FloatArray:
        """Y (R, R): amperes into the rows a volt at the rows, the columns floating."""
        found = np.empty((len(self.cells), len(self.cells)))
        found[np.ix_(self._order, self._order)] = _between_rows(
            self._sorted, self.wires, self._loops
        )
        return found

    @cached_property
    def _found(self) -> tuple[FloatArray, FloatArray]:
        along, siemens = _at_columns(self._sorted, self.wires, self._loops)
        shares = np.empty_like(along)
        shares[:, self._order] = along
        return shares, siemens

    @property
    def _loops(self) -> ModuleType | None:
        return _kernel() if self.compiled else None

    @property
    def _order(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(self.wires.order(len(self.cells)))

    @property
    def _sorted(self) -> FloatArray:
        return np.ascontiguousarray(self.cells[self._order])


@cache
def _kernel() -> ModuleType | None:
    """Compiled loops of what follows; None where numba is not installed."""
    try:
        from imnnc.physics import cascade
    except ImportError:
        return None
    return cascade


def _ohms(wires: Wires) -> tuple[float, float, float]:
    """Before the first cell of a row, a segment of a row, a segment of a column."""
    segment = wires.row_ohms or 0.0
    return segment + (wires.driver_ohms or 0.0), segment, wires.column_ohms or 0.0


def _at_columns(
    cells: FloatArray, wires: Wires, kernel: ModuleType | None
) -> tuple[FloatArray, FloatArray]:
    """T (M, R) and A (M, M), rows in the order in which they lie."""
    if kernel is not None:
        shares, siemens = kernel.at_columns(cells, *_ohms(wires))
        return shares.T, siemens
    rows, columns = cells.shape
    through, given = np.empty((rows, columns, columns)), np.empty((rows, columns))
    above = np.zeros((columns, columns))
    for i, (own, into) in enumerate(_rows(cells, wires, range(rows))):
        above = above + own
        through[i] = _inverse(np.eye(columns) + (wires.column_ohms or 0.0) * above)
        above = _symmetric(above @ through[i])
        given[i] = into
    # A volt at row i puts `given` amperes into the columns there, of which F F ... F arrive.
    answer = _inverse(above)
    shares = np.empty((columns, rows))
    for i in range(rows - 1, -1, -1):
        answer = answer @ through[i]
        shares[:, i] = answer @ given[i]
    return shares, above


def _between_rows(cells: FloatArray, wires: Wires, kernel: ModuleType | None) -> FloatArray:
    """Y (R, R), rows in the order in which they lie."""
    if kernel is not None:
        return np.asarray(kernel.between_rows(cells, *_ohms(wires)))
    rows, columns = cells.shape
    ohms, one = wires.column_ohms or 0.0, np.eye(columns)
    above, through = np.empty((2, rows, columns, columns))
    given = np.empty((rows, columns))
    before = np.zeros((columns, columns))
    for i, (own, into) in enumerate(_rows(cells, wires, range(rows))):
        above[i], given[i] = before + own, into
        through[i] = _inverse(one + ohms * above[i])
        before = _symmetric(above[i] @ through[i])
    # The columns at row i for a volt at row i: both sides of it, from above and from below.
    felt = np.empty((rows, columns))
    below = np.zeros((columns, columns))
    for i, (own, _) in zip(
        range(rows - 1, -1, -1), _rows(cells, wires, range(rows - 1, -1, -1)), strict=True
    ):
        felt[i] = np.linalg.solve(above[i] + below, given[i])
        below = below + own
        below = _symmetric(below @ _inverse(one + ohms * below))
    found = np.empty((rows, rows))
    arriving = np.empty((columns, rows))  # of each row so far, in amperes a volt, at row i
    for i in range(rows):
        if i:
            arriving[:, :i] = through[i - 1] @ arriving[:, :i]
        arriving[:, i] = given[i]
        found[i, : i + 1] = found[: i + 1, i] = -felt[i] @ arriving[:, : i + 1]
        # With the columns a volt higher as well nothing flows: the row's own is the sum.
        found[i, i] += given[i].sum()
    return found


def _rows(
    cells: FloatArray, wires: Wires, numbers: range
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Of each row: S (M, M), between the columns, and amperes (M,) into them a volt at the row."""
    for start in range(0, len(numbers), _BLOCK):
        part = numbers[start : start + _BLOCK]
        yield from zip(*_chains(cells[list(part)], wires), strict=True)


def _chains(g: FloatArray, wires: Wires) -> tuple[FloatArray, FloatArray]:
    """S (B, M, M) and amperes (B, M) of rows with the cells `g` (B, M), each a chain.

    K, the voltages of the nodes of a row for amperes into them, is a product along the chain from
    what is seen at a node: with what it sees to the left and to the right, and falling to the right
    by a divider a segment.
    """
    first, ohms, _ = _ohms(wires)
    rows, columns = g.shape
    left, right = np.empty_like(g), np.zeros_like(g)
    with np.errstate(divide="ignore"):
        left[:, 0] = np.divide(1.0, first)
        for j in range(1, columns):
            left[:, j] = 1 / (1 / (left[:, j - 1] + g[:, j - 1]) + ohms)
        for j in range(columns - 2, -1, -1):
            right[:, j] = 1 / (1 / (right[:, j + 1] + g[:, j + 1]) + ohms)
    own = 1 / (left + right + g)
    falls = 1 / (1 + ohms * (right + g))
    k = np.zeros((rows, columns, columns))  # [b, m, j] for j <= m
    at = np.empty_like(g)  # the row's voltages a volt at its driver, the columns at ground
    at[:, 0] = 1 / (1 + first * (right[:, 0] + g[:, 0]))
    k[:, 0, 0] = own[:, 0]
    for m in range(1, columns):
        at[:, m] = at[:, m - 1] * falls[:, m]
        np.multiply(k[:, m - 1, :m], falls[:, m : m + 1], out=k[:, m, :m])
        k[:, m, m] = own[:, m]
    k *= -g[:, :, None]
    k *= g[:, None, :]
    between = k + k.transpose(0, 2, 1)
    diagonals = np.einsum("bmm->bm", between)
    diagonals /= 2
    diagonals += g
    return between, g * at


def _inverse(matrix: FloatArray) -> FloatArray:
    """Of a symmetric matrix that is positive definite."""
    factor, failed = lapack.dpotrf(matrix.T, lower=1, clean=1)
    assert not failed, "cells are positive, and so is what they make"
    lower, failed = lapack.dpotri(factor, lower=1, overwrite_c=1)
    assert not failed, "a factor has no zeros"
    found = np.asarray(lower + lower.T)
    diagonal = np.einsum("mm->m", found)
    diagonal /= 2
    return found


def _symmetric(matrix: FloatArray) -> FloatArray:
    return np.asarray((matrix + matrix.T) / 2)
