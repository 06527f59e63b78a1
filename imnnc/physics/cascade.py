"""Compiled loops of the cascade along a crossbar's rows; importing this fails where numba is not
installed.

What they compute is documented in `imnnc.physics.wires`, which does the same by LAPACK where these
are not there.  LAPACK inverts a matrix of a hundred rows at a tenth of the speed at which it
multiplies two; inverting by blocks is mostly multiplying.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

_BLOCK = 17  # rows that are eliminated at once


def _compiled(function: Any) -> Any:
    return numba.njit(cache=True, error_model="numpy", fastmath={"contract"})(function)


@_compiled
def chain(g: Any, first: float, ohms: float, between: Any, into: Any) -> None:
    """Add to `between` (M, M) what a row with cells `g` (M,) puts between the columns.

    `into` (M,) becomes the amperes into them a volt at the row, which has `ohms` a segment and
    `first` before its first cell.
    """
    columns = len(g)
    left, right = np.empty(columns), np.zeros(columns)
    left[0] = 1 / first
    for j in range(1, columns):
        left[j] = 1 / (1 / (left[j - 1] + g[j - 1]) + ohms)
    for j in range(columns - 2, -1, -1):
        right[j] = 1 / (1 / (right[j + 1] + g[j + 1]) + ohms)
    at = 1 / (1 + first * (right[0] + g[0]))
    k = np.empty(columns)
    for m in range(columns):
        if m:
            falls = 1 / (1 + ohms * (right[m] + g[m]))
            at *= falls
            for j in range(m):
                k[j] *= falls
        k[m] = g[m] / (left[m] + right[m] + g[m])
        into[m] = g[m] * at
        for j in range(m):
            coupled = g[m] * k[j]
            between[m, j] -= coupled
            between[j, m] -= coupled
        between[m, m] += g[m] * (1 - k[m])


@_compiled
def _invert_block(a: Any) -> None:
    """The inverse of a small matrix, symmetric and positive definite, in its place."""
    count = len(a)
    for k in range(count):
        pivot = 1 / a[k, k]
        a[k, k] = 1.0
        for j in range(count):
            a[k, j] *= pivot
        for i in range(count):
            if i != k:
                factor = a[i, k]
                a[i, k] = 0.0
                for j in range(count):
                    a[i, j] -= factor * a[k, j]


@_compiled
def _eliminate(a: Any) -> None:
    """The same of a larger one, by Gauss and Jordan, a block of rows at a time."""
    count = len(a)
    product = np.empty((count, count))
    for start in range(0, count, _BLOCK):
        end = min(count, start + _BLOCK)
        own = a[start:end, start:end].copy()
        _invert_block(own)
        column = a[:, start:end].copy()
        column[start:end] = 0.0
        a[:, start:end] = 0.0
        for i in range(start, end):
            a[i, i] = 1.0
        row = np.dot(own, a[start:end])
        np.dot(column, row, product)
        for i in range(count):
            for j in range(count):
                a[i, j] -= product[i, j]
        a[start:end] = row


@_compiled
def invert(a: Any) -> None:
    """The same of any, by halves: the inverse of one, and of what is left of the other."""
    half = len(a) // 2
    if half < _BLOCK:
        _eliminate(a)
        return
    first, across = a[:half, :half].copy(), a[:half, half:].copy()
    _eliminate(first)
    through = np.dot(first, across)
    rest = a[half:, half:] - np.dot(across.T, through)
    _eliminate(rest)
    back = np.dot(through, rest)
    first += np.dot(back, through.T)
    a[:half, :half] = first
    a[half:, half:] = rest
    for i in range(half):
        for j in range(half, len(a)):
            a[i, j] = a[j, i] = -back[i, j - half]


@_compiled
def _segment(above: Any, ohms: float, through: Any, scratch: Any) -> None:
    """`through` becomes F = (1 + r A)^-1 of `above`, A, which becomes A F."""
    count = len(above)
    for i in range(count):
        for j in range(count):
            through[i, j] = ohms * above[i, j]
        through[i, i] += 1.0
    invert(through)
    np.dot(above, through, scratch)
    for i in range(count):
        for j in range(i + 1):
            above[i, j] = above[j, i] = (scratch[i, j] + scratch[j, i]) / 2


@_compiled
def at_columns(cells: Any, first: float, row_ohms: float, column_ohms: float) -> Any:
    """T (M, R) transposed, and A (M, M), rows in the order in which they lie."""
    rows, columns = cells.shape
    through, given = np.empty((rows, columns, columns)), np.empty((rows, columns))
    above, scratch = np.zeros((columns, columns)), np.empty((columns, columns))
    for i in range(rows):
        chain(cells[i], first, row_ohms, above, given[i])
        _segment(above, column_ohms, through[i], scratch)
    answer = above.copy()
    invert(answer)
    shares = np.empty((rows, columns))
    for i in range(rows - 1, -1, -1):
        np.dot(answer, through[i], scratch)
        answer, scratch = scratch, answer
        np.dot(answer, given[i], shares[i])
    return shares, above


@_compiled
def between_rows(cells: Any, first: float, row_ohms: float, column_ohms: float) -> Any:
    """Y (R, R), rows in the order in which they lie."""
    rows, columns = cells.shape
    through, given = np.empty((rows, columns, columns)), np.empty((rows, columns))
    above, unfinished = np.empty((rows, columns, columns)), np.zeros((columns, columns))
    scratch = np.empty((columns, columns))
    for i in range(rows):
        chain(cells[i], first, row_ohms, unfinished, given[i])
        above[i] = unfinished
        _segment(unfinished, column_ohms, through[i], scratch)
    # The columns at row i for a volt at row i: both sides of it, from above and from below.
    felt, below = np.empty((rows, columns)), np.zeros((columns, columns))
    unused, ignored = np.empty(columns), np.empty((columns, columns))
    for i in range(rows - 1, -1, -1):
        both = above[i] + below
        invert(both)
        np.dot(both, given[i], felt[i])
        if i:
            chain(cells[i], first, row_ohms, below, unused)
            _segment(below, column_ohms, ignored, scratch)
    found = np.empty((rows, rows))
    arriving = np.empty((rows, columns))  # of each row so far, in amperes a volt, at row i
    for i in range(rows):
        if i:
            arriving[:i] = np.dot(arriving[:i], through[i - 1])
        arriving[i] = given[i]
        seen = np.dot(arriving[: i + 1], felt[i])
        for j in range(i + 1):
            found[i, j] = found[j, i] = -seen[j]
        # With the columns a volt higher as well nothing flows: the row's own is the sum.
        found[i, i] += given[i].sum()
    return found
