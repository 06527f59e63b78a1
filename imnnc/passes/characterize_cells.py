"""The pass that has ngspice measure cells whose law is a subcircuit of the user's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from imnnc.artifacts.curves import ModelFiles, UnmeasuredMemristor
from imnnc.design import Memristor, Network, Technology
from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.simulate.ngspice import ngspice_version
from imnnc.units import engineering

_FAR_VOLTS = 1e-4
_LEAST_VOLTS = 1e-9  # to which ngspice solves


@dataclass(frozen=True)
class CharacterizeCells(Pass):
    """The memristor with what its cells carry, measured by ngspice."""

    name: ClassVar[str] = "characterize-cells"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Technology, ModelFiles, Network, UnmeasuredMemristor)
    provides: ClassVar[tuple[type, ...]] = (Memristor,)

    def outside(self) -> tuple[object, ...]:
        """The simulator."""
        return (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Measure, and say how well the law that is solved is the model's."""
        from imnnc.simulate.cells import measure_cells

        memristor = inputs[UnmeasuredMemristor].memristor
        model = memristor.model
        assert model is not None
        found = measure_cells(
            inputs[Technology],
            memristor,
            model,
            with_leaks=any(layer.unformed for layer in inputs[Network].layers),
            timeout_seconds=context.timeout_seconds,
        )
        sines = found.model.sines
        law = f"(g / b) sinh(b V), b = {sines[0].per_volt:.4g} / V"
        if len(sines) > 1:
            law = f"a sum of {len(sines)} hyperbolic sines"
        is_far = found.off_volts > _FAR_VOLTS
        context.warn(
            Diagnostic(
                "IM309",
                f"cells of `{model.subcircuit}` are solved as {law}, which is ngspice's to within"
                f" {engineering(max(found.off_volts, _LEAST_VOLTS), 'V')} across a cell",
                model.span,
                help="errors of prediction have that in them" if is_far else None,
                severity="warning" if is_far else "note",
            )
        )
        parasitics = replace(memristor.parasitics, model=found.model)
        return (replace(memristor, model=None, parasitics=parasitics),)
