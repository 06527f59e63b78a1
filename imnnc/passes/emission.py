"""What passes that write a circuit have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from imnnc.artifacts.curves import InverterTables, ModelFiles
from imnnc.artifacts.stored import Stimuli
from imnnc.circuit.ir import Circuit, Testbench
from imnnc.design import MethodName, Network, Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.physics.network import CrossbarProgram

if TYPE_CHECKING:
    from imnnc.emit.dialect import Header


@dataclass(frozen=True)
class EmitCircuit(Pass):
    """A pass that writes the circuit; `method` and `source_sha256` are for the header of files."""

    method: MethodName
    source_sha256: str
    requires: ClassVar[tuple[type, ...]] = (
        Circuit,
        CrossbarProgram,
        Network,
        Technology,
        ModelFiles,
        InverterTables,
        Stimuli,
    )

    def header(self, inputs: Artifacts) -> Header:
        """What the head of each file says."""
        from imnnc.emit.dialect import Header

        technology = inputs[Technology]
        return Header(
            inputs[Network].name,
            self.method,
            technology.name,
            technology.corner,
            self.source_sha256,
        )

    def testbench(
        self, inputs: Artifacts, guesses: tuple[tuple[str, float], ...] = ()
    ) -> Testbench:
        """The circuit in its testbench; the first sample is the stimulus."""
        from imnnc.circuit.build import build_testbench

        return build_testbench(
            inputs[Circuit],
            inputs[Network],
            inputs[Technology],
            stimulus_volts=inputs[Stimuli].inputs_volts[0],
            # The read-out is the gate of an inverter of size 1.
            load_farads=inputs[InverterTables].design.input_farads,
            guesses=guesses,
        )
