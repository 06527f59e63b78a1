"""The pass that chooses the samples that are simulated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from imnnc.artifacts.stored import Stimuli
from imnnc.data import Dataset
from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.limits import SAMPLES


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
