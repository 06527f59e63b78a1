"""What training found: sweeps, cells, sizes, and what programming cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member

import numpy as np
from numpy.typing import NDArray

from imnnc.design import Network, Technology, TrainSpec
from imnnc.limits import OPTIONAL
from imnnc.perceptron.model import Perceptron
from imnnc.physics.network import FloatArray, NetworkParameters


@dataclass(frozen=True)
class StartingModel:
    """The model that training begins at, for inputs in volts; None: cells at random."""

    model: Perceptron | None = None


@dataclass(frozen=True)
class Taught:
    """What a teacher answers to the samples that are trained with, (S, M); None: there is none.

    Those are probabilities of classes, or volts of read-outs.
    """

    answers: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class ChipsInMind:
    """The technology whose transistors differ, where training asks for that; else None."""

    technology: Technology | None = None


def unformed_field(layer: str) -> str:
    """What a sweep of the shares of cells that a layer leaves unformed is called."""
    return f"unformed {layer}"


def unformed_shares(network: Network) -> dict[str, tuple[float, ...]]:
    """The shares of cells to be tried unformed, by the field that a sweep of them has."""
    return {unformed_field(x.name): x.unformed for x in network.layers if x.unformed}


def with_unformed(network: Network, chosen: Mapping[str, float]) -> Network:
    """The network with one share in each layer: that chosen for its field, else its first."""
    layers = [
        replace(x, unformed=(chosen.get(unformed_field(x.name), x.unformed[0]),))
        if x.unformed
        else x
        for x in network.layers
    ]
    return replace(network, layers=tuple(layers))


@dataclass(frozen=True)
class Tried:
    """One value of a sweep, and how the network that was trained with it does.

    On validation samples: scores are accuracies, or minus an MSE in V^2.
    """

    field: str
    value: float
    score: float  # of the circuit, by its exact operating points
    predicted_score: float
    error_volts: float  # RMS prediction error at the read-out
    power_watts: float  # of the rails
    chosen: bool
    # Of inputs and biases, where the choice looked at it
    source_watts: float | None = member(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Tuning:
    """The values that sweeps have chosen, and every one that was tried on the way."""

    # Those that were swept: fields of TrainSpec, and those of `unformed_shares`
    names: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    tried: tuple[Tried, ...] = ()

    def apply(self, spec: TrainSpec, network: Network) -> tuple[TrainSpec, Network]:
        """Both with the values that were chosen."""
        chosen = dict(zip(self.names, self.values, strict=True))
        shares = unformed_shares(network)
        of_spec = {name: value for name, value in chosen.items() if name not in shares}
        return replace(spec, **of_spec), with_unformed(network, chosen)  # type: ignore[arg-type]


@dataclass(frozen=True)
class TrainedNetwork:
    """Cells and sizes as training left them."""

    parameters: NetworkParameters


@dataclass(frozen=True)
class TrainingHistory:
    """How training went, epoch by epoch."""

    losses: tuple[float, ...]  # the mean of each epoch
    scores: tuple[float, ...]  # validation: accuracy, or minus the MSE in V^2
    settled: int = 0  # the first epoch, from 0, with the sizes that are built

    @property
    def kept_epoch(self) -> int:
        """The epoch whose network was kept, counted from 1: the first with the best score."""
        scores = self.scores[self.settled :]
        return self.settled + scores.index(max(scores)) + 1


@dataclass(frozen=True)
class SweptTraining:
    """The training of what sweeps have chosen, which is not done again; None: nothing was swept.

    It is that of `spec`, a fingerprint: seeds of a comparison are trained by themselves.
    """

    network: TrainedNetwork | None = None
    history: TrainingHistory | None = None
    spec: str = ""


@dataclass(frozen=True)
class SizedNetwork:
    """Cells as trained, sizes on their grid."""

    parameters: NetworkParameters


@dataclass(frozen=True)
class Sizing:
    """What sizing did: total size in unit inverters, rail power in watts, validation score."""

    size_before: float
    size_after: float
    power_before: float
    power_after: float
    score_before: float
    score_after: float
    minus_before: tuple[FloatArray, ...]  # (M,) a layer, sizes of INV1 as trained
    plus_before: tuple[FloatArray, ...]  # of INV2


@dataclass(frozen=True)
class Quantisation:
    """Predicted score on the test samples with the cells as trained, and as programmed."""

    samples: int
    score_before: float  # accuracy, or minus the MSE in V^2
    score_after: float
