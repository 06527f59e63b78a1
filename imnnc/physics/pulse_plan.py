"""What is planned for each cell before it is programmed by pulses."""

from __future__ import annotations

import numpy as np

from imnnc.design import Memristor
from imnnc.physics.network import BoolArray, FloatArray, IntArray, ProgrammedCrossbar
from imnnc.pulses import PulsePlan
from imnnc.tasks import ProgramSpec


def plan_of(memristor: Memristor, spec: ProgramSpec) -> PulsePlan:
    """How the cells of a device are programmed; it has to say what a pulse does."""
    assert memristor.pulses is not None, "the language asks for it"
    return PulsePlan(
        spec,
        memristor.pulses,
        memristor.conductance_min_siemens,
        memristor.conductance_max_siemens,
        memristor.read_noise,
        memristor.stuck_low,
        memristor.stuck_high,
    )


def cells_of(crossbar: ProgrammedCrossbar) -> tuple[FloatArray, BoolArray]:
    """Targets (2, N + P, M) in siemens, those of the plus rows first, and which are formed."""
    targets = 1 / np.stack([crossbar.ohms_plus, crossbar.ohms_minus])
    formed = np.ones(targets.shape, dtype=np.bool_)
    if crossbar.formed_plus is not None and crossbar.formed_minus is not None:
        formed = np.stack([crossbar.formed_plus, crossbar.formed_minus])
    return targets, formed


def first_guess(plan: PulsePlan, targets: FloatArray) -> IntArray:
    """How many set pulses are given before the first read; `targets` are in siemens.

    A part of those that bring a cell whose steps are all as they should be to within the tolerance
    of its target, from below.
    """
    spec, pulses = plan.spec, plan.pulses
    span = plan.high_siemens - plan.low_siemens
    goal = targets * (1 - spec.tolerance) - plan.low_siemens
    shares = np.clip(goal / span, 0.0, 1.0)
    step, saturation = pulses.set_step_siemens / span, pulses.set_saturation
    # A step is s (1 - a u) at u, so u after n pulses is (1 - (1 - a s)^n) / a.
    if saturation * step < 1e-9:
        whole = shares / step
    elif saturation * step >= 1:  # the first pulse goes all the way, and beyond
        whole = np.zeros_like(shares)
    else:
        left = np.maximum(1 - saturation * shares, np.finfo(np.float64).tiny)
        whole = np.log(left) / np.log1p(-saturation * step)
    # A whole number that rounding has left just below itself is that number.
    return np.floor(spec.first_guess * whole + 1e-9).astype(np.int64)
