"""The pass that writes what is to be programmed into the memristors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from imnnc.emit.programming import PROGRAM_FOLDER, Format, write_program
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.files.files import read_json, write_json
from imnnc.limits import OPTIONAL
from imnnc.physics.network import CrossbarProgram
from imnnc.pulses import PulsePlan

_CHIP = 0  # that programming is simulated of


@dataclass(frozen=True)
class ProgrammingFiles(Files):
    """An index, and each cell in the formats that were asked for; or no file at all."""

    def pulses(self) -> dict[str, Any] | None:
        """What writing and verifying comes to; None: it was not simulated."""
        from imnnc.measure.programming import PULSES_FILE

        name = f"{PROGRAM_FOLDER}/{PULSES_FILE}"
        if all(entry.name != name for entry in self.entries):
            return None
        found: dict[str, Any] = read_json(self.folder / name)
        return {key: value for key, value in found.items() if key != "schema"}


@dataclass(frozen=True)
class EmitProgramming(Pass):
    """The programming files, in the formats that are asked for; none where none is.

    With a plan of pulses programming is simulated, once over all cells of one chip.
    """

    formats: tuple[Format, ...] = ("csv", "npz")
    plan: PulsePlan | None = field(default=None, metadata=OPTIONAL)
    name: ClassVar[str] = "emit-programming"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (CrossbarProgram,)
    provides: ClassVar[tuple[type, ...]] = (ProgrammingFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write them."""
        folder, program = context.new_folder(), inputs[CrossbarProgram]
        if self.formats:
            write_program(program, folder, self.formats, self.plan)
        if self.formats and self.plan is not None:
            from imnnc.measure.failed import FAILED_FILE, write_failed
            from imnnc.measure.programming import PULSES_FILE, programming_figures
            from imnnc.physics.write_verify import write_verify

            written = tuple(write_verify(self.plan, program, _CHIP))
            place = folder / PROGRAM_FOLDER
            write_json(place / PULSES_FILE, programming_figures(self.plan, written, _CHIP))
            write_failed(place / FAILED_FILE, program, written)
        return (ProgrammingFiles.collect(folder),)
