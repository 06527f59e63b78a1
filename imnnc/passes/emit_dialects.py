"""The pass that writes the circuit for other tools than ngspice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from imnnc.circuit.ir import Circuit
from imnnc.design import Method, Network, Technology
from imnnc.engine.artifacts import Artifacts, Files
from imnnc.engine.base import Pass
from imnnc.engine.context import Context
from imnnc.passes.characterize import InverterTables, ModelFiles
from imnnc.passes.stimuli import Stimuli
from imnnc.physics.network import CrossbarProgram

DialectName = Literal["hspice", "spectre", "xyce", "ltspice", "cdl", "veriloga", "verilog"]


@dataclass(frozen=True)
class DialectFiles(Files):
    """Netlists and models in other languages than ngspice's; or no file at all."""


@dataclass(frozen=True)
class EmitDialects(Pass):
    """The files of each dialect that is asked for besides ngspice's; none where none is.

    `method` and `source_sha256` are for the header of each file.
    """

    method: Method
    source_sha256: str
    dialects: tuple[DialectName, ...] = ()
    name: ClassVar[str] = "emit-dialects"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (
        Circuit,
        CrossbarProgram,
        Network,
        Technology,
        ModelFiles,
        InverterTables,
        Stimuli,
    )
    provides: ClassVar[tuple[type, ...]] = (DialectFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write the files; the first sample is the stimulus of each testbench."""
        from imnnc.circuit.build import build_testbench
        from imnnc.emit.dialect import Header
        from imnnc.emit.dialects import Subject, write_dialect

        network, technology = inputs[Network], inputs[Technology]
        table = inputs[InverterTables].design
        subject = Subject(
            build_testbench(
                inputs[Circuit],
                network,
                technology,
                stimulus_volts=inputs[Stimuli].inputs_volts[0],
                load_farads=table.input_farads,
            ),
            technology,
            inputs[CrossbarProgram].memristor,
            table,
            Header(
                network.name, self.method, technology.name, technology.corner, self.source_sha256
            ),
        )
        folder = context.new_folder()
        for dialect in self.dialects:
            write_dialect(dialect, subject, folder)
        return (DialectFiles.collect(folder),)
