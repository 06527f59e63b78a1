"""Netlists for HSPICE.

Its rules, from the chapter on input netlist files of the Star-Hspice manual, release 2001.2:
expressions and file names stand in single quotes, `.lib 'file' entry` selects a corner, a
parameter follows the ports of a `.subckt` without a keyword, a `G` with `cur` is a source with an
expression, a line that begins with `+` goes on from the one before, a line has at most 1024
characters.  BSIM4 is level 54 there, so a library that says 14, as ngspice allows, has to be an
HSPICE library to be read.  Tolerances have the names of SPICE2, `GMINDC` besides; `POST` keeps
waveforms and `INGOLD=2` prints exponents.
"""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.circuit.ir import Include, Item, SinhResistor, Testbench, Value
from imnnc.emit.dialect import Dialect


@dataclass(frozen=True)
class _Hspice(Dialect):
    def format_value(self, value: Value) -> str:
        if isinstance(value, float | int):
            return self.format_number(value)
        return f"'{self.format_expression(value)}'"

    def format_include(self, include: Include, network: str) -> str:
        if include.section is not None:
            return f".lib '{include.file}' {include.section}"
        return f".include '{include.file}'"

    def format_item(self, item: Item, network: str) -> str:
        if isinstance(item, SinhResistor):
            return f"G{item.name} {' '.join(item.nets)} cur='{self.format_sinh(item)}'"
        return super().format_item(item, network)

    def format_operand(self, value: Value) -> str:
        # One pair of quotes is around all of the expression.
        if isinstance(value, float | int):
            return self.format_number(value)
        return self.format_expression(value)

    def format_reading(self, file: str) -> str:
        return f".include '{file}'"

    def format_options(self, testbench: Testbench) -> str:
        gmin = next(self.format_value(x.value) for x in testbench.options if x.name == "gmin")
        return f"post ingold=2 numdgt=10 gmindc={gmin} {super().format_options(testbench)}"


HSPICE = _Hspice("hspice")
