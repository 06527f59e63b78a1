"""The pass that turns a programmed network into a circuit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.circuit.ir import Circuit
from imnnc.design import Network, Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.physics.network import CrossbarProgram


@dataclass(frozen=True)
class Netlist(Pass):
    """The circuit of the network, free of any dialect.

    A cell that is not formed is a resistor of its leak.  Without `leaks` it is not there: the
    netlist has fewer devices, in every dialect, and verification knows it.
    """

    leaks: bool = True
    name: ClassVar[str] = "netlist"
    version: ClassVar[int] = 3
    requires: ClassVar[tuple[type, ...]] = (CrossbarProgram, Technology, Network)
    provides: ClassVar[tuple[type, ...]] = (Circuit,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Build the modules from the inverter to the network."""
        from imnnc.circuit.build import build_circuit

        program, network = inputs[CrossbarProgram], inputs[Network]
        return (build_circuit(program, network, inputs[Technology], leaks=self.leaks),)
