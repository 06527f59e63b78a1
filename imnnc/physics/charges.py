"""The unit inverter's capacitances as they are at each pair of its voltages.

Quasi-static: with its rails held, what flows into the input and into the output beside the static
current is `by_input` dV_in/dt + `by_output` dV_out/dt of each.  Between them they have the gate's
bias, Miller's charge and the drain's; the mean over the swing has none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.network import FloatArray


class Farads(NamedTuple):
    """What flows into a terminal, the first word, a volt a second at another."""

    input_by_input: Tensor
    input_by_output: Tensor
    output_by_input: Tensor
    output_by_output: Tensor


@dataclass(frozen=True, eq=False)
class Charges:
    """Capacitances (4, n, n) in farads on a uniform grid, V_in first, then V_out.

    In the order of `Farads`; the grid is from `low` to `high` on both axes, and what lies beyond
    is as at its edge.
    """

    farads: FloatArray
    low: float
    high: float

    @classmethod
    def constant(cls, input_farads: float, output_farads: float) -> Self:
        """The same at all voltages, and each to ground alone."""
        values = np.array([input_farads, 0.0, 0.0, output_farads])
        return cls(np.tile(values[:, None, None], (1, 2, 2)), -1.0, 1.0)

    def at(self, v_in: Tensor, v_out: Tensor) -> Farads:
        """Of tensors of one shape, bilinear between the points of the grid."""
        table = torch.from_numpy(self.farads).to(v_in)
        count = table.shape[1]
        last = count - 1 - 1e-9
        x, y = (
            ((v - self.low) * ((count - 1) / (self.high - self.low))).clamp(0.0, last)
            for v in (v_in, v_out)
        )
        i, j = x.long(), y.long()
        x, y = x - i, y - j
        flat, corner = table.flatten(1), i * count + j
        found = (
            flat[:, corner] * ((1 - x) * (1 - y))
            + flat[:, corner + count] * (x * (1 - y))
            + flat[:, corner + 1] * ((1 - x) * y)
            + flat[:, corner + count + 1] * (x * y)
        )
        return Farads(*found)
