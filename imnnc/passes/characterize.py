"""The pass that has ngspice measure the unit inverter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from imnnc.artifacts.curves import InverterTables, ModelFiles
from imnnc.design import Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.simulate.ngspice import ngspice_version


@dataclass(frozen=True)
class Characterize(Pass):
    """Tables of the unit inverter, measured by ngspice.

    `corners` are those to measure besides the technology's own.
    """

    corners: tuple[str, ...] = ()
    name: ClassVar[str] = "characterize"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (Technology, ModelFiles)
    provides: ClassVar[tuple[type, ...]] = (InverterTables,)

    def outside(self) -> tuple[object, ...]:
        """The simulator: another version may have other models."""
        return (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Measure one corner after the other."""
        from imnnc.simulate.characterize import characterize

        technology = inputs[Technology]
        corners = list(dict.fromkeys((technology.corner, *self.corners)))
        tables = []
        for index, corner in enumerate(corners):
            context.progress.update(index / len(corners), f"corner {corner}")
            tables.append(
                characterize(
                    replace(technology, corner=corner), timeout_seconds=context.timeout_seconds
                )
            )
        return (InverterTables(tuple(tables)),)
