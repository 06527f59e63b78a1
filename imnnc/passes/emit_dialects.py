"""The pass that writes the circuit for other tools than ngspice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from imnnc.artifacts.curves import InverterTables
from imnnc.design import DialectName, ForeignModels, Technology
from imnnc.engine.base import Artifacts
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.passes.emission import EmitCircuit
from imnnc.physics.network import CrossbarProgram


@dataclass(frozen=True)
class DialectFiles(Files):
    """Netlists and models in other languages than ngspice's; or no file at all."""


@dataclass(frozen=True)
class EmitDialects(EmitCircuit):
    """The files of each dialect that is asked for besides ngspice's; none where none is."""

    dialects: tuple[DialectName, ...] = ()
    foreign: tuple[ForeignModels, ...] = ()  # for dialects that name them
    name: ClassVar[str] = "emit-dialects"
    version: ClassVar[int] = 6
    provides: ClassVar[tuple[type, ...]] = (DialectFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write the files of one dialect after the other."""
        from imnnc.emit.dialects import Subject, write_dialect

        subject = Subject(
            self.testbench(inputs),
            replace(inputs[Technology], foreign=self.foreign),
            inputs[CrossbarProgram].memristor,
            inputs[InverterTables].design,
            self.header(inputs),
        )
        folder = context.new_folder()
        for dialect in self.dialects:
            write_dialect(dialect, subject, folder)
        return (DialectFiles.collect(folder),)
