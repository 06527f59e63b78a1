"""Names in the user's terms for what a netlist consists of.

A resistor between row `plus_14` and column `net_7` in module `crossbar_hidden` is the cell of
row 14 and column 7 of crossbar `hidden`; the instance `xhidden_minus_12` is INV1 of neuron 12.
Netlists that were not written by this compiler have other names; their parts are called by those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from imnnc.check.netlist.deck import TOP, VALUE, Deck, Device, Module, Value
from imnnc.check.result import Difference
from imnnc.circuit.names import CELL, CELL_OHMS, crossbar_instance
from imnnc.units import engineering

SETTINGS = "settings"
TESTBENCH = "testbench"
NETLIST = "netlist"
# Where wires have resistance, a cell is at a place of its row and at one of its column.
_AT = r"(?:_at_[0-9]+|_driven)?"
_ROW = re.compile(rf"(?:.*_)?(?P<polarity>plus|minus)_(?P<row>[0-9]+){_AT}")
_BIAS_ROW = re.compile(rf"(?:crossbar_.+_)?bias_(?P<polarity>plus|minus)(?:_pair_[0-9]+)?{_AT}")
# The net of a row may be that of several bias pairs: which it is, the name of the cell says.
_PAIR = re.compile(r".*bias_(?:plus|minus)_pair_(?P<pair>[0-9]+)_[0-9]+")
_COLUMN = re.compile(r"(?:(?P<layer>.+)_)?net_(?P<column>[0-9]+)(?:_at_[0-9]+)?")
_INLINED = re.compile(r"crossbar_(?P<layer>.+)_(?P=layer)")
_CELL = crossbar_instance(CELL)  # the module of cells that are no resistors
# What the resistance of a cell is called, be it a resistor or an instance of that module.
RESISTANCES = (VALUE, CELL_OHMS)
_CROSSBAR = re.compile(r"crossbar_(?P<layer>.+)")
_INVERTER = re.compile(r"x(?P<layer>.+)_(?P<output>minus|plus)_(?P<column>[0-9]+)")
_INVERTERS = {"minus": "INV1", "plus": "INV2"}
_UNITS = {"r": "ohm", "c": "F", "l": "H", "v": "V", "i": "A", ".nodeset": "V", ".ic": "V"}
_MOST_CELLS = 3  # that are named one by one
_KNOWN_NETS = 1 << 14  # rows and columns, each of which has many cells


@dataclass(frozen=True)
class Cell:
    """The place of a cell in a crossbar; rows are numbered, or `bias`, then `bias_1`."""

    layer: str
    row: str
    column: int
    polarity: str

    def __str__(self) -> str:
        return f"row {self.row} column {self.column}"


@lru_cache(_KNOWN_NETS)
def _column(net: str) -> re.Match[str] | None:
    return _COLUMN.fullmatch(net)


@lru_cache(_KNOWN_NETS)
def _row(net: str) -> re.Match[str] | None:
    return _BIAS_ROW.fullmatch(net) or _ROW.fullmatch(net)


@lru_cache(_KNOWN_NETS)
def _inlined(name: str) -> str:
    return _INLINED.sub(r"\g<layer>", name)


def cell(module: Module, device: Device) -> Cell | None:
    """Where in which crossbar a device is, None where it is not a cell."""
    layer = layer_of_cell(module, device)
    if layer is None:
        return None
    first, second = device.nets
    if _column(first):
        first, second = second, first
    column, row = _column(second), _row(first)
    assert column is not None
    assert row is not None
    pair = _PAIR.fullmatch(device.name)
    name = row.groupdict().get("row") or (f"bias_{pair['pair']}" if pair else "bias")
    return Cell(layer, name, int(column["column"]), row["polarity"])


def layer_of_cell(module: Module, device: Device) -> str | None:
    """In which crossbar a device is a cell, None where it is none."""
    is_cell = device.kind == "r" or (device.kind == "x" and device.model == _CELL)
    if not is_cell or len(device.nets) != 2:
        return None
    first, second = device.nets
    if _column(first):
        first, second = second, first
    column = _column(second)
    if column is None or _row(first) is None:
        return None
    inside = _CROSSBAR.fullmatch(module.name)
    if inside:
        return inside["layer"]
    outside = column["layer"]
    return _inlined(outside) if outside else None


def part(deck: Deck, module: Module, device: Device) -> str:
    """The part of the network that a device belongs to: what a test case is about."""
    layer = layer_of_cell(module, device)
    if layer is not None:
        return f"crossbar {layer}"
    inverter = _inverter(deck, device)
    if inverter is not None:
        return f"neurons {inverter['layer']}"
    return part_of_module(module)


def part_of_module(module: Module) -> str:
    """The part that a module's own devices belong to."""
    if module.name == TOP:
        return TESTBENCH
    crossbar = _CROSSBAR.fullmatch(module.name)
    return f"crossbar {crossbar['layer']}" if crossbar else f"module {module.name}"


