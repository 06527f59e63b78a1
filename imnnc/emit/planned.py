"""Write and verify in programming files: the plan in their index, the first guess for each cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from imnnc.files.decoding import check_limits, stored_fields
from imnnc.files.files import Json
from imnnc.physics.network import IntArray, ProgrammedCrossbar
from imnnc.physics.pulse_plan import cells_of, first_guess
from imnnc.pulses import PulsePlan, Pulses
from imnnc.tasks import ProgramSpec

PLAN_ENTRY = "write_verify"  # of the index
PLAN_COLUMNS = ("pulse", "pulses", "most_tries")
PLAN_MEANING = {
    "tolerance": "relative, on the conductance: a cell that is read within it is done",
    "pulse": "the kind of the first pulses; before them a cell is reset to low_siemens",
    "pulses": "the first guess: how many are given before the first read",
    "most_tries": "reads and pulses in turn after those; a cell that is not done then has failed",
}
_MODEL = "linear_step"
_KIND = "set"  # of first pulses, since cells are reset before


def plan_entry(plan: PulsePlan) -> dict[str, Json]:
    """What the index says of a plan, SI units."""
    device = {x: value for x, value in _said(plan.pulses).items() if value is not None}
    others = {x: value for x, value in _said(plan).items() if x not in ("spec", "pulses")}
    return {**_said(plan.spec), **others, "pulses": {"model": _MODEL, **device}}


def _said(part: PulsePlan | ProgramSpec | Pulses) -> dict[str, Any]:
    kind: Any = type(part)
    return {x.name: getattr(part, x.name) for x in stored_fields(kind)}


def plan_of_entry(entry: dict[str, Json]) -> PulsePlan:
    """The plan of an index; raises what anything but such an entry leads to."""
    device: dict[str, Any] = dict(entry["pulses"])
    if device.pop("model") != _MODEL:
        raise ValueError(f"`model` of pulses must be `{_MODEL}`")
    kind: Any = Pulses
    if unknown := device.keys() - {x.name for x in stored_fields(kind)}:
        raise ValueError(f"pulses have no `{min(unknown)}`")
    numbers: dict[str, Any] = {name: float(value) for name, value in device.items()}
    plan = PulsePlan(
        ProgramSpec(
            float(entry["tolerance"]),
            float(entry["first_guess"]),
            int(entry["most_tries"]),
            int(entry["seed"]),
        ),
        Pulses(**numbers),
        *(float(entry[x]) for x in ("low_siemens", "high_siemens", "read_noise")),
        *(float(entry[x]) for x in ("stuck_low", "stuck_high")),
    )
    for part in (plan, plan.spec, plan.pulses):
        check_limits(part)
    if plan.low_siemens >= plan.high_siemens:
        raise ValueError("`low_siemens` must be less than `high_siemens`")
    return plan


def guesses(plan: PulsePlan, crossbar: ProgrammedCrossbar) -> IntArray:
    """The first pulses of each cell (2, N + P, M); none of cells that are not formed."""
    targets, formed = cells_of(crossbar)
    return np.where(formed, first_guess(plan, targets), 0)


def plan_texts(
    plan: PulsePlan, crossbar: ProgrammedCrossbar, counts: IntArray
) -> Iterator[list[str]]:
    """What a table has of the cells of each row, plus and minus cell side by side."""
    _, formed = cells_of(crossbar)
    nothing = "," * (len(PLAN_COLUMNS) - 1)
    for number in range(counts.shape[1]):
        cells = zip(counts[:, number].T.ravel(), formed[:, number].T.ravel(), strict=True)
        yield [
            f"{_KIND},{count},{plan.spec.most_tries}" if is_formed else nothing
            for count, is_formed in cells
        ]
