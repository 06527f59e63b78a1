"""The pass that chooses among the values that a source lists for a hyper-parameter."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.artifacts.training import (
    ChipsInMind,
    StartingModel,
    SweptTraining,
    Taught,
    Tried,
    Tuning,
    unformed_shares,
    with_unformed,
)
from imnnc.data.dataset import Dataset
from imnnc.design import SWEPT, Memristor, Network, TrainSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.engine.parcel import Parcel
from imnnc.files.codec import fingerprint
from imnnc.passes.train import (
    corners_of,
    describe,
    known_spread,
    spread_in_mind,
    trained,
    validated,
)
from imnnc.scratch import reachable

if TYPE_CHECKING:
    from imnnc.methods.training import Progress, Samples
    from imnnc.methods.tuning import Judgement, Trial

Judge: TypeAlias = "Callable[[Trial, Samples, Samples, Path], Judgement]"

_OF_CURVES = ("size", "load_ohms", "resistor_ohms")


@dataclass(frozen=True)
class Tune(Pass):
    """Sweeps one hyper-parameter after the other, each from the best of those before.

    Every value is trained in full, and judged by the exact operating points of the circuit on
    validation samples; `imnnc.methods.tuning` has the rule.  Nothing is trained twice: what two
    sweeps have in common is tried once, and the network of the last choice is kept.
    """

    spec: TrainSpec
    name: ClassVar[str] = "tune"
    version: ClassVar[int] = 6
    on_device: ClassVar[bool] = True
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Memristor,
        ChipsInMind,
        StartingModel,
        Taught,
        InverterTables,
        CurveCandidates,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (VtcModels, Tuning, SweptTraining)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Sweep, each value judged by the circuit that it makes."""
        from imnnc.methods.tuning import judge

        models, tuning, winner = sweep(self.spec, inputs, context, judge)
        return models, tuning, _kept(winner, self.spec, inputs, context)


@dataclass(frozen=True)
class _Tried:
    """A value that was tried, and where its training ended."""

    trial: Trial
    judgement: Judgement
    checkpoint: Path


def _kept(
    winner: _Tried | None, spec: TrainSpec, inputs: Artifacts, context: Context
) -> SweptTraining:
    """What the winner was trained to, from its last checkpoint."""
    if winner is None:
        return SweptTraining()
    samples = validated(spec, inputs[Dataset], inputs[Taught])

    def show(now: Progress) -> None:
        context.progress.update(now.fraction, describe(now, spec))

    found = trained(winner.trial, *samples, winner.checkpoint, show)
    return SweptTraining(*found, fingerprint(winner.trial.spec))


def sweep(
    spec: TrainSpec, inputs: Artifacts, context: Context, judge: Judge
) -> tuple[VtcModels, Tuning, _Tried | None]:
    """Sweep on the workers; what was tried before an interruption is not tried again.

    `judge` trains on the first samples, looks at what it made on the second, and keeps its
    checkpoint in the file that it is given: where workers share the folder of the cache, what was
    being tried goes on from there as well.
    """
    from imnnc.methods.tuning import JUDGED_BY_POWER, best

    curves = inputs[CurveCandidates]
    chosen: dict[str, float] = {}
    swept: dict[str, float] = {}
    tried: list[Tried] = []
    trials = _Trials(spec, inputs, context, judge)
    unformed = unformed_shares(inputs[Network])
    winner = None
    for field in (*SWEPT, *unformed):
        if field in _OF_CURVES:
            values = curves.values(field, _curve_fields(chosen))
        elif field in unformed:
            values = unformed[field]
        else:
            values = spec.values(field)
        if len(values) < 2:
            chosen.update((field, value) for value in values)
            continue
        of_values = trials.run(chosen, field, values)
        judged = [x.judgement for x in of_values]
        margin = spec.sweep_margin
        if spec.loss == "mse":
            margin *= abs(max(x.score for x in judged))
        # Most of what a cell that is not formed saves is the inputs'.
        weight = 1.0 if field in unformed else spec.source_weight
        index = best(judged, margin, field in (*JUDGED_BY_POWER, *unformed), weight)
        chosen[field] = swept[field] = values[index]
        winner = of_values[index]
        for number, (value, found) in enumerate(zip(values, judged, strict=True)):
            figures = (found.score, found.predicted_score, found.error_volts, found.power_watts)
            sources = found.source_watts if weight else None
            tried.append(Tried(field, value, *figures, number == index, sources))
    tuning = Tuning(tuple(swept), tuple(swept.values()), tuple(tried))
    return curves.at(_curve_fields(chosen)), tuning, winner


