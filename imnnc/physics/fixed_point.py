"""Fixed points of many samples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_MEMORY = 3  # points and residuals that acceleration looks back on


def fixed_point(
    answer: Callable[[Tensor], Tensor], start: Tensor, rounds: int, tolerance: float
) -> Tensor:
    """Solve x = answer(x) for every column of `start` (n, B) at once.

    Anderson acceleration, one mixing a sample; it stops once no element is off by more than
    `tolerance`, or after `rounds` evaluations, whichever is first.
    """
    x = start
    points: list[Tensor] = []
    residuals: list[Tensor] = []
    for _ in range(rounds):
        residual = answer(x) - x
        if bool((residual.abs() < tolerance).all()):
            break
        points = [*points[-_MEMORY:], x + residual]
        residuals = [*residuals[-_MEMORY:], residual]
        if len(residuals) == 1:
            x = points[-1]
            continue
        # Least squares over differences to the newest: min |r - D w|, sample by sample.
        moves = torch.stack([residuals[-1] - r for r in residuals[:-1]], -1).transpose(0, 1)
        gram = moves.mT @ moves
        diagonal = gram.diagonal(dim1=-2, dim2=-1)
        gram = gram + torch.diag_embed(
            1e-12 * diagonal.sum(-1, keepdim=True) + 1e-30 + 0 * diagonal
        )
        weights = torch.linalg.solve(gram, moves.mT @ residuals[-1].T[..., None])
        steps = torch.stack([points[-1] - p for p in points[:-1]], -1).transpose(0, 1)
        x = points[-1] - (steps @ weights)[..., 0].T
    return x


def implicit(
    answer: Callable[[Tensor], Tensor], found: Tensor, rounds: int, tolerance: float
) -> Tensor:
    """The point that `fixed_point` has found, with gradients to all that `answer` is made of.

    By the implicit function theorem: the gradients y of x = answer(x) solve y = J^T y + what is
    asked, J being the slope of `answer` there.  As exact as `tolerance` is, of the largest.
    """
    settled = answer(found)
    if not settled.requires_grad:
        return settled
    point = found.detach().requires_grad_()
    again = answer(point)

    def through(asked: Tensor) -> Tensor:
        def adjoint(y: Tensor) -> Tensor:
            return asked + torch.autograd.grad(again, point, y, retain_graph=True)[0]

        limit = tolerance * float(asked.abs().max())
        return fixed_point(adjoint, asked, rounds, limit)

    register: Any = settled.register_hook  # torch does not type it
    register(through)
    return settled
