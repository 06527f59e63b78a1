"""Netlists for Spectre in its own language.

Its rules, from the Spectre User Guide (Netlist Statements) and the Spectre Reference (include):
`name (nets) master parameter=value`, case counts, `//` begins a comment, `\\` at its end has a line
go on, parameters of a `subckt` are declared by a `parameters` line in it, and an expression needs
no quotes; a `bsource` carries one.  `include "file" section=name` reads one section of a library,
in SPICE's language unless the file says otherwise or is called `*.scs`; SPICE's libraries of
corners can be read so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.circuit.ir import (
    Capacitor,
    CellArray,
    Include,
    Instance,
    Item,
    ModelCell,
    Module,
    Resistor,
    SinhResistor,
    Testbench,
    Transistor,
    Value,
    VoltageSource,
)
from imnnc.circuit.names import CELL_OHMS
from imnnc.circuit.transistors import letter_of
from imnnc.emit.dialect import Dialect
from imnnc.emit.lines import wrap


@dataclass(frozen=True)
class _Spectre(Dialect):
    comment: ClassVar[str] = "//"
    suffix: ClassVar[str] = "scs"
    cells_suffix: ClassVar[str] = "scs"

    def wrap(self, line: str) -> str:
        """A logical line as lines of at most 100 columns, each but the last ending in `\\`."""
        return wrap(line, before="    ", after=" \\")

    def format_value(self, value: Value) -> str:
        if isinstance(value, float | int):
            return self.format_number(value)
        return self.format_expression(value)

    def format_include(self, include: Include, network: str) -> str:
        section = f" section={include.section}" if include.section is not None else ""
        return f'include "{include.file}"{section}'

    def format_module_start(self, module: Module) -> list[str]:
        lines = [f"subckt {module.name} ({' '.join(module.ports)})"]
        if module.parameters:
            lines.append(" ".join(["parameters", *self.format_parameters(module.parameters)]))
        return lines

    def format_module_end(self, module: Module) -> str:
        return f"ends {module.name}"

    def format_item(self, item: Item, network: str) -> str:
        nets = f"({' '.join(item.nets)})"
        match item:
            case Resistor():
                return f"R{item.name} {nets} resistor r={self.format_number(item.ohms)}"
            case SinhResistor():
                return f"B{item.name} {nets} bsource i={self.format_sinh(item)}"
            case Capacitor():
                return f"C{item.name} {nets} capacitor c={self.format_number(item.farads)}"
            case VoltageSource():
                # A source is constant unless its `type` says otherwise.
                return f"V{item.name} {nets} vsource dc={self.format_value(item.volts)}"
            case Transistor():
                words = [f"{letter_of(item)}{item.name}", nets, item.device]
                return " ".join([*words, *self.format_size(item)])
            case Instance() | ModelCell():
                parameters = self.format_parameters(item.parameters)
                return " ".join([f"X{item.name}", nets, item.of, *parameters])
            case CellArray():
                return self.format_reading(self.cells_name(network, item.name))

    def format_reading(self, file: str) -> str:
        return f'include "{file}"'

    def format_cell(self, name: str, row: str, column: str, of: str | None = None) -> str:
        if of is not None:
            return f"X{name} ({row} {column}) {of} {CELL_OHMS}=%r"
        return f"R{name} ({row} {column}) resistor r=%r"

    def format_options(self, testbench: Testbench) -> str:
        given = {x.name: self.format_value(x.value) for x in testbench.options}
        return (
            f"reltol={given['reltol']} vabstol={given['vntol']} iabstol={given['abstol']}"
            f" gmin={given['gmin']}"
            f" temp={self.format_number(testbench.temperature_celsius)}"
        )


SPECTRE = _Spectre("spectre")
