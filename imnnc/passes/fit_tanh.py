"""The pass that fits the curves of PHAX and RIM: one hyperbolic tangent an inverter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.design import TrainSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context


@dataclass(frozen=True)
class FitTanh(Pass):
    """One hyperbolic tangent for V- and one for V+, at every nominal point to choose among.

    They follow the inverter's table as well as a tangent can; how well is in the summary.
    """

    spec: TrainSpec
    name: ClassVar[str] = "fit-vtc"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Fit all points at all corners; the points follow from the design's corner."""
        from imnnc.methods.choice import METHODS
        from imnnc.physics.tanh_fit import fit_tanh_pair

        tables = inputs[InverterTables]
        method = METHODS[self.spec.method]
        assert method.points is not None, "methods of tangents have a nominal point"
        points = method.points(self.spec, tables.design)
        candidates = []
        for done, point in enumerate(points):
            context.progress.update(done / len(points))
            pairs = (fit_tanh_pair(table, point) for table in tables.tables)
            candidates.append(VtcModels(tuple(pairs)))
        return (CurveCandidates(tuple(candidates)),)
