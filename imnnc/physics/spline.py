"""Uniform bicubic splines on torch: a table read as a smooth function of two voltages."""

from __future__ import annotations

from copy import copy
from typing import Any, NamedTuple, cast

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
        near = torch.arange(4) - 1
        self._reach = near * count + near[:, None]  # along the second argument, then the first
        self._rows = rows
        self._count = count
        self._numbers = _Numbers.of(self)
        self._moved: dict[tuple[torch.device, torch.dtype], BicubicSpline] = {}

    def like(self, tensor: Tensor) -> BicubicSpline:
        """The same spline in the precision of a tensor, and on its device; made once for each."""
        return self.to(tensor.device, tensor.dtype)

    def to(self, device: torch.device, dtype: torch.dtype) -> BicubicSpline:
        """The same spline on a device, in a precision; made once for each."""
        if self._coefficients.dtype == dtype and self._coefficients.device == device:
            return self
        if (device, dtype) not in self._moved:
            moved = copy(self)
            moved._coefficients = self._coefficients.to(device, dtype)
            moved._reach = self._reach.to(device)
            moved._numbers = _Numbers.of(moved)
            self._moved[device, dtype] = moved
        return self._moved[device, dtype]

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
        """The spline and its derivatives to `x` and to `y`, which are broadcast."""
        broadcast: Any = torch.broadcast_tensors  # torch does not type it
        x, y = broadcast(x, y)
        (row, column), (wx, wy), (dx, dy) = self._weights(torch.stack([x, y]))
        corner = row.mul_(self._count).add_(column)
        # Points come last: what is short is added up, what is long stays in one piece.
        patch = self._coefficients.take(corner + self._reach.view(4, 4, *[1] * x.dim()))
        at_y, along_y = ((patch * weights[:, None]).sum(0) for weights in (wy, dy))
        step = self._numbers.step
        return (
            (wx * at_y).sum(0),
            (dx * at_y).sum(0).div_(step),
            (wx * along_y).sum(0).div_(step),
        )

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """The spline alone, differentiable."""
        apply: Any = _Evaluate.apply  # torch does not type it
        return cast(Tensor, apply(x, y, self))

    def _weights(self, at: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cells (2, ...) that arguments `at` (2, ...) are in, and the weights of the four
        coefficients in reach and their slopes, (2, 4, ...)."""
        of, places = self._numbers, (2, *[1] * (at.dim() - 1))
        position = torch.sub(at, of.low.view(places)).div_(of.step).clamp_(min=MARGIN_CELLS)
        position = torch.minimum(position, of.last.view(places))
        cell = torch.minimum(position.floor(), of.last_cell.view(places))
        t = position - cell
        both = torch.stack([t, of.one - t], 1)  # the way into the cell, and out of it
        squares = both * both
        (cube, rest_cube), (square, rest_square) = (squares * both).unbind(1), squares.unbind(1)
        thrice = of.three * squares
        hump, rest_hump = (of.four - of.six * squares).add_(thrice * both).unbind(1)
        tilt, rest_tilt = (thrice - of.four * both).unbind(1)
        weights = torch.stack([rest_cube, hump, rest_hump, cube], 1)
        slopes = torch.stack([-rest_square, tilt, -rest_tilt, square], 1)
        return cell.long(), weights.div_(of.six), slopes.div_(of.two)


class _Numbers(NamedTuple):
    """What a spline computes with, as tensors: beside one, torch converts a number every time."""

    low: Tensor  # (2,): where the grid begins, along the first argument and along the second
    last: Tensor  # (2,): the largest positions, in cells
    last_cell: Tensor  # (2,)
    step: Tensor
    one: Tensor
    two: Tensor
    three: Tensor
    four: Tensor
    six: Tensor

    @classmethod
    def of(cls, spline: BicubicSpline) -> _Numbers:
        """In the precision of the spline and on its device."""
        tensor = spline.coefficients.new_tensor
        last = [count - 1 - MARGIN_CELLS for count in spline.coefficients.shape]
        return cls(
            tensor([spline.first_low, spline.low]),
            tensor(last),
            tensor([x - 1 for x in last]),
            *(tensor(x) for x in (spline.step, 1.0, 2.0, 3.0, 4.0, 6.0)),
        )


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
