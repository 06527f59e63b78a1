"""What programming a chip by pulses comes to: how many they are, and which cells fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from imnnc.measure.verification import rounded
from imnnc.physics.network import FloatArray, IntArray
from imnnc.physics.write_verify import Written
from imnnc.pulses import PulsePlan

PULSES_FILE = "pulses.json"


def programming_figures(plan: PulsePlan, written: Sequence[Written], chip: int) -> dict[str, Any]:
    """The content of `pulses.json`, SI units, six digits.

    Errors are those of what cells conduct, not of what was read, relative to their targets, and of
    the cells that did not fail.  One cell is written after another; null is what nothing is known
    of, and the time is that of pulses alone where a read has none.
    """
    spec, pulses = plan.spec, plan.pulses
    counts, reads = (np.concatenate([getattr(x, y) for x in written]) for y in ("pulses", "reads"))
    failed, stuck = (np.concatenate([getattr(x, y) for x in written]) for y in ("failed", "stuck"))
    seconds = None
    if pulses.width_seconds is not None:
        seconds = counts.sum() * pulses.width_seconds + reads.sum() * (pulses.read_seconds or 0.0)
    joules = [x.joules for x in written if x.joules is not None]
    found: dict[str, Any] = rounded(
        {
            "seed": spec.seed,
            "chip": chip,
            "tolerance": spec.tolerance,
            "first_guess": spec.first_guess,
            "most_tries": spec.most_tries,
            "cells": len(counts),
            "failed": int(failed.sum()),
            "stuck": int(stuck.sum()),
            "failed_stuck": int((failed & stuck).sum()),
            "pulses": _spread(counts),
            "reads": _spread(reads),
            "error": _errors(written),
            "time_s": seconds,
            "reads_timed": pulses.read_seconds is not None,
            "cells_energy_j": float(sum(x.sum() for x in joules)) if joules else None,
            "layers": [
                {
                    "name": x.name,
                    "cells": len(x.pulses),
                    "failed": int(x.failed.sum()),
                    "pulses": _spread(x.pulses),
                    "error": _errors([x]),
                }
                for x in written
            ],
        }
    )
    return found


def _spread(counts: IntArray) -> dict[str, float | int]:
    """Of whole numbers: the mean, what 95 of 100 do not exceed, and the largest."""
    if not len(counts):
        return {"mean": 0.0, "most_of_95_percent": 0, "max": 0}
    tail = np.quantile(counts, 0.95, method="inverted_cdf")
    return {
        "mean": float(counts.mean()),
        "most_of_95_percent": int(tail),
        "max": int(counts.max()),
    }


def _errors(written: Sequence[Written]) -> dict[str, float] | None:
    """Of the cells that did not fail; None: all did."""
    parts: list[FloatArray] = [(x.siemens / x.targets - 1)[~x.failed] for x in written]
    errors = np.concatenate(parts)
    if not len(errors):
        return None
    return {"rms": float(np.sqrt((errors**2).mean())), "max": float(np.abs(errors).max())}
