"""What a circuit has besides cells that are resistors, in the index of its programming files."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, get_args

from imnnc.files.decoding import check_limits
from imnnc.files.files import Json
from imnnc.files.listing import shown
from imnnc.parasitics import (
    Capacitances,
    CellModel,
    CellQuantity,
    Layout,
    Parasitics,
    Sine,
    Wires,
)

# Others are structures, or with the crossbars.
_NUMBERS = [x for x in fields(Parasitics) if x.name not in ("wires", "capacitances", "model")]


def whole_entries(parasitics: Parasitics) -> dict[str, Json]:
    """What all of a circuit has, by name."""
    values = {x.name: (getattr(parasitics, x.name), x.default) for x in _NUMBERS}
    found: dict[str, Json] = {
        name: value for name, (value, absent) in values.items() if value != absent
    }
    return found if parasitics.model is None else {**found, "model": asdict(parasitics.model)}


def crossbar_entries(parasitics: Parasitics, number: int) -> dict[str, Json]:
    """What one of its crossbars has, by name."""
    found: dict[str, Json] = {}
    wires = parasitics.wires_of(number)
    if wires is not None:
        found["wires"] = {x: value for x, value in asdict(wires).items() if value is not None}
    capacitances = parasitics.capacitances_of(number)
    if capacitances is not None:
        found["capacitances"] = asdict(capacitances)
    return found


def read_parasitics(index: dict[str, Json]) -> Parasitics:
    """All of it; raises what anything but such an index leads to."""
    numbers = {x.name: float(index[x.name]) for x in _NUMBERS if x.name in index}
    wires = tuple(_wires(entry) for entry in index["crossbars"])
    capacitances = tuple(_capacitances(entry) for entry in index["crossbars"])
    return Parasitics(
        **numbers,
        model=_model(index["model"]) if "model" in index else None,
        wires=wires if any(wires) else None,
        capacitances=capacitances if any(capacitances) else None,
    )


def _model(entry: dict[str, Json]) -> CellModel:
    """What cells are, in the entry of the index."""
    sines = tuple(Sine(float(x["per_volt"]), float(x["weight"])) for x in entry["sines"])
    if entry["quantity"] not in get_args(CellQuantity):
        raise ValueError(f"`quantity` of a model cannot be `{entry['quantity']}`")
    words = (str(entry["subcircuit"]), str(entry["parameter"]), entry["quantity"])
    return CellModel(*words, float(entry["unit_value"]), sines)


def _wires(entry: dict[str, Json]) -> Wires | None:
    """The wires of a crossbar's entry."""
    if "wires" not in entry:
        return None
    found: dict[str, Any] = {
        name: value if name == "layout" else float(value) for name, value in entry["wires"].items()
    }
    wires = Wires(**found)
    if wires.layout not in get_args(Layout):
        raise ValueError(f"there is no layout `{shown(wires.layout)}`")
    check_limits(wires)
    return wires


def _capacitances(entry: dict[str, Json]) -> Capacitances | None:
    """Those of a crossbar's entry."""
    if "capacitances" not in entry:
        return None
    found = Capacitances(**{name: float(x) for name, x in entry["capacitances"].items()})
    check_limits(found)
    return found
