"""Netlists for Xyce.

Its rules, from the Xyce Reference Guide (7.x): parameters of a `.SUBCKT` and of an `X` line stand
behind `PARAMS:`; expressions in braces; `.LIB "file" entry` selects a corner; tolerances belong to
packages, `.OPTIONS DEVICE` (with the temperature and `GMIN`) and `.OPTIONS NONLIN`; every analysis
wants its `.PRINT`, and a one-point `.DC` prints an operating point, where `.OP` writes to the log
alone.  BSIM4 is level 14 and 54; a transistor takes `M=`.
"""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.circuit.ir import Parameter, Testbench
from imnnc.emit.dialect import Dialect


@dataclass(frozen=True)
class _Xyce(Dialect):
    def format_parameters(self, parameters: tuple[Parameter, ...]) -> list[str]:
        words = super().format_parameters(parameters)
        return ["PARAMS:", *words] if words else []

    def format_options(self, testbench: Testbench) -> str:
        given = {x.name: self.format_value(x.value) for x in testbench.options}
        # What is left of Kirchhoff's law is a current; a step of Newton's is a voltage.
        return f"abstol={given['vntol']} reltol={given['reltol']} rhstol={given['abstol']}"


XYCE = _Xyce("xyce")
