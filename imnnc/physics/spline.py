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
    """The interpolating C2 bicubic spline of a table on a uniform square grid.

    It is defined `MARGIN_CELLS` cells inside the grid's edge; arguments beyond are clamped
    there.  Exact on the grid, error O(step^4) between.
    """

    def __init__(
        self, values: FloatArray, low: float, high: float, dtype: torch.dtype = torch.float64
    ) -> None:
        """`values` (n, n): the first index is the first argument, from `low` to `high`."""
        count = values.shape[0]
        axis = np.linspace(low, high, count)
        fitted = RectBivariateSpline(axis, axis, values, kx=3, ky=3, s=0)
        # In cell [x_k, x_(k+1)] the four coefficients k-1 to k+2 are in reach.
        coefficients = fitted.get_coeffs().reshape(count, count)
        self._coefficients = torch.from_numpy(coefficients.copy()).flatten().to(dtype)
        near = torch.arange(4)
        self._reach = near[:, None] * count + near
        self._count = count
        self._low = low
        self._step = (high - low) / (count - 1)

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
        """The B-spline coefficients (n, n): four times four of them are in reach of a point."""
        return self._coefficients.view(self._count, self._count)

    @property
    def low(self) -> float:
        """Where the grid begins."""
        return float(self._low)

    @property
    def step(self) -> float:
        """The width of a cell."""
        return float(self._step)

    @property
    def domain(self) -> tuple[float, float]:
        """The range of either argument within which the spline is exact."""
        margin = MARGIN_CELLS * self._step
        return self._low + margin, self._low + self._step * (self._count - 1) - margin

    def value_and_partials(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The spline and its derivatives to `x` and to `y`; tensors of one shape."""
        row, wx, dx = self._weights(x)
        column, wy, dy = self._weights(y)
        corner = (row * self._count + column)[..., None, None]
        patch = self._coefficients[corner + self._reach]
        along = patch @ torch.stack([wy, dy], -1)
        values = torch.stack([wx, dx], -2) @ along
        return (
            values[..., 0, 0],
            values[..., 1, 0] / self._step,
            values[..., 0, 1] / self._step,
        )

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """The spline alone, differentiable."""
        apply: Any = _Evaluate.apply  # torch does not type it
        return cast(Tensor, apply(x, y, self))

    def _weights(self, at: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Index of the first of the four coefficients in reach, their weights and slopes."""
        position = (at - self._low) / self._step
        position = position.clamp(MARGIN_CELLS, self._count - 1 - MARGIN_CELLS)
        cell = position.floor().clamp(max=self._count - 2 - MARGIN_CELLS)
        t = position - cell
        s = 1 - t
        t2, s2 = t * t, s * s
        weights = torch.stack(
            [s2 * s, 4 - 6 * t2 + 3 * t2 * t, 4 - 6 * s2 + 3 * s2 * s, t2 * t], -1
        )
        slopes = torch.stack([-s2, 3 * t2 - 4 * t, 4 * s - 3 * s2, t2], -1)
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
