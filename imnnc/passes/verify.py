"""The pass that has ngspice simulate the emitted files, and compares with the prediction.

Everything comes from the files: netlists and cells from their text, the prediction from
`params.npz`, samples and tolerances from `stimuli.npz`.  So `verify_folder` does the same in a
compile and for an output folder that somebody was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from imnnc.design import Network
from imnnc.diagnostics import CompileError
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.files.files import write_json
from imnnc.measure.verification import Verification
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import ParameterFiles
from imnnc.simulate.driver import Driver
from imnnc.simulate.ngspice import ngspice_version

if TYPE_CHECKING:
    from imnnc.measure.simulation import Simulation


@dataclass(frozen=True)
class VerificationFiles(Files):
    """`verify.json`."""


def simulation(driver: Driver, reduce: bool, context: Context) -> Simulation:
    """How a pass simulates, with what it is given to do so."""
    from imnnc.measure.simulation import Simulation

    return Simulation(
        driver,
        reduce,
        context.jobs,
        context.timeout_seconds,
        context.progress,
        context.workers,
    )


@dataclass(frozen=True)
class Verify(Pass):
    """Operating points of the samples, and a transient, at every corner that was asked for.

    `driver` `pyspice` simulates in worker processes, `ngspice` starts ngspice.  `reduce`
    replaces the first crossbar by its exact Thévenin equivalents.
    """

    driver: Driver = "pyspice"
    reduce: bool = False
    name: ClassVar[str] = "verify"
    version: ClassVar[int] = 7
    requires: ClassVar[tuple[type, ...]] = (NgspiceFiles, ParameterFiles, Network)
    provides: ClassVar[tuple[type, ...]] = (Verification, VerificationFiles)

    def outside(self) -> tuple[object, ...]:
        """The simulator that measures."""
        return (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Lay the files out as the output folder will have them, and simulate those."""
        from imnnc.measure.folder import VERIFICATION_FILE, located, verify_folder

        folder = context.new_folder()
        inputs[NgspiceFiles].copy_to(folder)
        inputs[ParameterFiles].copy_to(folder)
        try:
            verification = verify_folder(
                folder,
                sha256=None,
                simulation=simulation(self.driver, self.reduce, context),
            )
        except CompileError as error:
            raise located(error, inputs[Network]) from error
        for warning in verification.warnings(inputs[Network].span):
            context.warn(warning)
        written = context.new_folder()
        write_json(written / VERIFICATION_FILE, verification.to_json())
        return verification, VerificationFiles.collect(written)