def parts(deck: Deck) -> list[str]:
    """Every part of a network, as its netlist has them."""
    found = dict.fromkeys([SETTINGS, TESTBENCH])
    for module in (*deck.modules.values(), deck.top):
        found[part_of_module(module)] = None
        found.update(dict.fromkeys(part(deck, module, device) for device in module.devices))
    found.update(dict.fromkeys(name for name, _ in deck.libraries))
    return list(found)


def named(deck: Deck, module: Module, device: Device) -> tuple[str, str]:
    """How a line begins that is about a device, and what the device is called in it."""
    place = cell(module, device)
    if place is not None:
        return f"crossbar {place.layer}", f"cell {place}"
    inverter = _inverter(deck, device)
    if inverter is not None:
        return f"neuron {inverter['layer']} {inverter['column']}", _INVERTERS[inverter["output"]]
    return part_of_module(module), device.name


def missing(deck: Deck, module: Module, device: Device, verb: str = "missing") -> Difference:
    """A device of a deck that the other one does not have, or `added` to it."""
    start, name = named(deck, module, device)
    text = f"{start}: {name} is {verb}{_suffix(cell(module, device))}"
    return Difference(part(deck, module, device), text)


def changed(
    deck: Deck, module: Module, device: Device, what: str, now: Value, was: Value
) -> Difference:
    """A property of a device that is not what it was."""
    start, name = named(deck, module, device)
    unit = _UNITS.get(device.kind, "") if what == VALUE else ""
    text = f"{start}: {what} of {name} is {shown(now, unit)}, was {shown(was, unit)}"
    return Difference(part(deck, module, device), text)


def moved(
    deck: Deck, module: Module, device: Device, terminal: str, now: str, was: str
) -> Difference:
    """A terminal of a device that is at another net."""
    start, name = named(deck, module, device)
    text = f"{start}: {terminal} of {name} is at {now}, was at {was}"
    return Difference(part(deck, module, device), text)


def conductances(layer: str, total: int, found: list[tuple[Cell, float]]) -> Difference:
    """Cells of a crossbar whose conductance has changed by these ratios, less one."""
    place, worst = max(found, key=lambda each: abs(each[1]))
    verb = "differs" if len(found) == 1 else "differ"
    text = (
        f"crossbar {layer}: {len(found):,} of {total:,} conductances {verb},"
        f" largest {percent(worst)} at {place}{_suffix(place)}"
    )
    return Difference(f"crossbar {layer}", text)


def cells_gone(
    deck: Deck, found: list[tuple[Module, Device]], verb: str = "missing"
) -> list[Difference]:
    """Cells that are missing or added: the first few by name, the others by their number."""
    named_ones = [missing(deck, module, device, verb) for module, device in found[:_MOST_CELLS]]
    if len(found) > _MOST_CELLS:
        name = part(deck, *found[0])
        text = f"{name}: {len(found) - _MOST_CELLS:,} more cells are {verb}"
        named_ones.append(Difference(name, text))
    return named_ones


def percent(ratio: float) -> str:
    """A relative difference in per cent, with two digits and no exponent."""
    return f"{float(f'{abs(ratio) * 100:.2g}'):g} %"


def shown(value: Value, unit: str = "") -> str:
    """A value as a person writes it: enough digits to tell it from its neighbour."""
    if isinstance(value, str):
        return value
    if unit in ("F", "H"):
        return engineering(value, unit)
    return f"{value:.9g} {unit}".rstrip()


def _suffix(place: Cell | None) -> str:
    return "" if place is None else f" ({place.polarity})"


def _inverter(deck: Deck, device: Device) -> re.Match[str] | None:
    """The name of an inverter, None for what is not one or not called like one."""
    found = _INVERTER.fullmatch(device.name)
    return found if deck.is_module(device) else None
