"""The pass of a method that fits nothing: the tables themselves are its curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.physics.vtc import TableModel


@dataclass(frozen=True)
class TakeTable(Pass):
    """Equilibrium fits nothing: it solves the circuit with the inverter's table itself."""

    name: ClassVar[str] = "fit-vtc"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Hand the tables of all corners on."""
        models = (TableModel(table) for table in inputs[InverterTables].tables)
        return (CurveCandidates((VtcModels(tuple(models)),)),)
