"""The pass that writes what people read of a compile, and what programs read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import Quantisation, Sizing, StartingModel, TrainingHistory, Tuning
from imnnc.data import Dataset, Scaling
from imnnc.design import Loss, Memristor, Network, Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.files.files import write_json
from imnnc.measure.verification import Verification
from imnnc.passes.chips import ChipFiles
from imnnc.passes.emit_dialects import DialectFiles
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import ParameterFiles
from imnnc.passes.emit_programming import ProgrammingFiles
from imnnc.passes.verify import VerificationFiles
from imnnc.physics.network import CrossbarProgram

if TYPE_CHECKING:
    from imnnc.measure.likeness import Likeness
    from imnnc.methods.base import Predictor

REPORT_FILE = "report.html"


_FILES = (
    NgspiceFiles,
    DialectFiles,
    ParameterFiles,
    ProgrammingFiles,
    VerificationFiles,
    ChipFiles,
)


@dataclass(frozen=True)
class ReportFiles(Files):
    """`report.html` and `summary.json`."""


@dataclass(frozen=True)
class WriteReport(Pass):
    """Figures of everything that the other passes found, and the list of the files."""

    loss: Loss
    name: ClassVar[str] = "report"
    version: ClassVar[int] = 14
    requires: ClassVar[tuple[type, ...]] = (
        Technology,
        Network,
        Memristor,
        Scaling,
        InverterTables,
        VtcModels,
        Tuning,
        TrainingHistory,
        Sizing,
        CrossbarProgram,
        Quantisation,
        Dataset,
        StartingModel,
        Verification,
        *_FILES,
    )
    provides: ClassVar[tuple[type, ...]] = (ReportFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write both files."""
        from imnnc.measure.guessing import guess
        from imnnc.measure.wires import wire_effect
        from imnnc.physics.threads import one_thread
        from imnnc.report.decisions import decisions
        from imnnc.report.html import write_page
        from imnnc.report.page import draw, explained
        from imnnc.report.schematic import neuron
        from imnnc.report.summary import SUMMARY_FILE, Compiled, summarize
        from imnnc.report.verdict import verdict

        with one_thread():
            effect = wire_effect(
                inputs[CrossbarProgram], inputs[InverterTables].design, inputs[Dataset], self.loss
            )
        compiled = Compiled(
            inputs[Technology],
            inputs[Network],
            inputs[Memristor],
            self.loss,
            inputs[Scaling],
            inputs[VtcModels],
            inputs[Tuning],
            inputs[TrainingHistory],
            inputs[Sizing],
            inputs[CrossbarProgram],
            inputs[Quantisation],
            effect,
            self._likeness(inputs),
            guess(inputs[Dataset], self.loss),
        )
        verified = inputs[Verification]
        found = None
        if self.loss == "cross_entropy":
            with one_thread():
                found = decisions(
                    verified.design,
                    verified.targets,
                    inputs[Dataset],
                    inputs[Scaling],
                    self._predictor(inputs),
                )
        for warning in verdict(
            compiled.network,
            self.loss,
            compiled.guess,
            compiled.quantisation,
            compiled.history,
            found,
        ):
            context.warn(warning)
        chips = inputs[ChipFiles].content()
        emitted = [entry.name for kind in _FILES for entry in inputs[kind].entries]
        summary = summarize(compiled)
        if pulses := inputs[ProgrammingFiles].pulses():
            summary["pulses"] = pulses
        folder = context.new_folder()
        write_json(folder / SUMMARY_FILE, summary)
        write_page(
            folder / REPORT_FILE,
            "report.html.j2",
            {
                "summary": summary,
                "verified": verified.to_json(),
                "missed": verified.missed,
                "inverter": inputs[InverterTables].design,
                "chips": chips,
                "decisions": found,
                "drawn": neuron(inputs[Network], inputs[CrossbarProgram]),
                "figures": draw(compiled, verified, chips),
                "files": explained([*emitted, SUMMARY_FILE, REPORT_FILE]),
            },
        )
        return (ReportFiles.collect(folder),)

    def _likeness(self, inputs: Artifacts) -> Likeness | None:
        from imnnc.measure.likeness import likeness
        from imnnc.physics.threads import one_thread

        model, found = inputs[StartingModel].model, inputs[Verification].design
        if model is None:
            return None
        with one_thread():
            return likeness(model, self._predictor(inputs), inputs[Dataset], found, self.loss)

    def _predictor(self, inputs: Artifacts) -> Predictor:
        from imnnc.methods.choice import METHODS

        method = METHODS[inputs[Verification].method]
        return method.predictor(inputs[CrossbarProgram].parameters(), inputs[VtcModels].design)
