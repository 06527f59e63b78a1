"""The pass that finds what a teacher answers to the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from imnnc.artifacts.training import StartingModel, Taught
from imnnc.data.dataset import Dataset
from imnnc.design import Network, TrainSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.passes.train import validated


@dataclass(frozen=True)
class Teach(Pass):
    """Asks the model that training begins at; without one, a wider perceptron is trained first.

    That one sees the samples that the network is trained with, and none of those that judge it.
    """

    spec: TrainSpec
    name: ClassVar[str] = "teach"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Network, StartingModel, Dataset)
    provides: ClassVar[tuple[type, ...]] = (Taught,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Train the teacher where it is the compiler's own, and ask it."""
        from imnnc.methods.start import answers_of
        from imnnc.methods.teacher import answers_of_teacher

        model, loss = inputs[StartingModel].model, self.spec.loss
        samples, _ = validated(self.spec, inputs[Dataset], Taught())
        if model is not None:
            answers = answers_of(model, samples.inputs, loss)
        else:
            answers = answers_of_teacher(
                samples, inputs[Network].widths, loss, self.spec.seed, context.progress.update
            )
        return (Taught(answers.astype(np.float32)),)
