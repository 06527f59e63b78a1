"""The passes that fit the curves of the inverter: LATIM's networks, PHAX's and RIM's tangents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from typing import ClassVar

from imnnc.design import SEED, Memristor, Network, TrainSpec
from imnnc.diagnostics import Span, fail
from imnnc.engine.artifacts import Artifacts
from imnnc.engine.base import Pass
from imnnc.engine.context import Context
from imnnc.passes.characterize import InverterTables
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import (
    CurveNetwork,
    Curves,
    NominalPoint,
    TableModel,
    TanhPair,
    VtcModel,
)

# Of the supply: 0.3 mV and 2 mV between rails of +-0.25 V.
RMS_LIMIT = 1.2e-3
MAX_LIMIT = 8e-3


@dataclass(frozen=True)
class VtcModels:
    """The curves at the corner of the design, then at each further one."""

    models: tuple[Curves, ...]

    @property
    def design(self) -> Curves:
        """The curves that the network is designed with."""
        return self.models[0]


@dataclass(frozen=True)
class CurveCandidates:
    """Curves to choose among: one a nominal point where a method has such, else just one."""

    candidates: tuple[VtcModels, ...]

    def values(self, name: str, chosen: Mapping[str, float]) -> tuple[float, ...]:
        """What a field is in the nominal points that have the `chosen` values, in their order."""
        points = (_point(candidate) for candidate in self._with(chosen))
        return tuple(dict.fromkeys(getattr(point, name) for point in points if point is not None))

    def at(self, chosen: Mapping[str, float]) -> VtcModels:
        """The first curves whose nominal point has the `chosen` values."""
        return self._with(chosen)[0]

    def _with(self, chosen: Mapping[str, float]) -> list[VtcModels]:
        return [
            candidate
            for candidate in self.candidates
            if all(getattr(_point(candidate), name) == value for name, value in chosen.items())
        ]


def _point(models: VtcModels) -> NominalPoint | None:
    return models.design.point if isinstance(models.design, TanhPair) else None


def largest_load(network: Network, memristor: Memristor) -> float:
    """The largest load a unit size, in siemens, that any inverter of a network can come to.

    Every cell of its row at the top of the range, its size at the bottom.  Rounded up to a
    power of four of 1 uS, so that networks of about one size share one fit.
    """
    loads = [
        following.width * memristor.conductance_max_siemens / layer.inverter.minimum
        for layer, following in zip(network.layers, network.layers[1:], strict=False)
    ]
    largest = max(loads, default=memristor.conductance_max_siemens)
    steps = math.ceil(math.log(largest / 1e-6, 4) - 1e-9)
    return float(f"{1e-6 * 4.0**steps:.6g}")


@dataclass(frozen=True)
class FitVtc(Pass):
    """Two networks a corner, for V- and for V+, over all loads up to `g_max_siemens` a unit size.

    `hidden` units and `terms` hyperbolic tangents; at most `rounds` of fitting.  The pass
    fails where they are further from the inverter's table than 0.12 % of the supply (RMS) or
    0.8 % (at most): 0.3 mV and 2 mV between rails of +-0.25 V.
    """

    g_max_siemens: float
    hidden: int = 24
    terms: int = 5
    rounds: int = 8
    seed: int = field(default=1, metadata=SEED)
    span: Span | None = field(default=None, compare=False)
    name: ClassVar[str] = "fit-vtc"
    version: ClassVar[int] = 3
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Fit all networks on the workers at once."""
        tables = inputs[InverterTables].tables
        jobs = {
            context.executor.submit(_fit, self, table, which): (table.corner, which)
            for table in tables
            for which in ("minus", "plus")
        }
        fitted: dict[tuple[str, str], CurveNetwork] = {}
        for done, job in enumerate(as_completed(jobs), 1):
            corner, which = jobs[job]
            fitted[corner, which] = network = job.result()
            context.progress.update(
                done / len(jobs),
                f"{corner} V{'-' if which == 'minus' else '+'}: RMS"
                f" {network.rms_error_volts * 1e3:.3f} mV,"
                f" max {network.max_error_volts * 1e3:.2f} mV",
            )
        for (corner, which), network in sorted(fitted.items()):
            self._check(corner, which, network)
        models = (
            VtcModel(t.corner, fitted[t.corner, "minus"], fitted[t.corner, "plus"]) for t in tables
        )
        return (CurveCandidates((VtcModels(tuple(models)),)),)

    def _check(self, corner: str, which: str, network: CurveNetwork) -> None:
        rms, worst = network.rms_error_volts, network.max_error_volts
        supply = network.scales.supply_volts
        rms_limit, worst_limit = RMS_LIMIT * supply, MAX_LIMIT * supply
        if not (rms <= rms_limit and worst <= worst_limit):
            raise fail(
                "IM330",
                f"the curve network of V{'-' if which == 'minus' else '+'} at corner `{corner}`"
                f" misses its target: RMS {rms * 1e3:.3f} mV (at most"
                f" {rms_limit * 1e3:g}), largest {worst * 1e3:.2f} mV (at most"
                f" {worst_limit * 1e3:g})",
                self.span,
                help=f"give it more room: `--set fit-vtc.hidden={self.hidden + 8}`,"
                f" `--set fit-vtc.terms={self.terms + 2}`, or"
                f" `--set fit-vtc.rounds={2 * self.rounds}`",
            )


@dataclass(frozen=True)
class TakeTable(Pass):
    """Equilibrium fits nothing: it solves the circuit with the inverter's table itself."""

    name: ClassVar[str] = "fit-vtc"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Hand the tables of all corners on."""
        models = (TableModel(table) for table in inputs[InverterTables].tables)
        return (CurveCandidates((VtcModels(tuple(models)),)),)


def _fit(options: FitVtc, table: InverterTable, which: str) -> CurveNetwork:
    from imnnc.methods.training import one_thread
    from imnnc.physics.curve_fit import curve_scales, fit_curve

    with one_thread():
        return fit_curve(
            table,
            curve_scales(table, options.g_max_siemens),
            hidden=options.hidden,
            terms=options.terms,
            rounds=options.rounds,
            seed=2 * options.seed + (which == "plus"),
        )


@dataclass(frozen=True)
class FitTanh(Pass):
    """One hyperbolic tangent for V- and one for V+, at every nominal point to choose among.

    They follow the inverter's table as well as a tangent can; how well is in the summary.
    """

    spec: TrainSpec
    name: ClassVar[str] = "fit-vtc"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Fit all points at all corners; the points follow from the design's corner."""
        from imnnc.methods import phax, rim
        from imnnc.physics.tanh_fit import fit_tanh_pair

        tables = inputs[InverterTables]
        method = rim if self.spec.method == "rim" else phax
        points = method.nominal_points(self.spec, tables.design)
        candidates = []
        for done, point in enumerate(points):
            context.progress.update(done / len(points))
            pairs = (fit_tanh_pair(table, point) for table in tables.tables)
            candidates.append(VtcModels(tuple(pairs)))
        return (CurveCandidates(tuple(candidates)),)
