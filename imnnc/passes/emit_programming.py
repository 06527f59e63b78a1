"""The pass that writes what is to be programmed into the memristors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.emit.programming import Format, write_program
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.physics.network import CrossbarProgram


@dataclass(frozen=True)
class ProgrammingFiles(Files):
    """An index, and each cell in the formats that were asked for; or no file at all."""


@dataclass(frozen=True)
class EmitProgramming(Pass):
    """The programming files, in the formats that are asked for; none where none is."""

    formats: tuple[Format, ...] = ("csv", "npz")
    name: ClassVar[str] = "emit-programming"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (CrossbarProgram,)
    provides: ClassVar[tuple[type, ...]] = (ProgrammingFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write them."""
        folder = context.new_folder()
        if self.formats:
            write_program(inputs[CrossbarProgram], folder, self.formats)
        return (ProgrammingFiles.collect(folder),)
