"""Netlists in CDL, the circuit description language, for layout against schematic.

Its rules, from Cadence's documentation of CDL Out and auCdl: a subset of SPICE with control
comments, `*.PININFO` for the directions of ports (I, O, B), `*.RESVAL` and `*.CAPVAL` to compare
values, `*.SCALE` for the unit of W and L, `$[model]` behind the value of a resistor for the name
of its device.  No sources, no analyses, no models; the whole design in one file.  No `*.MEGA`: no
number here has a suffix.  The `/` that CDL Out puts before the name of a subcircuit in an X line is
left out, as in SPICE: KLayout's reader takes it for a net.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

from imnnc.circuit.check import check_circuit, check_name
from imnnc.circuit.directions import Direction, port_directions
from imnnc.circuit.ir import (
    CellArray,
    Circuit,
    Instance,
    Item,
    Module,
    Transistor,
    Value,
)
from imnnc.circuit.transistors import geometry
from imnnc.emit.dialect import Dialect, Header

_LETTERS: Mapping[Direction, str] = {"input": "I", "output": "O", "inout": "B"}
_MICRON_METERS = 1e-6
_PINS_A_LINE = 4


@dataclass(frozen=True)
class _Cdl(Dialect):
    name: str = "cdl"
    memristor: str = "memristor"
    scale: Literal["METER", "MICRON"] = "METER"  # the unit of W and L
    cells_apart: ClassVar[bool] = False
    directions: Mapping[str, Mapping[str, Direction]] = field(default_factory=dict)
    suffix: ClassVar[str] = "cdl"

    @classmethod
    def of(cls, circuit: Circuit, memristor: str) -> _Cdl:
        check_name(memristor)
        transistors = [x for m in circuit.modules for x in m.items if isinstance(x, Transistor)]
        microns = all(x.length_unit_meters == _MICRON_METERS for x in transistors)
        return cls(
            memristor=memristor,
            scale="MICRON" if microns else "METER",
            directions=port_directions(check_circuit(circuit)),
        )

    def netlist_name(self, network: str) -> str:
        return f"{network}.{self.suffix}"

    def format_value(self, value: Value) -> str:
        if isinstance(value, float | int):
            return self.format_number(value)
        return self.format_expression(value)

    def format_module_start(self, module: Module) -> list[str]:
        parameters = self.format_parameters(module.parameters)
        start = " ".join([".SUBCKT", module.name, *module.ports, *parameters])
        return [start, *self._pin_lines(module)]

    def _pin_lines(self, module: Module) -> Iterator[str]:
        """Comments cannot be continued, so there is one for every few pins."""
        pins = [f"{net}:{_LETTERS[way]}" for net, way in self.directions[module.name].items()]
        return (
            " ".join(["*.PININFO", *pins[start : start + _PINS_A_LINE]])
            for start in range(0, len(pins), _PINS_A_LINE)
        )

    def format_module_end(self, module: Module) -> str:
        return f".ENDS {module.name}"

    def format_lines(self, item: Item, network: str) -> Iterator[str]:
        if isinstance(item, CellArray):
            yield from self.format_wires(item)
            yield from self.format_capacitances(item)
            for rows in self.format_cell_rows(item):
                yield from rows.splitlines()
        else:
            yield self.format_item(item, network)

    def format_item(self, item: Item, network: str) -> str:
        if isinstance(item, Instance):
            parameters = self.format_parameters(item.parameters)
            return " ".join([f"X{item.name}", *item.nets, item.of, *parameters])
        return super().format_item(item, network)

    def format_size(self, item: Transistor) -> list[str]:
        unit = _MICRON_METERS if self.scale == "MICRON" else 1.0
        sizes = geometry(item, unit).items()
        words = [f"{name.upper()}={self.format_number(x)}" for name, x in sizes]
        return [*words, f"M={self.format_value(item.multiplier)}"]

    def format_cell(self, name: str, row: str, column: str, of: str | None = None) -> str:
        return f"R{name} {row} {column} %r $[{self.memristor}]"


def of_devices(circuit: Circuit) -> Circuit:
    """The circuit whose cells are devices, whatever law they follow: a layout has no more."""
    arrays = [x for m in circuit.modules for x in m.items if isinstance(x, CellArray)]
    laws = {x.cell.module for x in arrays if x.cell is not None}
    modules = [
        replace(
            module,
            items=tuple(
                replace(x, cell=None) if isinstance(x, CellArray) else x for x in module.items
            ),
        )
        for module in circuit.modules
        if module.name not in laws
    ]
    return replace(circuit, modules=tuple(modules))


def write_cdl(circuit: Circuit, memristor: str, folder: Path, header: Header) -> list[str]:
    """Write `<network>.cdl`, in which the cells are devices called `memristor`; its name.

    Fails with IM510 where it cannot be written, with IM500 and IM501 for names.
    """
    bare = replace(of_devices(circuit), includes=())
    return _Cdl.of(bare, memristor).write_netlist(bare, folder, header)
