"""What the tests of physics and methods lean on, measured and fitted once a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from imnnc.circuit.ir import Reference
from imnnc.circuit.transistors import card, inverter_transistors, size_words
from imnnc.physics.charges import Charges
from imnnc.physics.curve_fit import curve_scales, fit_curve
from imnnc.physics.inverter import Inverter
from imnnc.physics.table import InverterTable
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import CurveNetwork, NominalPoint, TanhPair, VtcModel
from imnnc.scratch import temporary_folder
from imnnc.simulate.characterize import characterize
from imnnc.simulate.charges import measure_charges
from imnnc.simulate.transistors import model_lines
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
def charges() -> Charges:
    """The capacitances of the unit inverter of lvt90, in ngspice."""
    kit = technology()
    with temporary_folder() as folder:
        return measure_charges(inverter_head(folder), "unit", kit.supply_volts, folder, 60)


def inverter_head(folder: Path) -> list[str]:
    """The models, laid out in `folder`, and the unit inverter as a subcircuit called `unit`."""
    kit = technology()
    transistors = inverter_transistors(
        kit, input_net="in", output_net="out", size=Reference("size")
    )
    cards = [card(x, size_words(x, "{size}")) for x in transistors]
    return [*model_lines(kit, folder), ".subckt unit in out vdd vss size=1", *cards, ".ends unit"]


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
