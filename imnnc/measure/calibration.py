"""One die, calibrated: what it is like, the cells that make up for it, and what that is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.design import Loss, Memristor
from imnnc.measure.figures import target_mse
from imnnc.measure.verification import rounded
from imnnc.methods.correction import Correction, Corrector
from imnnc.methods.polishing import polish
from imnnc.methods.rails import following_rails
from imnnc.physics.chips import Spread
from imnnc.physics.die import Die, DieSolver, nominal_die, siemens_of
from imnnc.physics.estimate import Measured, estimate
from imnnc.physics.network import BoolArray, CrossbarProgram, FloatArray, NetworkParameters
from imnnc.physics.threads import one_thread

CALIBRATION_FILE, CHANGES_FILE = "calibration.json", "changes.csv"
TOLERANCE_VOLTS = 1e-3
STEPS = 60  # of training
_FITTED = 400  # samples that columns are fitted on
_RAILS_FITTED = 1000  # samples that rails are moved by
_TRAINED = 20_000  # samples that cells are trained on
_JUDGED = 6000  # samples that say what is reached
_BROKEN = 0.3  # a cell that came out off by more is not programmed again
# Changes of less than such a part of a cell's range are given up, where that costs nothing.
# Rails are moved where that alone wins back such a part of what a die has lost.
_WORTH_RAILS = 0.25
_LEAST_CHANGES = (0.0, 0.01, 0.02, 0.04)
_MARGIN = 0.0003  # of an accuracy; of an MSE, relative, ten times as much
_LOG = 1e-30


@dataclass(frozen=True)
class Lesson:
    """Samples, and what read-outs should be there."""

    inputs_volts: FloatArray  # (S, N)
    targets: NDArray[Any]  # (S,) classes, or (S, M) volts


@dataclass(frozen=True)
class Task:
    """One die of a network, and what is to be reached with it."""

    program: CrossbarProgram
    memristor: Memristor
    solver: DieSolver
    spread: Spread
    loss: Loss
    train: Lesson
    held: Lesson  # samples that training does not see
    tolerance_volts: float = TOLERANCE_VOLTS
    steps: int = STEPS
    seed: int = 1
    # Siemens (2 (N + P), M) of the cells of each layer that are known to be stuck, infinite where
    # that alone is known, NaN of the others; None: none is known
    stuck: tuple[FloatArray, ...] | None = None
    rails: bool = True  # whether V_DD, V_SS and the biases may follow the die


@dataclass(frozen=True)
class Change:
    """A cell that is to be programmed anew."""

    crossbar: str
    row: int  # bias pairs come after the inputs
    column: int
    polarity: str
    siemens_before: float
    siemens: float
    level_before: int | None
    level: int | None


@dataclass(frozen=True)
class Calibration:
    """What became of one die; scores are accuracies, or MSEs in V^2."""

    network: str
    die: Die  # as it was measured
    before: CrossbarProgram
    correction: Correction
    broken: tuple[BoolArray, ...]  # (2 (N + P), M) of each layer
    known: int | None  # how many of those were said to be; None: nothing was said
    classification: bool
    samples: int
    nominal: float
    score_before: float
    score_after: float
    residual_volts: float  # RMS of what the die leaves unexplained of its read-outs
    noise_volts: float
    supply_volts: float

    @property
    def rails(self) -> dict[str, float]:
        """V_DD and V_SS, at which the bias rows are as well, in volts."""
        middle, half = self.correction.die.rails_volts, self.supply_volts
        return {"vdd": round(middle + half, 9), "vss": round(middle - half, 9)}

    @property
    def changes(self) -> Iterator[Change]:
        """Every cell that changes, from the first crossbar on."""
        for old, new, moved in zip(
            self.before.crossbars,
            self.correction.program.crossbars,
            self.correction.changed,
            strict=True,
        ):
            for number, polarity in enumerate(("plus", "minus")):
                ohms = [getattr(x, f"ohms_{polarity}") for x in (old, new)]
                levels = [getattr(x, f"level_{polarity}") for x in (old, new)]
                mask = np.split(moved, 2)[number]
                for row, column in np.argwhere(mask).tolist():
                    was, now = (
                        None if level is None else int(level[row, column]) for level in levels
                    )
                    yield Change(
                        old.name,
                        row,
                        column,
                        polarity,
                        float(1 / ohms[0][row, column]),
                        float(1 / ohms[1][row, column]),
                        was,
                        now,
                    )

    def to_json(self) -> dict[str, Any]:
        """The content of `calibration.json`, SI units, six digits."""
        score = "accuracy" if self.classification else "target_mse_v2"
        layers = {}
        for layer, gates, moved, broken in zip(
            self.die.parameters.layers,
            self.die.gates,
            self.correction.changed,
            self.broken,
            strict=True,
        ):
            layers[layer.name] = {
                "cells": int(moved.size),
                "changed": int(moved.sum()),
                "broken": int(broken.sum()),
                "gates_v": {
                    name: {"up": of.up.tolist(), "down": of.down.tolist()}
                    for name, of in (("minus", gates.minus), ("plus", gates.plus))
                },
            }
        tree: dict[str, Any] = {
            "network": self.network,
            "samples": self.samples,
            score: {
                "nominal": self.nominal,
                "before": self.score_before,
                "after": self.score_after,
            },
            "rails_v": self.rails,
            "changed": self.correction.cells,
            **({} if self.known is None else {"known_stuck": self.known}),
            "residual_v": self.residual_volts,
            "noise_v": self.noise_volts,
            "layers": layers,
        }
        found: dict[str, Any] = rounded(tree)
        return found


def calibrate_die(
    name: str, task: Task, measured: Measured, progress: Callable[[float, str], None]
) -> Calibration:
    """Estimate a die, and find the cells that it needs."""
    with one_thread():
        return _calibrate(name, task, measured, progress)


def _calibrate(
    name: str, task: Task, measured: Measured, progress: Callable[[float, str], None]
) -> Calibration:
    parameters, solver = task.program.parameters(), task.solver
    progress(0.0, "the die is estimated")
    die = estimate(_as_known(parameters, task.stuck), solver, task.spread, measured)
    found = solver.solve(die, measured.inputs_volts).layers[-1].minus
    seen = measured.from_rails().minus_volts[-1]
    left = float(np.sqrt(np.nanmean((found - seen) ** 2)))
    broken = tuple(
        np.abs(siemens_of(now) / siemens_of(was) - 1) > max(_BROKEN, 6 * task.spread.cells)
        for was, now in zip(parameters.layers, die.parameters.layers, strict=True)
    )
    if task.stuck is not None:
        broken = tuple(
            found | ~np.isnan(said) for found, said in zip(broken, task.stuck, strict=True)
        )
    corrector = Corrector(
        task.program,
        task.memristor,
        solver,
        task.train.inputs_volts[:_FITTED],
        broken,
        task.loss == "mse",
    )
    judge = _Judge(task)
    nominal, before = judge.score(nominal_die(parameters)), judge.score(die)
    stays = [(die, before)]  # dies whose cells do not change, the best first
    if task.rails:
        stays = _between_rails(task, die, judge, nominal, before) + stays
    between = stays[0][0]
    fitted = corrector.fit(
        between, task.tolerance_volts, lambda x: progress(0.2 + 0.4 * x, "columns are put right")
    )
    moved = corrector.programmed(between, fitted).changed
    # What the last layer reads is trained whole, of the others what changes anyway.
    free = [*moved[:-1], ~corrector.held[-1]]
    trained = polish(
        corrector,
        fitted,
        free,
        task.train.inputs_volts[:_TRAINED],
        task.train.targets[:_TRAINED],
        task.steps,
        task.seed,
        lambda x: progress(0.6 + 0.3 * x, "cells are trained"),
    )
    progress(0.9, "few cells are chosen")
    correction, after = _fewest(corrector, trained, judge, stays)
    return Calibration(
        name,
        die,
        task.program,
        correction,
        broken,
        None if task.stuck is None else sum(int((~np.isnan(x)).sum()) for x in task.stuck),
        task.loss == "cross_entropy",
        judge.samples,
        nominal,
        before,
        after,
        left,
        measured.noise_volts,
        solver.supply_volts,
    )


def _between_rails(
    task: Task, die: Die, judge: _Judge, nominal: float, before: float
) -> list[tuple[Die, float]]:
    """The die between rails that follow it, and its score; nothing, where they are worth little."""
    some = slice(_RAILS_FITTED)
    lesson = task.train
    found = following_rails(task.solver, die, lesson.inputs_volts[some], lesson.targets[some])
    after = judge.score(found)
    notable = judge.worth(after) > judge.worth(before) + _MARGIN
    enough = abs(after - before) >= _WORTH_RAILS * abs(nominal - before)
    return [(found, after)] if notable and enough else []


def _as_known(
    parameters: NetworkParameters, stuck: tuple[FloatArray, ...] | None
) -> NetworkParameters:
    """What was programmed, with what is known of cells that are stuck in its place."""
    if stuck is None:
        return parameters
    die = nominal_die(parameters)
    for number, (layer, said) in enumerate(zip(parameters.layers, stuck, strict=True)):
        die = die.with_cells(number, np.where(np.isfinite(said), said, siemens_of(layer)))
    return die.parameters


class _Judge:
    """Scores of dies on samples that nothing is trained on; larger is better inside."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._inputs = task.held.inputs_volts[:_JUDGED]
        self._targets = task.held.targets[:_JUDGED]
        self.samples = len(self._inputs)

    def score(self, die: Die) -> float:
        """An accuracy, or an MSE in V^2; a sample without an operating point is decided wrongly."""
        points = self._task.solver.solve(die, self._inputs)
        readout = points.layers[-1].minus
        if self._task.loss == "cross_entropy":
            right = (np.nan_to_num(readout).argmax(1) == self._targets) & points.converged
            return float(right.mean())
        return target_mse(np.nan_to_num(readout) + die.rails_volts, self._targets)

    def worth(self, score: float) -> float:
        """On a scale on which `_MARGIN` means the same for both."""
        if self._task.loss == "cross_entropy":
            return score
        return -0.1 * float(np.log(score + _LOG))


