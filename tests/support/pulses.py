"""A device whose pulses are known, and cells to be programmed by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imnnc.physics.network import CrossbarProgram, FloatArray, ProgrammedCrossbar
from imnnc.pulses import PulsePlan, Pulses
from imnnc.tasks import ProgramSpec

LOW, HIGH = 1.2e-7, 1e-6
SPAN = HIGH - LOW
# Every step of every cell is as it should be.
EXACT = Pulses(2e-8, 0.8, 2e-8, 0.8, 0.0, 0.0)
PLAN = PulsePlan(ProgramSpec(0.01, 0.8, 200), EXACT, LOW, HIGH)


def plan(
    *,
    spec: dict[str, object] | None = None,
    device: dict[str, object] | None = None,
    **others: object,
) -> PulsePlan:
    """The plan with some of its numbers changed."""
    return replace(
        PLAN,
        spec=replace(PLAN.spec, **(spec or {})),  # type: ignore[arg-type]
        pulses=replace(PLAN.pulses, **(device or {})),  # type: ignore[arg-type]
        **others,  # type: ignore[arg-type]
    )


def cells(siemens: FloatArray, name: str = "hidden") -> CrossbarProgram:
    """One crossbar (2, N + P, M) of such cells, all of them formed."""
    ohms = 1 / siemens
    width = siemens.shape[2]
    crossbar = ProgrammedCrossbar(name, ohms[0], ohms[1], None, None)
    return CrossbarProgram("tio2", 0.0, (crossbar,), (np.ones(width),), (np.ones(width),))


def column(siemens: list[float]) -> CrossbarProgram:
    """Cells of one column on plus rows; those on minus rows are at the least conductance."""
    plus = np.array(siemens)[:, None]
    return cells(np.stack([plus, np.full_like(plus, LOW)]))
