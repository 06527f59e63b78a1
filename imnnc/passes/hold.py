"""The pass that measures the energy of an inference at a given hold time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.design import Network
from imnnc.diagnostics import CompileError
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.measure.folder import located
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import ParameterFiles
from imnnc.passes.verify import simulation
from imnnc.simulate.driver import Driver
from imnnc.simulate.ngspice import ngspice_version


@dataclass(frozen=True)
class HoldEnergy:
    """Joules of an inference that lasts `hold_seconds`, averaged over the steps."""

    hold_seconds: float
    rails_joules: float
    all_sources_joules: float


@dataclass(frozen=True)
class MeasureHold(Pass):
    """Energy from the files of a network, when it runs at the speed of another, slower one."""

    hold_seconds: float
    driver: Driver = "pyspice"
    reduce: bool = False
    name: ClassVar[str] = "measure-hold"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (NgspiceFiles, ParameterFiles, Network)
    provides: ClassVar[tuple[type, ...]] = (HoldEnergy,)

    def outside(self) -> tuple[object, ...]:
        """The simulator that measures."""
        return (ngspice_version(),)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Simulate the steps of the transient for one hold time."""
        from imnnc.measure.bench import Bench
        from imnnc.measure.copied import copied

        folder = context.new_folder()
        inputs[NgspiceFiles].copy_to(folder)
        inputs[ParameterFiles].copy_to(folder)
        try:
            with copied(folder, None) as copy:
                bench = Bench(copy, simulation(self.driver, self.reduce, context))
                rails, everything = bench.energies(self.hold_seconds)
        except CompileError as error:
            raise located(error, inputs[Network]) from error
        return (HoldEnergy(self.hold_seconds, rails, everything),)
