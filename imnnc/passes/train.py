"""The pass that trains the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import TrainedNetwork, TrainingHistory, Tuning
from imnnc.data.dataset import Dataset
from imnnc.design import Memristor, Network, TrainSpec
from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context


@dataclass(frozen=True)
class Train(Pass):
    """Mini-batches; the best epoch on the validation samples is what remains.

    What sweeps have chosen takes the place of what `spec` has.
    """

    spec: TrainSpec
    name: ClassVar[str] = "train"
    version: ClassVar[int] = 4
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Memristor,
        InverterTables,
        VtcModels,
        Tuning,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (TrainedNetwork, TrainingHistory)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Train, from the last checkpoint where there is one."""
        import torch

        from imnnc.methods.choice import trainable
        from imnnc.methods.training import Progress, settled_epoch, split_validation, train
        from imnnc.physics.inverter import Inverter

        memristor, data = inputs[Memristor], inputs[Dataset]
        spec, network = inputs[Tuning].apply(self.spec, inputs[Network])
        training, validation = split_validation(
            data.train_inputs, data.train_targets, self.spec.validation, self.spec.seed
        )
        curves = inputs[VtcModels].design
        model = trainable(self.spec.method, network, memristor, curves, self.spec.seed)
        if model.of_resistors and memristor.parasitics.sinh_per_volt is not None:
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

        def show(now: Progress) -> None:
            context.progress.update(now.fraction, describe(now, self.spec))

        epochs = train(
            model,
            Inverter(inputs[InverterTables].design, torch.float32),
            training,
            validation,
            spec,
            checkpoint=context.scratch / "checkpoint.pt",
            on_progress=show,
        )
        losses, scores = zip(*((epoch.loss, epoch.score) for epoch in epochs), strict=True)
        history = TrainingHistory(losses, scores, settled_epoch(spec))
        return TrainedNetwork(model.found()), history


def describe_score(score: float, loss: str) -> str:
    """A validation score as people read it."""
    return f"accuracy {score:.2%}" if loss == "cross_entropy" else f"MSE {-score:.3g} V²"


def describe(now: object, spec: TrainSpec) -> str:
    """A line of progress: epoch, loss, validation score, time left."""
    from imnnc.methods.training import Progress

    assert isinstance(now, Progress)
    parts = [f"epoch {now.epoch}/{now.epochs}", f"loss {now.loss:.3f}"]
    if now.score is not None:
        parts.append(describe_score(now.score, spec.loss))
    minutes, seconds = divmod(round(now.seconds_left), 60)
    return ", ".join([*parts, f"{minutes}:{seconds:02d} left"])
