"""How a finished network does on chips and at corners, by their exact operating points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from imnnc.design import TrainSpec
from imnnc.engine.device import PROCESSOR
from imnnc.methods.training import Samples, score
from imnnc.physics.chips import ChipSolver, Spread, draw
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices, apart
from imnnc.physics.network import NetworkParameters
from imnnc.physics.table import InverterTable

# Chips at least, more of them where samples are few, so that decisions are this many or chips so.
_CHIPS, _DECISIONS, _MOST_CHIPS = 16, 2000, 100
_SAMPLES = 1000
# Seeds of a source end below it: chips that judge are none of those that are tested.
_OWN_SEEDS = 1 << 32


class Judge:
    """Scores networks by the mean over chips of validation samples, the same chips for all."""

    def __init__(
        self,
        tables: Sequence[InverterTable],
        spread: Spread | None,
        samples: Samples,
        spec: TrainSpec,
        device: str = PROCESSOR.name,
    ) -> None:
        """`tables` are of the corners, `spread` is how chips differ; None: they do not."""
        self._solvers = [
            ChipSolver(Inverter(table), Devices(apart(table)), device=device) for table in tables
        ]
        self._spread = spread or Spread()
        self._inputs = samples.inputs[:_SAMPLES].astype(np.float64)
        self._targets = samples.targets[:_SAMPLES]
        chips = max(_CHIPS, min(_MOST_CHIPS, math.ceil(_DECISIONS / len(self._inputs))))
        at_each = 1 if spread is None else math.ceil(chips / len(tables))
        self._chips = at_each * len(tables)
        self._spec = spec

    def score(self, parameters: NetworkParameters) -> float:
        """Accuracy, or minus the MSE in V^2.

        A sample without an operating point is decided wrongly.
        """
        found = []
        for number in range(self._chips):
            chip = draw(parameters, self._spread, _OWN_SEEDS + self._spec.seed, number)
            solver = self._solvers[number % len(self._solvers)]
            points = solver.solve(chip, self._inputs)
            known = points.converged
            of_chip = score(points.layers[-1].minus[known], self._targets[known], self._spec)
            found.append(of_chip * known.mean() if self._spec.loss == "cross_entropy" else of_chip)
        return float(np.mean(found))
