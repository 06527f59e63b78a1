"""The pass that chooses among the values that a source lists for a hyper-parameter."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.artifacts.training import (
    ChipsInMind,
    Tried,
    Tuning,
    unformed_shares,
    with_unformed,
)
from imnnc.data.dataset import Dataset
from imnnc.design import SWEPT, Memristor, Network, TrainSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.passes.train import corners_of, spread_in_mind

if TYPE_CHECKING:
    from imnnc.methods.training import Samples
    from imnnc.methods.tuning import Judgement, Trial

Judge: TypeAlias = "Callable[[Trial, Samples, Samples, Path], Judgement]"

_OF_CURVES = ("size", "load_ohms", "resistor_ohms")
_SAMPLES = ("training_inputs", "training_targets", "held_inputs", "held_targets")


@dataclass(frozen=True)
class Tune(Pass):
    """Sweeps one hyper-parameter after the other, each from the best of those before.

    Every value is trained in full, and judged by the exact operating points of the circuit on
    validation samples; `imnnc.methods.tuning` has the rule.
    """

    spec: TrainSpec
    name: ClassVar[str] = "tune"
    version: ClassVar[int] = 5
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Memristor,
        ChipsInMind,
        InverterTables,
        CurveCandidates,
        Dataset,
    )
    provides: ClassVar[tuple[type, ...]] = (VtcModels, Tuning)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Sweep, each value judged by the circuit that it makes."""
        from imnnc.methods.tuning import judge

        return sweep(self.spec, inputs, context, judge)


def sweep(
    spec: TrainSpec, inputs: Artifacts, context: Context, judge: Judge
) -> tuple[VtcModels, Tuning]:
    """Sweep on the workers; what was tried before an interruption is not tried again.

    `judge` trains on the first samples, looks at what it made on the second, and keeps its
    checkpoint in the file that it is given.
    """
    from imnnc.methods.tuning import JUDGED_BY_POWER, best

    curves = inputs[CurveCandidates]
    chosen: dict[str, float] = {}
    swept: dict[str, float] = {}
    tried: list[Tried] = []
    trials = _Trials(spec, inputs, context, judge)
    unformed = unformed_shares(inputs[Network])
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
        judged: list[Judgement] = trials.run(chosen, field, values)
        margin = spec.sweep_margin
        if spec.loss == "mse":
            margin *= abs(max(x.score for x in judged))
        # Most of what a cell that is not formed saves is the inputs'.
        weight = 1.0 if field in unformed else spec.source_weight
        index = best(judged, margin, field in (*JUDGED_BY_POWER, *unformed), weight)
        chosen[field] = swept[field] = values[index]
        for number, (value, found) in enumerate(zip(values, judged, strict=True)):
            figures = (found.score, found.predicted_score, found.error_volts, found.power_watts)
            sources = found.source_watts if weight else None
            tried.append(Tried(field, value, *figures, number == index, sources))
    tuning = Tuning(tuple(swept), tuple(swept.values()), tuple(tried))
    return curves.at(_curve_fields(chosen)), tuning


def _curve_fields(values: dict[str, float]) -> dict[str, float]:
    return {field: value for field, value in values.items() if field in _OF_CURVES}


class _Trials:
    """Trains and judges on the workers, which read the samples from files."""

    def __init__(self, spec: TrainSpec, inputs: Artifacts, context: Context, judge: Judge) -> None:
        self.spec = spec
        self.inputs = inputs
        self.context = context
        self.judge = judge
        self.samples: Path | None = None

    def run(
        self, chosen: dict[str, float], field: str, values: tuple[float, ...]
    ) -> list[Judgement]:
        """Judge every value, with what is chosen already; in the order of `values`."""
        from imnnc.methods.tuning import Trial

        folder = self._samples()
        jobs = {}
        for number, value in enumerate(values):
            now = {**chosen, field: value}
            network = self.inputs[Network]
            shares = unformed_shares(network)
            of_spec = {name: x for name, x in now.items() if name not in shares}
            tables = self.inputs[InverterTables]
            models = self.inputs[CurveCandidates].at(_curve_fields(now))
            trial = Trial(
                with_unformed(network, now),
                self.inputs[Memristor],
                tables.design,
                models.design,
                replace(self.spec, sweeps=(), **of_spec),  # type: ignore[arg-type]
                corners_of(self.spec, tables, models),
                spread_in_mind(self.inputs),
            )
            kept = self.context.scratch / f"{field}-{number}"
            jobs[self.context.executor.submit(_judge, self.judge, trial, folder, kept)] = number
        found: dict[int, Judgement] = {}
        for done, job in enumerate(as_completed(jobs), 1):
            found[jobs[job]] = job.result()
            self.context.progress.update(done / len(jobs), f"{field}: {done} of {len(jobs)} tried")
        return [found[number] for number in range(len(values))]

    def _samples(self) -> Path:
        if self.samples is None:
            from imnnc.methods.training import split_validation

            data = self.inputs[Dataset]
            training, held = split_validation(
                data.train_inputs, data.train_targets, self.spec.validation, self.spec.seed
            )
            self.samples = self.context.new_folder()
            arrays = (training.inputs, training.targets, held.inputs, held.targets)
            for name, array in zip(_SAMPLES, arrays, strict=True):
                np.save(self.samples / f"{name}.npy", array, allow_pickle=False)
        return self.samples


def _judge(judge: Judge, trial: Trial, samples: Path, kept: Path) -> Judgement:
    """Train and judge in a worker; `kept` names the files that outlive an interruption."""
    from imnnc.methods.training import Samples
    from imnnc.methods.tuning import Judgement

    result = kept.with_suffix(".json")
    try:
        return Judgement(**json.loads(result.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        pass  # not tried yet, or not to its end
    arrays = [np.load(samples / f"{name}.npy", allow_pickle=False) for name in _SAMPLES]
    found = judge(trial, Samples(*arrays[:2]), Samples(*arrays[2:]), kept.with_suffix(".pt"))
    result.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found