def _curve_fields(values: dict[str, float]) -> dict[str, float]:
    return {field: value for field, value in values.items() if field in _OF_CURVES}


class _Trials:
    """Trains and judges on the workers."""

    def __init__(self, spec: TrainSpec, inputs: Artifacts, context: Context, judge: Judge) -> None:
        self.spec = spec
        self.inputs = inputs
        self.context = context
        self.judge = judge
        self.samples: Parcel[tuple[Samples, Samples]] | None = None
        self.done: list[_Tried] = []  # of every sweep

    def run(self, chosen: dict[str, float], field: str, values: tuple[float, ...]) -> list[_Tried]:
        """Judge every value, with what is chosen already; in the order of `values`."""
        jobs: dict[Future[Judgement], int] = {}
        found: dict[int, _Tried] = {}
        trials = [self._trial({**chosen, field: value}) for value in values]

        def keep(number: int, judgement: Judgement) -> None:
            found[number] = _Tried(trials[number], judgement, self._checkpoint(field, number))
            self._kept(field, number).write_text(json.dumps(asdict(judgement)), encoding="utf-8")
            self.context.progress.update(
                len(found) / len(values), f"{field}: {len(found)} of {len(values)} tried"
            )

        for number, trial in enumerate(trials):
            same = next((x for x in self.done if _is_same(x.trial, trial)), None)
            if same is not None:
                found[number] = same
                continue
            if (known := _known(self._kept(field, number))) is not None:
                found[number] = _Tried(trial, known, self._checkpoint(field, number))
                continue
            checkpoint = self._checkpoint(field, number)
            job = self.context.executor.submit(
                _judge, self.judge, trial, self._samples(), checkpoint
            )
            jobs[job] = number
            if job.done():  # this process has done it: what comes next may be interrupted
                keep(jobs.pop(job), job.result())
        for job in as_completed(jobs):
            keep(jobs[job], job.result())
        in_order = [found[number] for number in range(len(values))]
        self.done += in_order
        return in_order

    def _trial(self, now: dict[str, float]) -> Trial:
        """What is trained with these values."""
        from imnnc.methods.tuning import Trial

        network, tables = self.inputs[Network], self.inputs[InverterTables]
        models = self.inputs[CurveCandidates].at(_curve_fields(now))
        shares = unformed_shares(network)
        of_spec = {name: x for name, x in now.items() if name not in shares}
        return Trial(
            with_unformed(network, now),
            self.inputs[Memristor],
            tables.design,
            models.design,
            replace(self.spec, sweeps=(), **of_spec),  # type: ignore[arg-type]
            corners_of(self.spec, tables, models),
            spread_in_mind(self.spec, self.inputs),
            self.inputs[StartingModel].model,
            known_spread(self.inputs) if self.spec.swept_on_chips else None,
            self.context.device.name,
        )

    def _kept(self, field: str, number: int) -> Path:
        """Where the judgement of a value outlives an interruption."""
        return self.context.scratch / f"{field}-{number}.json"

    def _checkpoint(self, field: str, number: int) -> Path:
        return self._kept(field, number).with_suffix(".pt")

    def _samples(self) -> Parcel[tuple[Samples, Samples]]:
        if self.samples is None:
            self.samples = Parcel(validated(self.spec, self.inputs[Dataset], self.inputs[Taught]))
        return self.samples


def _is_same(one: Trial, other: Trial) -> bool:
    """Whether two trials of one compile differ in nothing that sweeps choose."""
    return one.spec == other.spec and one.network == other.network and one.curves is other.curves


def _known(path: Path) -> Judgement | None:
    """What was judged before; None: not yet, or not to its end."""
    from imnnc.methods.tuning import Judgement

    try:
        return Judgement(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _judge(
    judge: Judge, trial: Trial, samples: Parcel[tuple[Samples, Samples]], checkpoint: Path
) -> Judgement:
    """Train and judge in a worker."""
    with reachable(checkpoint) as path:
        return judge(trial, *samples.value, path)
