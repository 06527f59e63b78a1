"""Uniform bicubic splines on torch: a table read as a smooth function of two voltages."""

from __future__ import annotations

from copy import copy
from typing import Any, cast

import numpy as np
import torch
from scipy.interpolate import RectBivariateSpline
from torch import Tensor

from imnnc.physics.network import FloatArray

# A not-a-knot spline drops the knots x_1 and x_(n-2): bases are uniform from the fourth cell on.
MARGIN_CELLS = 4


class BicubicSpline:
    """The interpolating C2 bicubic spline of a table on a uniform grid, of one step on both axes.

    It is defined `MARGIN_CELLS` cells inside the grid's edge; arguments beyond are clamped
    there.  Exact on the grid, error O(step^4) between.
    """

    def __init__(
        self,
        values: FloatArray,
        low: float,
        high: float,
        dtype: torch.dtype = torch.float64,
        *,
        first_low: float | None = None,
    ) -> None:
        """`values` (n, m): the first index is the first argument, the second from `low` to `high`.

        The first argument begins at `first_low`; None: at `low` as well.
        """
        rows, count = values.shape
        self._step = (high - low) / (count - 1)
        self._low = low
        self._first_low = low if first_low is None else first_low
        axis = np.linspace(low, high, count)
        first_axis = self._first_low + self._step * np.arange(rows)
        fitted = RectBivariateSpline(
            axis if first_low is None and rows == count else first_axis,
            axis,
            values,
            kx=3,
            ky=3,
            s=0,
        )
        # In cell [x_k, x_(k+1)] the four coefficients k-1 to k+2 are in reach.
        coefficients = fitted.get_coeffs().reshape(rows, count)
        self._coefficients = torch.from_numpy(coefficients.copy()).flatten().to(dtype)
        near = torch.arange(4)
        self._reach = near * count + near[:, None]  # along the second argument, then the first
        self._rows = rows
        self._count = count

    def like(self, tensor: Tensor) -> BicubicSpline:
        """The same spline in the precision of a tensor, and on its device."""
        if self._coefficients.dtype == tensor.dtype and self._coefficients.device == tensor.device:
            return self
        moved = copy(self)
        moved._coefficients = self._coefficients.to(tensor)
        moved._reach = self._reach.to(tensor.device)
        return moved

    @property
    def coefficients(self) -> Tensor:
        """The B-spline coefficients (n, m): four times four of them are in reach of a point."""
        return self._coefficients.view(self._rows, self._count)

    @property
    def low(self) -> float:
        """Where the grid begins, along the second argument."""
        return float(self._low)

    @property
    def first_low(self) -> float:
        """Where it begins along the first."""
        return float(self._first_low)

    @property
    def step(self) -> float:
        """The width of a cell."""
        return float(self._step)

    @property
    def domain(self) -> tuple[float, float]:
        """The range of the second argument within which the spline is exact."""
        margin = MARGIN_CELLS * self._step
        return self._low + margin, self._low + self._step * (self._count - 1) - margin

    def value_and_partials(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The spline and its derivatives to `x` and to `y`; tensors of one shape."""
        row, wx, dx = self._weights(x, self._first_low, self._rows)
        column, wy, dy = self._weights(y, self._low, self._count)
        corner = row * self._count + column
        # Points come last: what is short is added up, what is long stays in one piece.
        patch = self._coefficients.take(corner + self._reach.view(4, 4, *[1] * x.dim()))
        at_y, along_y = ((patch * weights[:, None]).sum(0) for weights in (wy, dy))
        return (
            (wx * at_y).sum(0),
            (dx * at_y).sum(0) / self._step,
            (wx * along_y).sum(0) / self._step,
        )

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """The spline alone, differentiable."""
        apply: Any = _Evaluate.apply  # torch does not type it
        return cast(Tensor, apply(x, y, self))

    def _weights(self, at: Tensor, low: float, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Index of the first coefficient in reach, and the weights and slopes of four, (4, ...)."""
        position = (at - low) / self._step
        position = position.clamp(MARGIN_CELLS, count - 1 - MARGIN_CELLS)
        cell = position.floor().clamp(max=count - 2 - MARGIN_CELLS)
        t = position - cell
        s = 1 - t
        t2, s2 = t * t, s * s
        weights = torch.stack([s2 * s, 4 - 6 * t2 + 3 * t2 * t, 4 - 6 * s2 + 3 * s2 * s, t2 * t])
        slopes = torch.stack([-s2, 3 * t2 - 4 * t, 4 * s - 3 * s2, t2])
        return cell.long() - 1, weights / 6, slopes / 2


class _Evaluate(torch.autograd.Function):
    """The spline with its analytic derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, spline: BicubicSpline) -> Tensor:
        value, by_x, by_y = spline.value_and_partials(x, y)
        ctx.save_for_backward(by_x, by_y)
        return value

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, None]:
        by_x, by_y = ctx.saved_tensors
        return above * by_x, above * by_y, None
