"""Netlists for LTspice.

Its rules, from LTspice's help (LTspice XVII and 24): `.lib` reads a whole file, where other
simulators select a section of it, so the models of the corner are written into a file of their
own; parameters of a `.subckt` stand behind `params:`; expressions in braces; comments in a line
behind `;`; `.meas op` gives the voltage of a net at the operating point; `numdgt` above 6 has
results in double precision.
"""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.circuit.ir import Include, Module, Testbench
from imnnc.emit.dialect import Dialect


@dataclass(frozen=True)
class _Ltspice(Dialect):
    def models_name(self, network: str) -> str:
        """The file of the models of the corner."""
        return f"{network}.{self.name}.models.inc"

    def format_include(self, include: Include, network: str) -> str:
        return f'.include "{include.file}"'

    def format_module_start(self, module: Module) -> list[str]:
        parameters = self.format_parameters(module.parameters)
        keyword = ["params:"] if parameters else []
        return [" ".join([".subckt", module.name, *module.ports, *keyword, *parameters])]

    def format_options(self, testbench: Testbench) -> str:
        return f"numdgt=15 {super().format_options(testbench)}"


LTSPICE = _Ltspice("ltspice")
