"""The passes that fit the curves of the inverter: LATIM's networks, PHAX's and RIM's tangents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from typing import ClassVar

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.design import Memristor, Network
from imnnc.diagnostics import Span, fail
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.limits import SEED
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import (
    CurveNetwork,
    VtcModel,
)

# Of the supply: 0.3 mV and 2 mV between rails of +-0.25 V.
RMS_LIMIT = 1.2e-3
MAX_LIMIT = 8e-3


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
        """Fit, and refuse curves that miss.

        Raises:
            CompileError: IM330, for the first that does.
        """
        models = self.fitted(inputs[InverterTables].tables, context)
        for model in sorted(models, key=lambda model: model.corner):
            self._check(model.corner, "minus", model.minus)
            self._check(model.corner, "plus", model.plus)
        return (CurveCandidates((VtcModels(models),)),)

    def fitted(self, tables: Sequence[InverterTable], context: Context) -> tuple[VtcModel, ...]:
        """The curves of every table, as near as they come, all fitted on the workers at once."""
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
        return tuple(
            VtcModel(t.corner, fitted[t.corner, "minus"], fitted[t.corner, "plus"]) for t in tables
        )

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


def _fit(options: FitVtc, table: InverterTable, which: str) -> CurveNetwork:
    from imnnc.physics.curve_fit import curve_scales, fit_curve
    from imnnc.physics.threads import one_thread

    with one_thread():
        return fit_curve(
            table,
            curve_scales(table, options.g_max_siemens),
            hidden=options.hidden,
            terms=options.terms,
            rounds=options.rounds,
            seed=2 * options.seed + (which == "plus"),
        )
