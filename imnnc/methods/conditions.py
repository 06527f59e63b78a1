"""What a network is trained for besides its data: corners, and chips that differ.

Training draws chips, a batch at a time: thresholds for each sample, since each neuron adds its own
to what it sees; cells, and which of them are stuck, for the whole batch, as they are in a crossbar.
A threshold is one offset at an inverter's input (see `imnnc.physics.mismatch.input_weights`), with
a deviation that falls with the root of the size, so that sizes are trained against it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from imnnc.physics.chips import LEAST_FACTOR, Spread
from imnnc.physics.mismatch import input_weights
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import Curves


class Corner(NamedTuple):
    """What is known of the unit inverter at a corner."""

    table: InverterTable
    curves: Curves


class LayerDraw(NamedTuple):
    """What is drawn for one layer and the crossbar before it: numbers of unit deviation."""

    minus: Tensor  # (M, B), thresholds of INV1
    plus: Tensor  # of INV2
    read: Tensor | None  # (M, B), noise of the columns
    cells: Tensor | None  # (R, M), of every cell
    stuck: Tensor | None  # (R, M), from 0 to 1

    def to(self, device: torch.device) -> LayerDraw:
        """The same draw elsewhere."""
        return LayerDraw(*(None if x is None else x.to(device) for x in self))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Conditions:
    """Corners, each by its number, and how chips differ there.

    Attributes:
        spread: how chips differ; None: they do not.
        offsets_volts: deviation of a unit inverter's threshold, at its input, at each corner.
    """

    spread: Spread | None
    offsets_volts: tuple[float, ...]

    @staticmethod
    def of(tables: Sequence[InverterTable], spread: Spread | None) -> Conditions:
        """Those of the corners of `tables`."""
        offsets = []
        for table in tables:
            up, down = (0.0, 0.0) if spread is None else input_weights(table)
            of_chips = (0.0, 0.0) if spread is None else (spread.up_volts, spread.down_volts)
            offsets.append(math.hypot(up * of_chips[0], down * of_chips[1]))
        return Conditions(spread, tuple(offsets))

    @property
    def corners(self) -> int:
        """How many corners there are."""
        return len(self.offsets_volts)

    @property
    def alike(self) -> bool:
        """Whether there is one corner and all chips are the same."""
        return self.spread is None and self.corners == 1

    def draw(
        self, shapes: Sequence[tuple[int, int]], samples: int, random: torch.Generator
    ) -> tuple[LayerDraw, ...] | None:
        """One batch of crossbars of so many rows and columns; None where chips do not differ."""
        spread = self.spread
        if spread is None:
            return None

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=random)

        return tuple(
            LayerDraw(
                normal(columns, samples),
                normal(columns, samples),
                normal(columns, samples) if spread.read_noise else None,
                normal(rows, columns) if spread.cells else None,
                torch.rand((rows, columns), generator=random)
                if spread.stuck_low or spread.stuck_high
                else None,
            )
            for rows, columns in shapes
        )


ONE_CHIP = Conditions(None, (0.0,))


def as_made(cells: Tensor, drawn: LayerDraw, spread: Spread) -> Tensor:
    """Programmed cells (R, M) in siemens as they come out, as `imnnc.physics.chips.draw` has it.

    Their gradients are those of the cells that can be programmed.
    """
    if drawn.cells is not None:
        if spread.lognormal:
            factors = torch.exp(spread.cells * drawn.cells - spread.cells**2 / 2)
        else:
            factors = (1 + spread.cells * drawn.cells).clamp(min=LEAST_FACTOR)
        cells = cells * factors
    if drawn.stuck is not None:
        cells = torch.where(drawn.stuck < spread.stuck_low, spread.low_siemens, cells)
        cells = torch.where(drawn.stuck > 1 - spread.stuck_high, spread.high_siemens, cells)
    return cells