def _fewest(
    corrector: Corrector, trained: Die, judge: _Judge, stays: Sequence[tuple[Die, float]]
) -> tuple[Correction, float]:
    """As few changes as do as well as all, and the score that they reach.

    Where none is worth its cells, one of `stays` is left, the first of which was trained.
    """
    die, _ = stays[0]
    tried: list[tuple[Correction, float]] = []
    for least in _LEAST_CHANGES:
        found = corrector.programmed(die, _without_small(corrector, die, trained, least))
        tried.append((found, judge.score(found.die)))
    tried += [(corrector.programmed(x, x), score) for x, score in stays]
    best = max(judge.worth(score) for _, score in tried)
    good = [x for x in tried if judge.worth(x[1]) >= best - _MARGIN]
    return min(good, key=lambda x: x[0].cells)


def _without_small(corrector: Corrector, die: Die, trained: Die, least: float) -> Die:
    device = corrector.memristor
    span = device.conductance_max_siemens - device.conductance_min_siemens
    found = die
    for number, (was, now) in enumerate(
        zip(die.parameters.layers, trained.parameters.layers, strict=True)
    ):
        old, new = siemens_of(was), siemens_of(now)
        found = found.with_cells(number, np.where(np.abs(new - old) >= least * span, new, old))
    return found


def change_lines(changes: Sequence[Change] | Iterator[Change], inputs: dict[str, int]) -> str:
    """The text of `changes.csv`; `inputs` is the number of rows without biases, by crossbar."""
    lines = ["crossbar,row,column,polarity,level_before,level,siemens_before,siemens"]
    for x in changes:
        extra = x.row - inputs[x.crossbar]
        row = str(x.row) if extra < 0 else "bias" if not extra else f"bias_{extra}"
        levels = ("" if level is None else str(level) for level in (x.level_before, x.level))
        lines.append(
            f"{x.crossbar},{row},{x.column},{x.polarity},{','.join(levels)},"
            f"{x.siemens_before:.9g},{x.siemens:.9g}"
        )
    return "\n".join(lines) + "\n"
