"""A network of 4-5-3 and what the passes around its training work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import ChipsInMind, StartingModel, SweptTraining, Taught, Tuning
from imnnc.data.dataset import Dataset
from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.diagnostics import Diagnostic, Source, Span
from imnnc.engine.base import Artifacts
from imnnc.engine.context import Context
from imnnc.engine.workers import InThisProcess
from tests.support.measured import curves, table
from tests.support.networks import technology

SPAN = Span(Source("net.imnn", "network points { }"), 0, 14)
WHOLE = InverterSizes(1, 10)
NETWORK = Network(
    "points",
    InputPort("x", 4, -0.25, 0.25),
    (Layer("hidden", 5, WHOLE), Layer("kind", 3, WHOLE)),
    SPAN,
)
MEMRISTOR = Memristor("tio2", 1.2e-7, 8e-7, levels=64, variation=0.03)
SPEC = TrainSpec("latim", "cross_entropy", epochs=8, batch=16, learning_rate=0.05)


def dataset(train: int = 120, test: int = 30) -> Dataset:
    """Three classes of points, in volts."""
    random = np.random.default_rng(1)
    classes = np.arange(train + test) % 3
    centres = random.uniform(-0.2, 0.2, (3, 4))
    points = centres[classes] + random.normal(0, 0.05, (train + test, 4))
    points = points.clip(-0.25, 0.25).astype(np.float32)
    return Dataset(points[:train], classes[:train], points[train:], classes[train:])


def artifacts(*more: object) -> Artifacts:
    """What there is before training, and more."""
    there = (
        NETWORK,
        MEMRISTOR,
        technology(),
        InverterTables((table(),)),
        VtcModels((curves(),)),
        Tuning(),
        SweptTraining(),
        ChipsInMind(),
        StartingModel(),
        Taught(),
        dataset(),
        *more,
    )
    return Artifacts({type(artifact): artifact for artifact in there})


@dataclass(frozen=True)
class Alone:
    """Workers that cost no start-up."""

    jobs: int = 1
    elsewhere: bool = False
    executor: InThisProcess = field(default_factory=InThisProcess)


class Watcher:
    """Who is told how far a pass is, and of its warnings."""

    def __init__(self) -> None:
        self.fractions: list[float] = []
        self.texts: list[str] = []
        self.warnings: list[Diagnostic] = []

    def update(self, fraction: float, text: str = "") -> None:
        self.fractions.append(fraction)
        self.texts.append(text)


def context(folder: Path, watcher: Watcher | None = None) -> Context:
    watcher = watcher or Watcher()
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return Context(Alone(), scratch, folder, watcher, watcher.warnings.append, 60.0)
