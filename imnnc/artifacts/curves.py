"""What the inverter is known by: model files, its tables, the curves fitted to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imnnc.design import Memristor
from imnnc.limits import OPTIONAL
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveNode, Curves


@dataclass(frozen=True)
class ModelFiles:
    """Every file that a simulator reads of a technology.

    A `Technology` names its library and what goes before it; a library may include more.
    """

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class UnmeasuredMemristor:
    """A memristor as the source has it, whose cells are of a model that has yet to be measured."""

    memristor: Memristor


@dataclass(frozen=True)
class InverterTables:
    """The unit inverter at the corner of the design, then at each further one."""

    tables: tuple[InverterTable, ...]

    @property
    def design(self) -> InverterTable:
        """The table that the network is designed with."""
        return self.tables[0]


@dataclass(frozen=True)
class VtcModels:
    """The curves at the corner of the design, then at each further one."""

    models: tuple[Curves, ...]

    @property
    def design(self) -> Curves:
        """The curves that the network is designed with."""
        return self.models[0]


@dataclass(frozen=True)
class MissedCurve:
    """How far a fitted curve is off; `node` is `minus` or `plus`."""

    corner: str
    node: CurveNode
    rms_volts: float
    max_volts: float
    supply_volts: float


@dataclass(frozen=True)
class CurveCandidates:
    """Curves to choose among: one a nominal point where a method has such, else just one.

    None where a fit has missed.
    """

    candidates: tuple[VtcModels, ...]
    missed: MissedCurve | None = field(default=None, metadata=OPTIONAL)

    def values(self, name: str, chosen: Mapping[str, float]) -> tuple[float, ...]:
        """What a field is in the nominal points that have the `chosen` values, in their order."""
        points = (candidate.design.point for candidate in self._with(chosen))
        return tuple(dict.fromkeys(getattr(point, name) for point in points if point is not None))

    def at(self, chosen: Mapping[str, float]) -> VtcModels:
        """The first curves whose nominal point has the `chosen` values."""
        return self._with(chosen)[0]

    def _with(self, chosen: Mapping[str, float]) -> list[VtcModels]:
        return [
            candidate
            for candidate in self.candidates
            if all(getattr(candidate.design.point, name) == chosen[name] for name in chosen)
        ]
