"""Circuits as netlists in SPICE's language.

Dialects exist because simulators differ in small things: how an expression is quoted, whether
parameters want a keyword, how many ports a subcircuit may have.  `Dialect` is what most of them
share; one of them overrides its differences.  Templates hold the layout: those of a dialect's own
folder stand before those of the folder `spice`, which all share.  `write_*` makes files,
`format_*` returns text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import jinja2
import numpy as np

from imnnc.circuit.check import (
    check_circuit,
    check_model_name,
    check_name,
    check_network_name,
)
from imnnc.circuit.inline import inline_wide_modules
from imnnc.circuit.ir import (
    Capacitor,
    CellArray,
    Circuit,
    Include,
    Instance,
    Item,
    ModelCell,
    Module,
    Parameter,
    Reference,
    Resistor,
    Scaled,
    SinhResistor,
    Testbench,
    Transistor,
    Value,
    VoltageSource,
)
from imnnc.circuit.names import CELL_OHMS, VDD
from imnnc.circuit.transistors import card, format_number, size_words
from imnnc.emit.lines import wrap
from imnnc.files.files import new_text
from imnnc.resources import template_environment
from imnnc.version import __version__

# Times the number per volt of a law; between rails it is at most 10 (`imnnc.lang.laws`).
_STRAIGHT_FROM = 12
NO_LIMIT = 1 << 30  # of ports, where a simulator's manual knows none
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[A-Za-z0-9.+!-]+")


@dataclass(frozen=True)
class Header:
    """What the comment at the head of every file says of its origin."""

    network: str
    method: str
    technology: str
    corner: str
    source_sha256: str
    version: str = __version__

    def __post_init__(self) -> None:
        # Each becomes a part of a comment line; a line end in one would end the comment.
        for name in (self.network, self.method, self.technology):
            check_name(name)
        check_model_name(self.corner)
        if not _SHA256.fullmatch(self.source_sha256) or not _VERSION.fullmatch(self.version):
            raise ValueError(f"header {self.source_sha256!r} {self.version!r}")


@dataclass(frozen=True)
class Dialect:
    """SPICE as most simulators read it."""

    name: str
    largest_ports: int = NO_LIMIT  # that a subcircuit may have
    comment: ClassVar[str] = "*"  # what a line of comment begins with
    suffix: ClassVar[str] = "sp"  # of the netlist and the testbench
    cells_suffix: ClassVar[str] = "inc"
    cells_apart: ClassVar[bool] = True  # each crossbar's in a file of its own

    def write_netlist(
        self,
        circuit: Circuit,
        folder: Path,
        header: Header,
        models: Iterable[str] | None = None,
    ) -> list[str]:
        """Write the design under test and its cells; the names of the files in `folder`.

        `models` are the lines that bring the models, in place of the cards that read them.
        Fails with IM510 where a file cannot be written, with IM500 and IM501 for names.
        """
        circuit = self.reachable(check_circuit(circuit))
        check_network_name(circuit.name, (self.name,), circuit.span)
        arrays = [x for module in circuit.modules for x in module.items if isinstance(x, CellArray)]
        is_open = len(circuit.top.ports) > self.largest_ports
        self._write(
            folder / self.netlist_name(circuit.name),
            "netlist.sp.j2",
            header,
            circuit=circuit,
            models=self.format_includes(circuit) if models is None else models,
            modules=circuit.modules[:-1] if is_open else circuit.modules,
            open=circuit.top if is_open else None,
        )
        names = [self.netlist_name(circuit.name)]
        for cells in arrays if self.cells_apart else ():
            names.append(self.cells_name(circuit.name, cells.name))
            self.write_cells(cells, folder / names[-1], header)
            if cells.wires is not None:
                names.append(self.wires_name(circuit.name, cells.name))
                self.write_wires(cells, folder / names[-1], header)
            if cells.capacitances is not None:
                names.append(self.capacitances_name(circuit.name, cells.name))
                self.write_capacitances(cells, folder / names[-1], header)
        return names

    def write_testbench(
        self, testbench: Testbench, folder: Path, header: Header, models: Iterable[str] = ()
    ) -> list[str]:
        """Write the testbench of a netlist in the same folder; the names of the files.

        `models` are the lines that bring the models, where the netlist has none.
        Fails with IM510 where a file cannot be written.
        """
        circuit = self.reachable(testbench.circuit)
        items = testbench.items
        if len(circuit.top.ports) > self.largest_ports:
            # The parts of the network stand on the testbench's own nets, by the same names.
            items = tuple(
                item
                for item in items
                if not (isinstance(item, Instance) and item.nets == circuit.top.ports)
            )
        name = self.testbench_name(circuit.name)
        self._write(
            folder / name,
            "testbench.sp.j2",
            header,
            testbench=testbench,
            models=models,
            items=items,
            read_out=read_out(testbench),
            netlist=self.netlist_name(circuit.name),
            guesses=list(self.format_guesses(testbench)),
        )
        return [name]

    def format_guesses(self, testbench: Testbench) -> Iterator[str]:
        """A line for each guess of a net's voltage; none where the dialect has no such thing."""
        return iter(())

    def write_cells(self, cells: CellArray, path: Path, header: Header) -> None:
        """Write one line a cell, a row at a time, so that memory stays flat."""
        layout = self._environment.get_template("cells.inc.j2")
        text = layout.render(header=header, cells=cells, dialect=self)
        with new_text(path) as stream:
            stream.write(text)
            for line in self.format_cell_rows(cells):
                stream.write(line)

    def write_wires(self, cells: CellArray, path: Path, header: Header) -> None:
        """Write one line a driver and a segment of wire."""
        self._write_lines("wires.inc.j2", cells, path, header, self.format_wires(cells))

    def write_capacitances(self, cells: CellArray, path: Path, header: Header) -> None:
        """Write one line a capacitor of wires and cells."""
        lines = self.format_capacitances(cells)
        self._write_lines("capacitances.inc.j2", cells, path, header, lines)

    def _write_lines(
        self, template: str, cells: CellArray, path: Path, header: Header, lines: Iterable[str]
    ) -> None:
        layout = self._environment.get_template(template)
        text = layout.render(header=header, cells=cells, dialect=self)
        with new_text(path) as stream:
            stream.write(text)
            stream.writelines(f"{line}\n" for line in lines)

    def reachable(self, circuit: Circuit) -> Circuit:
        """The circuit without modules that have more ports than this dialect can connect."""
        return inline_wide_modules(circuit, self.largest_ports)

    def netlist_name(self, network: str) -> str:
        """The file of the design under test."""
        return f"{network}.{self.name}.{self.suffix}"

    def testbench_name(self, network: str) -> str:
        """The file of the testbench."""
        return f"{network}.tb.{self.name}.{self.suffix}"

    def cells_name(self, network: str, layer: str) -> str:
        """The file of the cells of one crossbar."""
        return f"{network}.{self.name}.cells.{layer}.{self.cells_suffix}"

    def wires_name(self, network: str, layer: str) -> str:
        """The file of the wires of one crossbar, where they have resistance."""
        return f"{network}.{self.name}.wires.{layer}.{self.cells_suffix}"

    def capacitances_name(self, network: str, layer: str) -> str:
        """The file of the capacitances of one crossbar, where something is said of them."""
        return f"{network}.{self.name}.capacitances.{layer}.{self.cells_suffix}"

    def format_number(self, value: float) -> str:
        """A number in twelve digits, without a suffix."""
        return format_number(value)

    def format_value(self, value: Value) -> str:
        """A number, or an expression."""
        if isinstance(value, float | int):
            return self.format_number(value)
        return f"{{{self.format_expression(value)}}}"

    def format_expression(self, value: Reference | Scaled) -> str:
        """An expression of a parameter, without what is around it."""
        if isinstance(value, Reference):
            return value.parameter
        sign = "/" if value.is_over else "*"
        return f"{self.format_number(value.number)}{sign}{value.parameter}"

    def format_parameters(self, parameters: tuple[Parameter, ...]) -> list[str]:
        """The words that give parameters their values."""
        return [f"{x.name}={self.format_value(x.value)}" for x in parameters]

    def format_options(self, testbench: Testbench) -> str:
        """The tolerances of a testbench, by the names that the simulator has for them."""
        return " ".join(self.format_parameters(testbench.options))

    def format_sweep(self, testbench: Testbench) -> str:
        """A sweep of the upper rail over the one point where it stands."""
        (rail,) = (x for x in testbench.items if isinstance(x, VoltageSource) and x.plus == VDD)
        volts = self.format_value(rail.volts)
        return f"V{rail.name} {volts} {volts} 1"

    def format_includes(self, circuit: Circuit) -> list[str]:
        """The lines that read the models of a circuit."""
        return [self.format_include(include, circuit.name) for include in circuit.includes]

    def format_include(self, include: Include, network: str) -> str:
        """The line that reads device models, of one corner where the file is a library."""
        if include.section is not None:
            return f'.lib "{include.file}" {include.section}'
        return f'.include "{include.file}"'

    def format_module_start(self, module: Module) -> list[str]:
        """The lines that open a subcircuit."""
        parameters = self.format_parameters(module.parameters)
        return [" ".join([".subckt", module.name, *module.ports, *parameters])]

    def format_module_end(self, module: Module) -> str:
        """The line that closes a subcircuit."""
        return f".ends {module.name}"

    def format_lines(self, item: Item, network: str) -> Iterator[str]:
        """The logical lines of an item: one, but for cells that have wires or stand here."""
        if isinstance(item, CellArray) and item.wires is not None:
            yield self.format_reading(self.wires_name(network, item.name))
        if isinstance(item, CellArray) and item.capacitances is not None:
            yield self.format_reading(self.capacitances_name(network, item.name))
        yield self.format_item(item, network)

    def format_item(self, item: Item, network: str) -> str:
        """One logical line: a device, an instance, or the inclusion of a file of cells."""
        nets = " ".join(item.nets)
        match item:
            case Resistor():
                return f"R{item.name} {nets} {self.format_number(item.ohms)}"
            case SinhResistor():
                return f"B{item.name} {nets} i={self.format_sinh(item)}"
            case Capacitor():
                return f"C{item.name} {nets} {self.format_number(item.farads)}"
            case VoltageSource():
                return f"V{item.name} {nets} dc {self.format_value(item.volts)}"
            case Transistor():
                return card(item, self.format_size(item))
            case Instance() | ModelCell():
                parameters = self.format_parameters(item.parameters)
                return " ".join([f"X{item.name}", nets, item.of, *parameters])
            case CellArray():
                return self.format_reading(self.cells_name(network, item.name))

    def format_sinh(self, item: SinhResistor) -> str:
        """The current of a device as an expression in the voltage across it.

        Simulators try voltages on their way that no circuit has, where the sine overflows: beyond
        what is ever across a device it goes on as a straight line.
        """
        per_volt = self.format_number(item.per_volt)
        across = f"{per_volt}*v({item.plus},{item.minus})"
        inside = f"min(max({across},-{_STRAIGHT_FROM}),{_STRAIGHT_FROM})"
        slope = self.format_number(math.cosh(_STRAIGHT_FROM))
        bent = f"(sinh({inside})+{slope}*({across}-{inside}))"
        return f"{bent}/({per_volt}*{self.format_operand(item.ohms)})"

    def format_operand(self, value: Value) -> str:
        """A value within an expression."""
        return self.format_value(value)

    def format_reading(self, file: str) -> str:
        """The line that reads another file of the netlist."""
        return f'.include "{file}"'

    def format_size(self, item: Transistor) -> list[str]:
        """The words of a transistor's geometry and multiplier, in the library's unit."""
        return size_words(item, self.format_value(item.multiplier))

    def wrap(self, line: str) -> str:
        """A logical line as lines of at most 100 columns."""
        return wrap(line)

    def format_cell_rows(self, cells: CellArray) -> Iterator[str]:
        """The cells of a crossbar, the lines of one row at a time.

        Resistances appear in their shortest exact form: the digits that were programmed.
        """
        if cells.wires is not None or not cells.is_complete:
            yield from self._format_single_cells(cells)
            return
        # A row is one `%` on a template of the whole row, which is several times as fast as one
        # formatting a cell. Names are words, so no mark occurs in them.
        columns = enumerate(cells.columns)
        of = None if cells.cell is None else cells.cell.module
        row_template = "".join(
            self.format_cell(f"{cells.prefix}\0_{j}", "\1", column, of) + "\n"
            for j, column in columns
        )
        for name, row, ohms in zip(cells.row_names, cells.rows, cells.ohms, strict=True):
            lines = row_template.replace("\0", name).replace("\1", row) % tuple(ohms.tolist())
            yield lines.replace(".0\n", "\n").replace(".0 ", " ")

    def _format_single_cells(self, cells: CellArray) -> Iterator[str]:
        """The same where each cell has nets of its own, or some are not there."""
        of = None if cells.cell is None else cells.cell.module
        for row, rows, columns, ohms in zip(
            cells.row_names, cells.along_rows(), cells.along_columns(), cells.ohms, strict=True
        ):
            there = np.isfinite(ohms)
            lines = "".join(
                self.format_cell(f"{cells.prefix}{row}_{j}", *nets, of) + "\n"
                for j, nets in enumerate(zip(rows, columns, strict=True))
                if there[j]
            )
            yield (lines % tuple(ohms[there].tolist())).replace(".0\n", "\n").replace(".0 ", " ")

    def format_wires(self, cells: CellArray) -> Iterator[str]:
        """The lines of the drivers and of the segments of wire of a crossbar."""
        return (self.format_item(segment, "") for segment in cells.segments())

    def format_capacitances(self, cells: CellArray) -> Iterator[str]:
        """The lines of the capacitors of a crossbar's wires and cells."""
        return (self.format_item(capacitor, "") for capacitor in cells.capacitors())

    def format_cell(self, name: str, row: str, column: str, of: str | None = None) -> str:
        """A cell with `%r` for its resistance: a resistor, or an instance of the module `of`."""
        if of is not None:
            return f"X{name} {row} {column} {of} {CELL_OHMS}=%r"
        return f"R{name} {row} {column} %r"

    def _write(self, path: Path, template: str, header: Header, **values: object) -> None:
        layout = self._environment.get_template(template)
        with new_text(path) as file:
            file.writelines(layout.stream(header=header, dialect=self, **values))

    @cached_property
    def _environment(self) -> jinja2.Environment:
        environment = template_environment(self.name, "spice")
        environment.filters["wrap"] = self.wrap
        return environment


def read_out(testbench: Testbench) -> tuple[str, ...]:
    """The nets that the read-out's capacitors load: V- of the output layer."""
    return tuple(item.plus for item in testbench.items if isinstance(item, Capacitor))
