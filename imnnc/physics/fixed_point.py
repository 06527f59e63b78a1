"""Fixed points of many samples at once."""

from __future__ import annotations

from collections.abc import Callable

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
