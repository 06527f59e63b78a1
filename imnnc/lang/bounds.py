"""The limits of the words of the language, which are those of the fields that they become."""

from __future__ import annotations

from fractions import Fraction

from imnnc.design import (
    InputPort,
    InverterSizes,
    Layer,
    Memristor,
    Technology,
    TrainSpec,
    Transistor,
)
from imnnc.diagnostics import Span, fail
from imnnc.encoding import DataSpec, Encoding
from imnnc.limits import Bounds, required_bounds, settings_of
from imnnc.parasitics import Capacitances, Parasitics, Wires
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, ProgramSpec, VerifySpec
from imnnc.technology.mismatch import Mismatch
from imnnc.units import PLAIN, ZERO_CELSIUS_KELVIN, Quantity

_KINDS: tuple[type, ...] = (
    Technology,
    Memristor,
    Parasitics,
    Wires,
    DataSpec,
    TrainSpec,
    VerifySpec,
    ChipsSpec,
    Pulses,
    ProgramSpec,
)
_FIELDS: dict[str, tuple[type, str]] = {
    "width": (Layer, "width"),
    "step": (InverterSizes, "step"),
    "layer.unformed": (Layer, "unformed"),
    "bias": (Layer, "bias_pairs"),
    "port": (InputPort, "low_volts"),
    "transistor.width": (Transistor, "width_meters"),
    "transistor.length": (Transistor, "length_meters"),
    "transistor.diffusion": (Transistor, "diffusion_meters"),
    "law": (Parasitics, "sinh_per_volt"),
    "row": (Wires, "row_ohms"),
    "column": (Wires, "column_ohms"),
    "capacitance.row": (Capacitances, "row_farads"),
    "capacitance.column": (Capacitances, "column_farads"),
    "capacitance.cell": (Capacitances, "cell_farads"),
    "mismatch.nmos": (Mismatch, "nmos_volt_meters"),
    "mismatch.pmos": (Mismatch, "pmos_volt_meters"),
    "chips.temperature": (ChipsSpec, "coldest_celsius"),
    "chips.supply": (ChipsSpec, "supply"),
    "program.tolerance": (ProgramSpec, "tolerance"),
    "low": (Memristor, "stuck_low"),
    "high": (Memristor, "stuck_high"),
    "conductance": (Memristor, "conductance_min_siemens"),
    "encoded": (Encoding, "data_low"),
    **{word: (kind, name) for kind in _KINDS for word, name in settings_of(kind).items()},
}


BOUNDS = {word: required_bounds(*place) for word, place in _FIELDS.items()}


def _with_unit(quantity: Quantity, bounds: Bounds) -> str:
    if bounds.dimension == PLAIN:
        return "leave its unit out"
    if quantity.dimension == PLAIN:
        return f"put its unit behind it, as in `1 {bounds.dimension.unit}`"
    return f"give it a unit of its own, as in `1 {bounds.dimension.unit}`"


def within(what: str, quantity: Quantity, bounds: Bounds, span: Span) -> Fraction:
    """The value of a quantity that is what `bounds` ask for; else raise, `what` is its name."""
    if quantity.dimension != bounds.dimension:
        raise fail(
            "IM100",
            f"`{what}` must be {bounds.dimension}, not {quantity.dimension}",
            span,
            help=_with_unit(quantity, bounds),
        )
    value = quantity.value
    if bounds.celsius and not quantity.celsius:
        value -= ZERO_CELSIUS_KELVIN
    if bounds.whole and value.denominator != 1:
        raise fail("IM115", f"`{what}` must be a whole number, not {bounds.show(value)}", span)
    if value not in bounds:
        raise fail(
            "IM114",
            f"`{what}` must be {bounds.range}, not {bounds.show(value)}",
            span,
            notes=[bounds.why] if bounds.why else [],
        )
    return value
