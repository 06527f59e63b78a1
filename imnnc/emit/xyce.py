"""Netlists for Xyce.

Its rules, from the Xyce Reference Guide, whose text lies in `doc/Reference_Guide` of Xyce's own
repository (`.SUBCKT`, `.LIB`, `.INCLUDE`, `.DC`, the tables of `.OPTIONS`): parameters of a
`.SUBCKT` and of an `X` line stand behind `PARAMS:`; all of a `B` source's expression is in braces;
`.LIB "file" entry` selects a corner, in the way of HSPICE; tolerances belong to packages, `.OPTIONS
DEVICE` (with the temperature and `GMIN`) and `.OPTIONS NONLIN`; a `.DC` wants its `.PRINT DC`.  A
sweep of one point prints an operating point, where `.OP` writes to the log alone.  BSIM4 is level
14 and 54; a transistor takes `M=`.
"""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.circuit.ir import Parameter, SinhResistor, Testbench, Value
from imnnc.circuit.names import CELL_OHMS
from imnnc.emit.dialect import Dialect

_RHSTOL = "1e-12"  # in place of 1e-6


@dataclass(frozen=True)
class _Xyce(Dialect):
    def format_parameters(self, parameters: tuple[Parameter, ...]) -> list[str]:
        words = super().format_parameters(parameters)
        return ["PARAMS:", *words] if words else []

    def format_sinh(self, item: SinhResistor) -> str:
        return f"{{{super().format_sinh(item)}}}"

    def format_operand(self, value: Value) -> str:
        # One pair of braces is around all of the expression.
        if isinstance(value, float | int):
            return self.format_number(value)
        return self.format_expression(value)

    def format_cell(self, name: str, row: str, column: str, of: str | None = None) -> str:
        if of is not None:
            return f"X{name} {row} {column} {of} PARAMS: {CELL_OHMS}=%r"
        return super().format_cell(name, row, column)

    def format_options(self, testbench: Testbench) -> str:
        given = {x.name: self.format_value(x.value) for x in testbench.options}
        # `abstol` and `reltol` weigh a step of Newton's.  `rhstol` is the length of the vector of
        # all that is left of Kirchhoff's laws, volts of sources among it: it cannot be as small.
        return f"abstol={given['vntol']} reltol={given['reltol']} rhstol={_RHSTOL}"


XYCE = _Xyce("xyce")
