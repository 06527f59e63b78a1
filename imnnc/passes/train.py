"""The pass that trains the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import (
    ChipsInMind,
    StartingModel,
    SweptTraining,
    Taught,
    TrainedNetwork,
    TrainingHistory,
    Tuning,
)
from imnnc.data.dataset import Dataset
from imnnc.design import Memristor, Network, TrainSpec
from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.files.codec import fingerprint

if TYPE_CHECKING:
    from imnnc.methods.conditions import Corner
    from imnnc.methods.training import Progress, Samples
    from imnnc.methods.tuning import Trial
    from imnnc.physics.chips import Spread


@dataclass(frozen=True)
class Train(Pass):
    """Mini-batches; the best epoch on the validation samples is what remains.

    With `chips on` batches and validation are of chips, with `corners` of these.

    Cells begin at random, or at a model's weights; a teacher's answers can be learnt as well.

    What sweeps have chosen takes the place of what `spec` has, and was trained there.
    """

    spec: TrainSpec
    name: ClassVar[str] = "train"
    version: ClassVar[int] = 5
    on_device: ClassVar[bool] = True
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Memristor,
        ChipsInMind,
        StartingModel,
        Taught,
        InverterTables,
        VtcModels,
        Tuning,
        SweptTraining,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (TrainedNetwork, TrainingHistory)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Train, from the last checkpoint where there is one."""
        from imnnc.methods.tuning import Trial

        memristor = inputs[Memristor]
        spec, network = inputs[Tuning].apply(self.spec, inputs[Network])
        trial = Trial(
            network,
            memristor,
            inputs[InverterTables].design,
            inputs[VtcModels].design,
            spec,
            corners_of(spec, inputs[InverterTables], inputs[VtcModels]),
            spread_in_mind(self.spec, inputs),
            inputs[StartingModel].model,
            device=context.device.name,
        )
        samples = validated(self.spec, inputs[Dataset], inputs[Taught])
        if memristor.parasitics.law is not None and trial.begin(samples[0]).of_resistors:
            context.warn(
                Diagnostic(
                    "IM402",
                    f"`train {self.spec.method}` takes cells for resistors, those of"
                    f" `{memristor.name}` have a `law`",
                    memristor.span,
                    help="`train equilibrium` trains with the law",
                    severity="note",
                )
            )

        swept = inputs[SweptTraining]
        same = swept.spec == fingerprint(replace(spec, sweeps=()))
        if same and swept.network is not None and swept.history is not None:
            return swept.network, swept.history

        def show(now: Progress) -> None:
            context.progress.update(now.fraction, describe(now, self.spec))

        return trained(trial, *samples, context.scratch / "checkpoint.pt", show)


def validated(spec: TrainSpec, data: Dataset, taught: Taught) -> tuple[Samples, Samples]:
    """The samples that are trained with, and those that are held back to judge by."""
    from imnnc.methods.training import split_validation

    used, held = split_validation(data.train_inputs, data.train_targets, spec.validation, spec.seed)
    return replace(used, taught=taught.answers), held


def trained(
    trial: Trial,
    training: Samples,
    validation: Samples,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
) -> tuple[TrainedNetwork, TrainingHistory]:
    """Train as `trial` says, from the checkpoint where there is one."""
    from imnnc.methods.training import settled_epoch
    from imnnc.methods.tuning import train_trial

    model, epochs = train_trial(trial, training, validation, checkpoint, on_progress)
    losses, scores = zip(*((epoch.loss, epoch.score) for epoch in epochs), strict=True)
    history = TrainingHistory(losses, scores, settled_epoch(trial.spec))
    return TrainedNetwork(model.found()), history


def corners_of(spec: TrainSpec, tables: InverterTables, models: VtcModels) -> tuple[Corner, ...]:
    """What is known of the corners to train at; none where that is the design's alone."""
    from imnnc.methods.conditions import Corner

    of_table = {table.corner: table for table in tables.tables}
    of_curves = {model.corner: model for model in models.models}
    return tuple(Corner(of_table[name], of_curves[name]) for name in spec.corners or ())


def spread_in_mind(spec: TrainSpec, inputs: Artifacts) -> Spread | None:
    """How chips differ that are trained for; None: they do not."""
    return known_spread(inputs) if spec.chips else None


def known_spread(inputs: Artifacts) -> Spread | None:
    """How chips differ, where training or its sweeps ask for it."""
    from imnnc.physics.chips import spread_of

    technology = inputs[ChipsInMind].technology
    return None if technology is None else spread_of(technology, inputs[Memristor])


def describe_score(score: float, loss: str) -> str:
    """A validation score as people read it."""
    return f"accuracy {score:.2%}" if loss == "cross_entropy" else f"MSE {-score:.3g} V²"


def describe(now: object, spec: TrainSpec) -> str:
    """A line of progress: epoch, loss, validation score, time left."""
    from imnnc.methods.training import Progress

    assert isinstance(now, Progress)
    parts = [f"epoch {now.epoch}/{now.epochs}", f"loss {now.loss:.3f}"]
    if now.score is not None:
        of = "" if spec.nominal else " on chips" if spec.chips else " over corners"
        parts.append(describe_score(now.score, spec.loss) + of)
    minutes, seconds = divmod(round(now.seconds_left), 60)
    return ", ".join([*parts, f"{minutes}:{seconds:02d} left"])
