"""The passes that fit the curves of the inverter: LATIM's networks, PHAX's and RIM's tangents."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import as_completed
from contextlib import closing
from dataclasses import dataclass, field
from typing import ClassVar

from imnnc.artifacts.curves import (
    CurveCandidates,
    InverterTables,
    MissedCurve,
    VtcModels,
)
from imnnc.design import Memristor, Network
from imnnc.diagnostics import Span, fail
from imnnc.engine.base import Artifacts, Pass, Provided
from imnnc.engine.context import Context
from imnnc.limits import SEED
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveFit, CurveNetwork, CurveNode, VtcModel

# Of the supply: 0.3 mV and 2 mV between rails of +-0.25 V.
RMS_LIMIT = 1.2e-3
MAX_LIMIT = 8e-3

NODES: tuple[CurveNode, ...] = ("minus", "plus")
_SIGNS: Mapping[CurveNode, str] = {"minus": "-", "plus": "+"}


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
    version: ClassVar[int] = 5
    requires: ClassVar[tuple[type, ...]] = (InverterTables,)
    provides: ClassVar[tuple[type, ...]] = (CurveCandidates,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Fit until all curves are there, or one misses: then what is not begun is not tried."""
        tables = inputs[InverterTables].tables
        fitted: dict[tuple[str, CurveNode], CurveNetwork] = {}
        with closing(self.fitted(tables, context)) as found:
            for corner, node, network in found:
                fitted[corner, node] = network
                if misses(network):
                    break
        missed = max(fitted, key=lambda which: _excess(fitted[which]))
        network = fitted[missed]
        if misses(network):
            errors = network.rms_error_volts, network.max_error_volts
            return (
                CurveCandidates((), MissedCurve(*missed, *errors, network.scales.supply_volts)),
            )
        models = (VtcModel(x.corner, *(fitted[x.corner, node] for node in NODES)) for x in tables)
        return (CurveCandidates((VtcModels(tuple(models)),)),)

    def accept(self, provided: Provided) -> None:
        """Refuse curves that miss.

        Raises:
            CompileError: IM330.
        """
        missed = provided[CurveCandidates].missed
        if missed is None:
            return
        rms_limit, max_limit = (x * missed.supply_volts * 1e3 for x in (RMS_LIMIT, MAX_LIMIT))
        raise fail(
            "IM330",
            f"the curve network of V{_SIGNS[missed.node]} at corner `{missed.corner}` misses its"
            f" target: RMS {missed.rms_volts * 1e3:.3f} mV (at most {rms_limit:g}), largest"
            f" {missed.max_volts * 1e3:.2f} mV (at most {max_limit:g})",
            self.span,
            notes=["curves that would have been fitted after it were not tried"],
            help="`train equilibrium` needs no curves; or give them more room:"
            f" `--set fit-vtc.hidden={self.hidden + 8}`, `--set fit-vtc.terms={self.terms + 2}`, or"
            f" `--set fit-vtc.rounds={2 * self.rounds}`",
        )

    def fitted(
        self, tables: Sequence[InverterTable], context: Context
    ) -> Generator[tuple[str, CurveNode, CurveNetwork]]:
        """The curves of every table, as near as they come: shipped, or fitted on the workers.

        Fitted all at once, in the order in which they are done.  What is not begun when nobody
        asks for more is not.
        """
        from imnnc.physics.shipped import nearest_curve, shipped_curve

        wanted = [(table, node) for table in tables for node in NODES]
        done = 0

        def found(
            table: InverterTable, node: CurveNode, network: CurveNetwork, origin: str
        ) -> tuple[str, CurveNode, CurveNetwork]:
            nonlocal done
            done += 1
            context.progress.update(
                done / len(wanted),
                f"{table.corner} V{_SIGNS[node]}: RMS {network.rms_error_volts * 1e3:.3f} mV,"
                f" max {network.max_error_volts * 1e3:.2f} mV, {origin}",
            )
            return table.corner, node, network

        missing = []
        for table, node in wanted:
            if (known := shipped_curve(table, self.of(node))) is not None:
                yield found(table, node, known, "shipped")
            else:
                missing.append((table, node))
        jobs = {
            context.executor.submit(
                fit, table, self.of(node), nearest_curve(table, self.of(node))
            ): (table, node)
            for table, node in missing
        }
        try:
            for job in as_completed(jobs):
                yield found(*jobs[job], job.result(), "fitted")
        finally:
            for job in jobs:
                job.cancel()

    def of(self, node: CurveNode) -> CurveFit:
        """The settings of the fit of one of the two curves."""
        return CurveFit(
            node,
            self.g_max_siemens,
            self.hidden,
            self.terms,
            self.rounds,
            seed=2 * self.seed + (node == "plus"),
            version=self.version,
        )


def misses(network: CurveNetwork) -> bool:
    """Whether a curve is further from its table than it may be."""
    return _excess(network) > 1


def _excess(network: CurveNetwork) -> float:
    """The errors of a curve over what they may be."""
    supply = network.scales.supply_volts
    rms, worst = network.rms_error_volts / RMS_LIMIT, network.max_error_volts / MAX_LIMIT
    return max(rms, worst) / supply


def fit(
    table: InverterTable, settings: CurveFit, start: CurveNetwork | None = None
) -> CurveNetwork:
    """Fit a curve, in a worker."""
    from imnnc.physics.curve_fit import curve_scales, fit_curve
    from imnnc.physics.threads import one_thread

    with one_thread():
        return fit_curve(
            table,
            curve_scales(table, settings.g_max_siemens),
            hidden=settings.hidden,
            terms=settings.terms,
            rounds=settings.rounds,
            seed=settings.seed,
            start=start,
        )
