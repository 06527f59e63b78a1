"""Stored parameters: `params.npz`, from which a network is predicted and compiled again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE, Stimuli, StoredNetwork, TestPlan
from imnnc.artifacts.training import SizedNetwork, Sizing, TrainingHistory, Tuning
from imnnc.circuit.ir import CellArray, Circuit
from imnnc.design import Loss, MethodName, Network, Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.artifact import write_artifact
from imnnc.files.codec import Files
from imnnc.physics.network import CrossbarProgram
from imnnc.tasks import VerifySpec


@dataclass(frozen=True)
class ParameterFiles(Files):
    """`params.npz` and `stimuli.npz`."""


@dataclass(frozen=True)
class EmitParameters(Pass):
    """What predicting, verifying and compiling again need, in two files."""

    method: MethodName
    loss: Loss
    spec: VerifySpec
    name: ClassVar[str] = "emit-parameters"
    version: ClassVar[int] = 4
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Technology,
        InverterTables,
        SizedNetwork,
        CrossbarProgram,
        VtcModels,
        Tuning,
        TrainingHistory,
        Sizing,
        Stimuli,
        Circuit,
    )
    provides: ClassVar[tuple[type, ...]] = (ParameterFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write them."""
        folder = context.new_folder()
        stored = StoredNetwork(
            self.method,
            inputs[SizedNetwork].parameters,
            inputs[CrossbarProgram],
            inputs[VtcModels],
            inputs[Tuning],
            inputs[TrainingHistory],
            inputs[Sizing],
            inputs[InverterTables].design,
        )
        write_artifact(folder / PARAMETERS_FILE, "network", stored)
        technology = inputs[Technology]
        plan = TestPlan(
            inputs[Network],
            tuple(dict.fromkeys((technology.corner, *self.spec.corners))),
            technology.supply_volts,
            self.loss,
            self.spec,
            inputs[Stimuli],
            _without_leaks(inputs[Circuit]),
        )
        write_artifact(folder / STIMULI_FILE, "plan", plan)
        return (ParameterFiles.collect(folder),)


def _without_leaks(circuit: Circuit) -> bool | None:
    """Whether a circuit leaves cells out; None where it does not."""
    arrays = [x for module in circuit.modules for x in module.items if isinstance(x, CellArray)]
    return None if all(cells.is_complete for cells in arrays) else True
