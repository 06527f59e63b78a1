"""Chips of a network, each by its exact operating points: what share of them works, and why not.

All chips are draws of one key (see `imnnc.physics.chips`), so the same whatever the number of
workers, samples or other chips.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.design import Loss
from imnnc.engine.context import Progress
from imnnc.engine.device import PROCESSOR
from imnnc.engine.parcel import Parcel
from imnnc.engine.workers import Workers
from imnnc.measure.chip_decks import PROOF_LIMIT_VOLTS, Proof
from imnnc.measure.figures import target_mse
from imnnc.measure.verification import rounded
from imnnc.physics.chips import DRIFT_FROM_SECONDS, Chip, ChipSolver, Spread, draw
from imnnc.physics.currents import source_currents
from imnnc.physics.devices import find_device, room_on
from imnnc.physics.family import DeviceFamily
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.table import DeviceTable, InverterTable
from imnnc.physics.threads import one_thread
from imnnc.tasks import ChipsSpec

SCHEMA = 1
CHIPS_FILE = "chips.json"
TAIL = 0.05  # of the chips: those that are worse than the quantile
# Chips of each cause by itself; power is averaged over so many samples.
_CHIPS_A_CAUSE, _POWER_SAMPLES = 50, 200
_CONFIDENCE_SIGMAS = 1.959964  # of 95 %
_JOBS_A_WORKER = 4


@dataclass(frozen=True)
class ChipPlan:
    """How many chips on which samples, and what is asked of them."""

    inputs_volts: FloatArray  # (S, N)
    targets: NDArray[Any]  # (S,) classes, or (S, M) volts
    loss: Loss
    seed: int
    count: int
    goal: float | None = None  # accuracy of a chip that works, or its largest MSE in V^2
    least_yield: float | None = None  # the share of chips that have to
    by_cause: bool = True  # whether each cause is looked at by itself as well

    @staticmethod
    def of(
        spec: ChipsSpec,
        inputs_volts: NDArray[Any],
        targets: NDArray[Any],
        loss: Loss,
        by_cause: bool = True,
    ) -> ChipPlan:
        """What a source asks for, on the first of these samples."""
        return ChipPlan(
            inputs_volts[: spec.samples].astype("float64"),
            targets[: spec.samples],
            loss,
            spec.seed,
            spec.count,
            spec.goal,
            spec.least_yield,
            by_cause,
        )


@dataclass(frozen=True)
class Subject:
    """The network that chips are made of: as programmed, with what its transistors do."""

    parameters: NetworkParameters
    table: InverterTable
    devices: DeviceTable
    spread: Spread
    family: DeviceFamily | None = None  # None: chips share nothing but what is nominal
    rails_volts: float = 0.0  # by which the rails are moved, where they follow one die

    def chip(self, spread: Spread, seed: int, number: int) -> Chip:
        """Chip `number` of those that `seed` makes, as they differ by `spread`."""
        drawn = draw(self.parameters, spread, seed, number)
        return replace(drawn, rails_volts=self.rails_volts)


@dataclass(frozen=True)
class Figures:
    """One figure over chips; the `tail` is what one chip in twenty is worse than."""

    mean: float
    sd: float
    tail: float
    worst: float

    @staticmethod
    def of(values: FloatArray, more_is_better: bool) -> Figures:
        """The figures of one value a chip."""
        share, worst = (TAIL, values.min()) if more_is_better else (1 - TAIL, values.max())
        sd = values.std(ddof=1) if len(values) > 1 else 0.0
        return Figures(
            float(values.mean()), float(sd), float(np.quantile(values, share)), float(worst)
        )


@dataclass(frozen=True)
class Yield:
    """The share of chips that reach a goal, and where it lies with 95 % confidence."""

    goal: float
    share: float
    low: float
    high: float
    wanted: float | None

    @staticmethod
    def of(working: int, count: int, goal: float, wanted: float | None) -> Yield:
        """Source of the interval: Wilson, doi 10.1080/01621459.1927.10502953."""
        z2 = _CONFIDENCE_SIGMAS**2
        share = working / count
        middle = (share + z2 / (2 * count)) / (1 + z2 / count)
        spread = math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
        half = _CONFIDENCE_SIGMAS * spread / (1 + z2 / count)
        return Yield(goal, share, max(0.0, middle - half), min(1.0, middle + half), wanted)

    @property
    def passed(self) -> bool:
        """Whether as many work as were asked for."""
        return self.wanted is None or self.share >= self.wanted


@dataclass(frozen=True)
class ChipFigures:
    """What chips came to: `score` is an accuracy, or an MSE in V^2."""

    network: str
    corner: str
    classification: bool
    seed: int
    samples: int
    nominal: float
    nominal_watts: tuple[float, float]  # rails, all sources
    scores: FloatArray  # (chips,)
    rails_watts: FloatArray
    all_sources_watts: FloatArray
    causes: tuple[tuple[str, int, Figures], ...]  # each by itself, on so many chips
    lost: int  # samples of all chips for which no operating point was found
    found: Yield | None
    spread: Spread
    proofs: tuple[Proof, ...] = ()

    @property
    def score(self) -> Figures:
        """Over all chips."""
        return Figures.of(self.scores, self.classification)

    @property
    def passed(self) -> bool:
        """Whether the yield is as asked for, and ngspice agrees where it was asked."""
        right = all(proof.passed for proof in self.proofs)
        return right and (self.found is None or self.found.passed)

    def to_json(self) -> dict[str, Any]:
        """The content of `chips.json`, SI units, six digits."""
        name = "accuracy" if self.classification else "target_mse_v2"
        tree: dict[str, Any] = {
            "schema": SCHEMA,
            "network": self.network,
            "corner": self.corner,
            "seed": self.seed,
            "chips": len(self.scores),
            "samples": self.samples,
            "spread": {
                "threshold_nmos_v": self.spread.down_volts,
                "threshold_pmos_v": self.spread.up_volts,
                "cells": self.spread.cells,
                "distribution": "lognormal" if self.spread.lognormal else "gaussian",
                "read_noise": self.spread.read_noise,
                "stuck": {"low": self.spread.stuck_low, "high": self.spread.stuck_high},
                **(
                    {"drift": self.spread.drift, "age_s": self.spread.age * DRIFT_FROM_SECONDS}
                    if self.spread.drift
                    else {}
                ),
                **({"shared": _shared(self.spread)} if self.spread.shares else {}),
            },
            name: {"nominal": self.nominal, **asdict(self.score)},
            "yield": None
            if self.found is None
            else {
                **asdict(self.found),
                "passed": self.found.passed,
            },
            "power_w": {
                key: {"nominal": nominal, **asdict(Figures.of(watts, more_is_better=False))}
                for key, nominal, watts in zip(
                    ("rails", "all_sources"),
                    self.nominal_watts,
                    (self.rails_watts, self.all_sources_watts),
                    strict=True,
                )
            },
            "causes": {
                cause: {"chips": count, name: asdict(figures)}
                for cause, count, figures in self.causes
            },
            "samples_lost": self.lost,
            "ngspice": [
                {**asdict(proof), "limit_v": PROOF_LIMIT_VOLTS, "passed": proof.passed}
                for proof in self.proofs
            ],
            "each_chip": self.scores.tolist(),
        }
        content: dict[str, Any] = rounded(tree)
        return content


@dataclass(frozen=True)
class _Measured:
    """One chip."""

    score: float
    rails_watts: float
    all_sources_watts: float
    lost: int


def measure_chips(
    name: str,
    subject: Subject,
    plan: ChipPlan,
    workers: Workers,
    progress: Progress,
    device: str = PROCESSOR.name,
) -> ChipFigures:
    """Solve the operating points of chips, of all causes together and of each by itself.

    Each worker solves on `device`; fails with IM755 where that is full.
    """
    spread = subject.spread
    single = min(plan.count, _CHIPS_A_CAUSE)
    tasks = [("", spread, plan.count)]
    causes = spread.causes
    if plan.by_cause and len(causes) > 1:
        tasks += [(cause, spread.only(cause), single) for cause in causes]
    tasks.append(("nominal", spread.only(), 1))
    jobs = {}
    whole, lone = (Parcel((x, plan)) for x in (subject, replace(subject, family=None)))
    for cause, of, count in tasks:
        needed = whole if of.shares else lone
        size = max(1, math.ceil(count / (_JOBS_A_WORKER * workers.jobs)))
        for start in range(0, count, size):
            numbers = range(start, min(count, start + size))
            job = workers.executor.submit(_measure, needed, of, numbers, device)
            jobs[job] = (cause, numbers)
    found: dict[str, dict[int, _Measured]] = {cause: {} for cause, _, _ in tasks}
    every, done = sum(count for _, _, count in tasks), 0
    for job in as_completed(jobs):
        cause, numbers = jobs[job]
        found[cause].update(zip(numbers, job.result(), strict=True))
        done += len(numbers)
        progress.update(done / every, f"{done} of {every} chips")
    classification = plan.loss == "cross_entropy"
    chips = [found[""][number] for number in range(plan.count)]
    scores = np.array([chip.score for chip in chips])
    nominal = found["nominal"][0]
    reached = None
    if plan.goal is not None:
        works = scores >= plan.goal if classification else scores <= plan.goal
        reached = Yield.of(int(works.sum()), plan.count, plan.goal, plan.least_yield)
    alone = []
    for cause in causes if plan.by_cause else ():
        of_cause = found.get(cause, found[""])
        values = np.array([of_cause[number].score for number in range(len(of_cause))])
        alone.append((cause, len(values), Figures.of(values, classification)))
    return ChipFigures(
        name,
        subject.table.corner,
        classification,
        plan.seed,
        len(plan.inputs_volts),
        nominal.score,
        (nominal.rails_watts, nominal.all_sources_watts),
        scores,
        np.array([chip.rails_watts for chip in chips]),
        np.array([chip.all_sources_watts for chip in chips]),
        tuple(alone),
        sum(chip.lost for chip in chips),
        reached,
        spread,
    )


def _shared(spread: Spread) -> dict[str, float]:
    return {
        "process_sigma": spread.process,
        "coldest_kelvin": spread.cooler_kelvin,
        "warmest_kelvin": spread.warmer_kelvin,
        "supply": spread.supply,
    }


def _measure(
    common: Parcel[tuple[Subject, ChipPlan]], spread: Spread, numbers: Sequence[int], device: str
) -> list[_Measured]:
    """Some chips, in a worker."""
    find_device(device)  # a worker of a cluster may have others
    subject, plan = common.value
    inverter, devices = Inverter(subject.table), Devices(subject.devices)
    solver = ChipSolver(inverter, devices, subject.family, device)
    measured = []
    with one_thread(), room_on(device):
        for number in numbers:
            chip = subject.chip(spread, plan.seed, number)
            silicon = solver.silicon(chip)
            points = silicon.solve(chip, plan.inputs_volts)
            readout = points.layers[-1].minus
            if plan.loss == "cross_entropy":
                # A sample without an operating point is decided wrongly.
                score = float(((readout.argmax(1) == plan.targets) & points.converged).mean())
            else:
                score = target_mse(readout + chip.rails_volts, plan.targets)
            some = points.layers
            part = slice(_POWER_SAMPLES)
            currents = source_currents(
                silicon.inverter,
                chip.parameters,
                plan.inputs_volts[part],
                [type(nodes)(*(x[part] for x in nodes)) for nodes in some],
                None if chip.gates is None else (silicon.devices, chip.gates),
                chip.rails_volts,
            )
            measured.append(
                _Measured(
                    score,
                    float(np.nanmean(currents.rails_watts())),
                    float(np.nanmean(currents.all_sources_watts(plan.inputs_volts[part]))),
                    int((~points.converged).sum()),
                )
            )
    return measured
