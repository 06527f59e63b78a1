"""The pass that chooses the samples that are simulated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from imnnc.data import Dataset
from imnnc.design import SAMPLES
from imnnc.diagnostics import Diagnostic
from imnnc.engine.artifacts import Artifacts
from imnnc.engine.base import Pass
from imnnc.engine.context import Context
from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class Stimuli:
    """Samples for the simulator, in double precision so that files carry them exactly."""

    inputs_volts: FloatArray  # (S, N), the plus rows
    targets: NDArray[np.float64 | np.int64]  # (S, M) volts at the read-out, or (S,) classes


@dataclass(frozen=True)
class ChooseStimuli(Pass):
    """The first `samples` of the test samples."""

    samples: int = field(default=100, metadata=SAMPLES)
    name: ClassVar[str] = "stimuli"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Dataset,)
    provides: ClassVar[tuple[type, ...]] = (Stimuli,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Take them, and warn where there are fewer."""
        dataset = inputs[Dataset]
        found = len(dataset.test_inputs)
        if found < self.samples:
            context.warn(
                Diagnostic(
                    "IM710",
                    f"{self.samples} samples are to be verified, there are {found} for testing",
                    severity="warning",
                )
            )
        targets = dataset.test_targets[: self.samples]
        exact = np.float64 if targets.dtype.kind == "f" else np.int64
        return (
            Stimuli(dataset.test_inputs[: self.samples].astype(np.float64), targets.astype(exact)),
        )
