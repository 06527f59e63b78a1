"""The pass that says what chips of the network would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from imnnc.artifacts.curves import InverterTables, ModelFiles
from imnnc.data import Dataset
from imnnc.design import Loss, Memristor, Network, Technology
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.files.files import read_json, write_json
from imnnc.physics.network import CrossbarProgram
from imnnc.simulate.ngspice import ngspice_version
from imnnc.tasks import ChipsSpec

# What a source that says nothing of chips is told: a matter of a second or two.
_OUTLOOK = ChipsSpec(count=20, samples=200)


@dataclass(frozen=True)
class ChipFiles(Files):
    """`chips.json`; no file where nothing is known of how chips differ."""

    def content(self) -> dict[str, Any] | None:
        """What the file says; None: there is none."""
        return read_json(self.folder / self.entries[0].name) if self.entries else None


@dataclass(frozen=True)
class MeasureChips(Pass):
    """Chips of the programmed network, by their exact operating points.

    With a `chips` block of the source, `spec`, as many as that says, gates measured by ngspice as
    far beyond the rails as thresholds bring them.  Without, an outlook: a few chips, by the table
    of the inverter, which ends at the rails.
    """

    spec: ChipsSpec | None
    loss: Loss
    name: ClassVar[str] = "chips"
    version: ClassVar[int] = 2
    on_device: ClassVar[bool] = True
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Technology,
        ModelFiles,
        Memristor,
        InverterTables,
        CrossbarProgram,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (ChipFiles,)

    def outside(self) -> tuple[object, ...]:
        """The simulator that measures gates beyond the rails."""
        return () if self.spec is None else (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Draw, solve and write."""
        from imnnc.engine.workers import Alone
        from imnnc.measure.chips import CHIPS_FILE, ChipPlan, Subject, measure_chips
        from imnnc.measure.silicon import subject_of
        from imnnc.physics.chips import spread_of
        from imnnc.physics.mismatch import apart

        technology, program, data = inputs[Technology], inputs[CrossbarProgram], inputs[Dataset]
        spread = spread_of(technology, inputs[Memristor], self.spec)
        table = inputs[InverterTables].design
        folder = context.new_folder()
        if not spread.causes:
            return (ChipFiles.collect(folder),)
        spec, parameters = self.spec or _OUTLOOK, program.parameters()
        if self.spec is None:
            subject = Subject(parameters, table, apart(table), spread)
        else:
            subject = subject_of(
                technology,
                parameters,
                table,
                spread,
                jobs=context.jobs,
                timeout_seconds=context.timeout_seconds,
            )
        by_cause = self.spec is not None
        plan = ChipPlan.of(spec, data.test_inputs, data.test_targets, self.loss, by_cause)
        figures = measure_chips(
            inputs[Network].name,
            subject,
            plan,
            Alone() if self.spec is None else context.workers,
            context.progress,
            context.device.name,
        )
        write_json(folder / CHIPS_FILE, figures.to_json())
        return (ChipFiles.collect(folder),)
