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
    version: ClassVar[int] = 1
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
        from imnnc.physics.chips import reach_volts, spread_of
        from imnnc.physics.mismatch import apart
        from imnnc.simulate.characterize import characterize_devices

        technology, program, data = inputs[Technology], inputs[CrossbarProgram], inputs[Dataset]
        spread, table = spread_of(technology, inputs[Memristor]), inputs[InverterTables].design
        folder = context.new_folder()
        if not spread.causes:
            return (ChipFiles.collect(folder),)
        spec, parameters = self.spec or _OUTLOOK, program.parameters()
        devices = apart(table)
        if self.spec is not None:
            reach = reach_volts(parameters, spread)
            limit = context.timeout_seconds
            devices = characterize_devices(technology, reach, timeout_seconds=limit)
        by_cause = self.spec is not None
        plan = ChipPlan.of(spec, data.test_inputs, data.test_targets, self.loss, by_cause)
        figures = measure_chips(
            inputs[Network].name,
            Subject(parameters, table, devices, spread),
            plan,
            Alone() if self.spec is None else context,
            context.progress,
        )
        write_json(folder / CHIPS_FILE, figures.to_json())
        return (ChipFiles.collect(folder),)
