"""The pass that puts every cell at a level of the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.training import Quantisation, SizedNetwork
from imnnc.data.dataset import Dataset
from imnnc.design import Memristor, TrainSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.physics.network import CrossbarProgram, NetworkParameters


@dataclass(frozen=True)
class Program(Pass):
    """Conductances within the device's range, at its levels; the network is predicted anew."""

    spec: TrainSpec
    name: ClassVar[str] = "program"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (SizedNetwork, Memristor, VtcModels, Dataset)
    provides: ClassVar[tuple[type, ...]] = (CrossbarProgram, Quantisation)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Program, and predict the test samples before and after."""
        from imnnc.methods.choice import METHODS
        from imnnc.methods.training import score
        from imnnc.physics.memristor import program
        from imnnc.physics.threads import one_thread

        parameters, data = inputs[SizedNetwork].parameters, inputs[Dataset]
        programmed = program(parameters, inputs[Memristor])

        def scored(network: NetworkParameters) -> float:
            model = METHODS[self.spec.method].predictor(network, inputs[VtcModels].design)
            return score(model.predict(data.test_inputs), data.test_targets, self.spec)

        with one_thread():
            before = scored(parameters)
            context.progress.update(0.5)
            after = scored(programmed.parameters())
        return programmed, Quantisation(len(data.test_inputs), before, after)
