"""Circuits as netlists in SPICE's language.

Dialects exist because simulators differ in small things: how an expression is quoted, whether
parameters want a keyword, how many ports a subcircuit may have.  `Dialect` is what most of them
share; one of them overrides its differences and brings its own templates, which hold the
layout.  `write_*` makes files, `format_*` returns text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2

from imnnc import __version__
from imnnc.circuit.check import check_circuit, check_model_name, check_name
from imnnc.circuit.inline import inline_wide_modules
from imnnc.circuit.ir import (
    Capacitor,
    CellArray,
    Circuit,
    Instance,
    Item,
    Module,
    Reference,
    Resistor,
    Testbench,
    Transistor,
    Value,
    VoltageSource,
)
from imnnc.emit.files import new_text
from imnnc.resources import resource

_LINE_WIDTH = 100
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
    largest_ports: int  # that a subcircuit may have

    def write_netlist(self, circuit: Circuit, folder: Path, header: Header) -> list[str]:
        """Write the design under test and its cells; the names of the files in `folder`.

        Fails with IM510 where a file cannot be written, with IM500 and IM501 for names.
        """
        circuit = self.reachable(check_circuit(circuit))
        arrays = [x for module in circuit.modules for x in module.items if isinstance(x, CellArray)]
        is_open = len(circuit.top.ports) > self.largest_ports
        self._write(
            folder / self.netlist_name(circuit.name),
            "netlist.sp.j2",
            header,
            circuit=circuit,
            modules=circuit.modules[:-1] if is_open else circuit.modules,
            open=circuit.top if is_open else None,
        )
        names = [self.netlist_name(circuit.name)]
        for cells in arrays:
            names.append(self.cells_name(circuit.name, cells.name))
            self.write_cells(cells, folder / names[-1], header)
        return names

    def write_testbench(self, testbench: Testbench, folder: Path, header: Header) -> list[str]:
        """Write the testbench of a netlist in the same folder; the names of the files.

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
            items=items,
            netlist=self.netlist_name(circuit.name),
            guesses=list(self.format_guesses(testbench)),
        )
        return [name]

    def format_guesses(self, testbench: Testbench) -> Iterator[str]:
        """A line for each guess of a net's voltage; none where the dialect has no such thing."""
        return iter(())

    def write_cells(self, cells: CellArray, path: Path, header: Header) -> None:
        """Write one line a cell, a row at a time, so that memory stays flat."""
        text = self._environment.get_template("cells.inc.j2").render(header=header, cells=cells)
        with new_text(path) as stream:
            stream.write(text)
            for line in self.format_cell_rows(cells):
                stream.write(line)

    def reachable(self, circuit: Circuit) -> Circuit:
        """The circuit without modules that have more ports than this dialect can connect."""
        return inline_wide_modules(circuit, self.largest_ports)

    def netlist_name(self, network: str) -> str:
        """The file of the design under test."""
        return f"{network}.{self.name}.sp"

    def testbench_name(self, network: str) -> str:
        """The file of the testbench."""
        return f"{network}.tb.{self.name}.sp"

    def cells_name(self, network: str, layer: str) -> str:
        """The file of the cells of one crossbar."""
        return f"{network}.{self.name}.cells.{layer}.inc"

    def format_number(self, value: float) -> str:
        """A number in plain exponents: `M` is milli to some simulators, and mega to people.

        Twelve digits keep what matters and drop the noise of binary fractions.
        """
        return f"{value + 0.0:.12g}"  # + 0.0: no negative zero

    def format_value(self, value: Value) -> str:
        """A number, or an expression."""
        if isinstance(value, Reference):
            return f"{{{value.parameter}}}"
        return self.format_number(value)

    def format_module_start(self, module: Module) -> str:
        """The line that opens a subcircuit."""
        parameters = [f"{x.name}={self.format_value(x.value)}" for x in module.parameters]
        return " ".join([".subckt", module.name, *module.ports, *parameters])

    def format_module_end(self, module: Module) -> str:
        """The line that closes a subcircuit."""
        return f".ends {module.name}"

    def format_item(self, item: Item, network: str) -> str:
        """One logical line: a device, an instance, or the inclusion of a file of cells."""
        nets = " ".join(item.nets)
        match item:
            case Resistor():
                return f"R{item.name} {nets} {self.format_number(item.ohms)}"
            case Capacitor():
                return f"C{item.name} {nets} {self.format_number(item.farads)}"
            case VoltageSource():
                return f"V{item.name} {nets} dc {self.format_number(item.volts)}"
            case Transistor():
                letter = "X" if item.is_subcircuit else "M"
                width = self.format_number(item.width_meters / item.length_unit_meters)
                length = self.format_number(item.length_meters / item.length_unit_meters)
                return (
                    f"{letter}{item.name} {nets} {item.device} w={width} l={length}"
                    f" m={self.format_value(item.multiplier)}"
                )
            case Instance():
                words = [f"X{item.name}", nets, item.of]
                words += [f"{x.name}={self.format_value(x.value)}" for x in item.parameters]
                return " ".join(words)
            case CellArray():
                return f'.include "{self.cells_name(network, item.name)}"'

    def format_cell_rows(self, cells: CellArray) -> Iterator[str]:
        """The resistors of a crossbar, the lines of one row at a time.

        Resistances appear in their shortest exact form: the digits that were programmed.
        """
        # A row is one `%` on a template of the whole row, which is several times as fast as one
        # formatting a cell. Names are words, so neither mark occurs in them.
        columns = enumerate(cells.columns)
        row_template = "".join(f"R{cells.prefix}\0_{j} \0 {column} %r\n" for j, column in columns)
        for row, ohms in zip(cells.rows, cells.ohms, strict=True):
            lines = row_template.replace("\0", row) % tuple(ohms.tolist())
            yield lines.replace(".0\n", "\n")

    def _write(self, path: Path, template: str, header: Header, **values: object) -> None:
        layout = self._environment.get_template(template)
        with new_text(path) as file:
            file.writelines(layout.stream(header=header, dialect=self, **values))

    @cached_property
    def _environment(self) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(resource("templates") / self.name),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        environment.filters["wrap"] = wrap
        return environment


def wrap(line: str) -> str:
    """A logical line as lines of at most 100 columns, continued with `+`."""
    if len(line) <= _LINE_WIDTH:
        return line
    lines = [""]
    for word in line.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _LINE_WIDTH:
            lines.append("+")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\n".join(lines)
