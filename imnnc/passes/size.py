"""The pass that gives every inverter the size that it will be built with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import ChipsInMind, SizedNetwork, Sizing, TrainedNetwork
from imnnc.data.dataset import Dataset
from imnnc.design import Memristor, Network, TrainSpec
from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.limits import SAMPLES
from imnnc.passes.train import corners_of, describe_score, spread_in_mind
from imnnc.physics.network import NetworkParameters


@dataclass(frozen=True)
class Size(Pass):
    """Sizes on their grid, and no larger than the validation samples need.

    At most `samples` validation samples are looked at, and 200 of them for power.  Where chips or
    corners are trained for, what samples need is judged by their exact operating points.
    """

    spec: TrainSpec
    samples: int = field(default=2000, metadata=SAMPLES)
    name: ClassVar[str] = "size"
    version: ClassVar[int] = 3
    on_device: ClassVar[bool] = True
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Memristor,
        ChipsInMind,
        InverterTables,
        VtcModels,
        TrainedNetwork,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (SizedNetwork, Sizing)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Search, and report size and power before and after."""
        from imnnc.methods.choice import METHODS
        from imnnc.methods.judging import Judge
        from imnnc.methods.power import network_seconds, rail_power, source_power
        from imnnc.methods.sizing import quicken, shrink
        from imnnc.methods.training import Samples, score, split_validation
        from imnnc.physics.inverter import Inverter
        from imnnc.physics.threads import one_thread

        data, vtc = inputs[Dataset], inputs[VtcModels].design
        inverter, method = Inverter(inputs[InverterTables].design), METHODS[self.spec.method]
        _, held = split_validation(
            data.train_inputs, data.train_targets, self.spec.validation, self.spec.seed
        )
        volts, targets = held.inputs[: self.samples], held.targets[: self.samples]

        corners = corners_of(self.spec, inputs[InverterTables], inputs[VtcModels])
        spread, judge = spread_in_mind(self.spec, inputs), None
        if not self.spec.nominal:
            tables = [corner.table for corner in corners] or [inputs[InverterTables].design]
            held_back = Samples(volts, targets)
            judge = Judge(tables, spread, held_back, self.spec, context.device.name)

        def scored(parameters: NetworkParameters) -> float:
            if judge is not None:
                return judge.score(parameters)
            return score(method.predictor(parameters, vtc).predict(volts), targets, self.spec)

        few = volts[:200].astype(np.float64)

        def powered(parameters: NetworkParameters, source_weight: float = 0.0) -> float:
            layers = method.predictor(parameters, vtc).layers(few)
            watts = rail_power(inverter, parameters, layers)
            if source_weight:
                sources = source_power(inverter.supply_volts, parameters, few, layers)
                watts += source_weight * sources
            return watts

        def taken(parameters: NetworkParameters) -> float:
            watts = powered(parameters, self.spec.source_weight)
            return watts * network_seconds(inverter, parameters)

        start = inputs[TrainedNetwork].parameters
        if not method.sizes_inverters:
            # All have one size, which the curves were fitted at.
            with one_thread():
                reached, drawn, total = scored(start), powered(start), start.total_size
            sizes = (
                tuple(x.size_minus for x in start.layers),
                tuple(x.size_plus for x in start.layers),
            )
            sizing = Sizing(total, total, drawn, drawn, reached, reached, *sizes)
            return SizedNetwork(start), sizing
        with one_thread():
            reference = scored(start)
            margin = self.spec.accuracy_margin
            if self.spec.loss == "mse":
                margin *= abs(reference)
            sized, score_after, _ = shrink(
                start,
                [layer.inverter for layer in inputs[Network].layers],
                scored,
                taken,
                reference - margin,
                context.progress.update,
                spread is not None,
            )
            if spread is None:
                sized = quicken(sized, inputs[Network].output.inverter, taken)
            drawn = powered(sized)
            sizing = Sizing(
                start.total_size,
                sized.total_size,
                powered(start),
                drawn,
                reference,
                score_after,
                tuple(layer.size_minus for layer in start.layers),
                tuple(layer.size_plus for layer in start.layers),
            )
        if score_after < reference - margin:
            context.warn(
                Diagnostic(
                    "IM410",
                    "sizes on their grid cost more than `accuracy_margin` allows:"
                    f" {describe_score(score_after, self.spec.loss)}, it was"
                    f" {describe_score(reference, self.spec.loss)}",
                    inputs[Network].span,
                    help="allow a finer grid, such as `inverter size 1 .. 10 step 0.5`",
                    severity="warning",
                )
            )
        return SizedNetwork(sized), sizing
