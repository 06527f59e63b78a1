"""What the tests of physics and methods lean on, measured and fitted once a session."""

from __future__ import annotations

from functools import cache

import torch

from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.inverter import Inverter
from imnnc.physics.table import InverterTable
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import CurveNetwork, NominalPoint, TanhPair, VtcModel
from imnnc.simulate.characterize import characterize
from tests.support.networks import technology

SUPPLY_VOLTS = 0.25
# Loads a unit size up to here are known to the curves below.
LARGEST_LOAD_SIEMENS = 4e-6


@cache
def table(corner: str = "tt") -> InverterTable:
    """The unit inverter of lvt90, in ngspice."""
    return characterize(technology(corner=corner))


@cache
def inverter() -> Inverter:
    return Inverter(table())


@cache
def curves(corner: str = "tt") -> VtcModel:
    """Curve networks as the compiler's, but smaller: within a millivolt, in seconds."""
    minus, plus = (_curve(corner, seed) for seed in (1, 2))
    return VtcModel(corner, minus, plus)


@cache
def tangents(
    size: float = 5, load_ohms: float = 0.9e6, resistor_ohms: float | None = None
) -> TanhPair:
    """The curves of PHAX, or with a resistor those of RIM."""
    return fit_tanh_pair(table(), NominalPoint(size, load_ohms, resistor_ohms))


def _curve(corner: str, seed: int) -> CurveNetwork:
    scales = curve_scales(table(corner), LARGEST_LOAD_SIEMENS)
    with one_thread():
        return fit_curve(table(corner), scales, hidden=10, terms=4, rounds=1, seed=seed)


def volts(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)
