"""The pass that has ngspice simulate the emitted files, and compares with the prediction.

Everything comes from the files: netlists and cells from their text, the prediction from
`params.npz`, samples and tolerances from `stimuli.npz`.  So `verify_folder` does the same in a
compile and for an output folder that somebody was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal

from imnnc.circuit.names import crossbar_instance, crossbar_module
from imnnc.design import Network
from imnnc.diagnostics import CompileError, Diagnostic, Span
from imnnc.emit.files import write_json
from imnnc.engine.artifacts import Artifacts, Files
from imnnc.engine.base import Pass
from imnnc.engine.context import Context, Progress
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.parameters import ParameterFiles
from imnnc.passes.verification import Verification
from imnnc.simulate.ngspice import ngspice_version

Driver = Literal["pyspice", "ngspice"]
VERIFICATION_FILE = "verify.json"


@dataclass(frozen=True)
class VerificationFiles(Files):
    """`verify.json`."""


@dataclass(frozen=True)
class Verify(Pass):
    """Operating points of the samples, and a transient, at every corner that was asked for.

    `driver` `pyspice` simulates in worker processes, `ngspice` starts ngspice.  `reduce`
    replaces the first crossbar by its exact Thévenin equivalents.
    """

    driver: Driver = "pyspice"
    reduce: bool = False
    name: ClassVar[str] = "verify"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (NgspiceFiles, ParameterFiles, Network)
    provides: ClassVar[tuple[type, ...]] = (Verification, VerificationFiles)

    def outside(self) -> tuple[object, ...]:
        """The simulator that measures."""
        return (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Lay the files out as the output folder will have them, and simulate those."""
        folder = context.new_folder()
        inputs[NgspiceFiles].copy_to(folder)
        inputs[ParameterFiles].copy_to(folder)
        try:
            verification = verify_folder(
                folder,
                driver=self.driver,
                jobs=context.jobs,
                reduce=self.reduce,
                timeout_seconds=context.timeout_seconds,
                progress=context.progress,
            )
        except CompileError as error:
            raise located(error, inputs[Network]) from error
        written = context.new_folder()
        write_json(written / VERIFICATION_FILE, verification.to_json())
        return verification, VerificationFiles.collect(written)


def verify_folder(
    folder: Path,
    *,
    driver: Driver,
    jobs: int,
    reduce: bool,
    timeout_seconds: float,
    progress: Progress,
) -> Verification:
    """Simulate the network in an output folder, and compare with its prediction.

    Args:
        folder: an output folder, or one with the netlists, models and parameters of one.
        driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
        jobs: number of processes.
        reduce: replace the first crossbar by its Thévenin equivalents; three samples are
            simulated with the whole crossbar as well, which must come out the same.
        timeout_seconds: limit for loading a deck, and for each few samples.
        progress: told how far it is.

    Raises:
        CompileError: IM510 to IM514 where a file is missing or damaged, IM601 to IM607 where the
            simulator fails, IM620 where reduced and full deck disagree.
    """
    from imnnc.passes.bench import Bench

    with TemporaryDirectory(prefix="imnnc-verify-") as scratch:
        return Bench(
            folder.resolve(), Path(scratch), driver, jobs, reduce, timeout_seconds, progress
        ).verify()


def located(error: CompileError, network: Network) -> CompileError:
    """The same error, pointing at the layer whose nodes the simulator's messages name."""

    def place(diagnostic: Diagnostic) -> Diagnostic:
        if diagnostic.span is not None:
            return diagnostic
        return replace(diagnostic, span=_span_of_nodes(diagnostic.notes, network))

    return CompileError(*map(place, error.diagnostics), exit_code=error.exit_code)


def _span_of_nodes(notes: Iterable[str], network: Network) -> Span | None:
    text = "\n".join(notes).lower()
    for layer in network.layers:
        name, crossbar = re.escape(layer.name.lower()), crossbar_instance(layer.name).lower()
        whole = re.escape(crossbar_module(network.name, layer.name).lower())
        # Subcircuits had no name of the network before theirs in earlier versions.
        parts = rf"{whole}|x?{re.escape(crossbar)}|{name}_(net|minus|plus)_\d+"
        if re.search(rf"(?<![a-z0-9_])({parts})\b", text):
            return layer.span
    return network.span
