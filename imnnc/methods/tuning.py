"""Which value of a swept hyper-parameter is best: the same rule for every method.

Each value is trained in full and judged by the circuit itself, the exact operating points of
its validation samples.  Of the values whose score is within the margin of the best one, that
with the smallest prediction error is chosen, of those without any the best; where the value is
a matter of power (the weight of energy, the size of the inverters, the share of cells that are not
formed), that with the smallest power.
One whose outputs do not move predicts well and draws little: it is chosen where all are like that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imnnc.design import LEAST_SWING_VOLTS, Memristor, Network, TrainSpec
from imnnc.engine.device import PROCESSOR
from imnnc.methods.base import LayerVoltages
from imnnc.methods.choice import METHODS, trainable
from imnnc.methods.conditions import Conditions, Corner
from imnnc.methods.judging import Judge
from imnnc.methods.power import rail_power, source_power
from imnnc.methods.start import begin_at
from imnnc.methods.trainable import TrainableNetwork
from imnnc.methods.training import Epoch, Progress, Samples, score, train
from imnnc.perceptron.model import Perceptron
from imnnc.physics.chips import Spread
from imnnc.physics.devices import find_device, room_on
from imnnc.physics.inverter import Inverter
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.table import InverterTable
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import Curves

JUDGED_BY_POWER = ("energy_weight", "size")
JUDGED_SAMPLES = 3000  # validation samples at most


@dataclass(frozen=True)
class Judgement:
    """How a trained network does on validation samples."""

    # Of the circuit, or the mean over chips: accuracy, or minus the MSE in V^2
    score: float
    predicted_score: float  # as the method predicts it
    error_volts: float  # RMS at the read-out, predicted against the circuit
    power_watts: float  # of the rails
    moves: bool = True  # whether any output of the circuit does, between the samples
    source_watts: float = 0.0  # of inputs and biases


@dataclass(frozen=True)
class Trial:
    """A network to train and to judge."""

    network: Network
    memristor: Memristor
    table: InverterTable
    curves: Curves
    spec: TrainSpec
    corners: tuple[Corner, ...] = ()  # to train at; none: that of the table
    spread: Spread | None = None  # how chips differ that it is trained for; None: they do not
    start: Perceptron | None = None  # the model to begin at; None: cells at random
    judged_by: Spread | None = None  # the same of those that only judge it; None: none do
    device: str = PROCESSOR.name  # that trains and solves

    @property
    def tables(self) -> tuple[InverterTable, ...]:
        """Of the corners to train at."""
        return tuple(corner.table for corner in self.corners) or (self.table,)

    @property
    def conditions(self) -> Conditions:
        """What training draws."""
        return Conditions.of(self.tables, self.spread)

    def begin(self, training: Samples) -> TrainableNetwork:
        """The network before training."""
        curves = [corner.curves for corner in self.corners]
        spec = self.spec
        network = trainable(
            spec.method, self.network, self.memristor, self.curves, spec.seed, curves
        )
        if self.start is not None:
            with one_thread():
                begin_at(network, self.start, training.inputs, Inverter(self.table), spec.loss)
        return network


def train_trial(
    trial: Trial,
    training: Samples,
    validation: Samples,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
) -> tuple[TrainableNetwork, tuple[Epoch, ...]]:
    """The network that a trial trains, from its checkpoint where there is one."""
    import torch

    find_device(trial.device)  # a worker of a cluster may have others
    model = trial.begin(training)
    epochs = train(
        model,
        Inverter(trial.table, torch.float32),
        training,
        validation,
        trial.spec,
        checkpoint=checkpoint,
        on_progress=on_progress,
        conditions=trial.conditions,
        device=trial.device,
    )
    return model, epochs


def judge(
    trial: Trial,
    training: Samples,
    validation: Samples,
    checkpoint: Path,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    samples: int = JUDGED_SAMPLES,
) -> Judgement:
    """Train a network as `trial` says, and look at the circuit that it makes.

    At most `samples` of the validation samples are looked at.  Of one that is trained for chips or
    corners the score is theirs; all else is of the nominal circuit.
    """
    spec = trial.spec
    model, _ = train_trial(trial, training, validation, checkpoint, on_progress)
    parameters = model.found()
    volts = validation.inputs[:samples].astype(np.float64)
    targets = validation.targets[:samples]
    inverter = Inverter(trial.table)
    with one_thread(), room_on(trial.device):
        solver = OperatingPointSolver(inverter, device=trial.device)
        found = solver.solve(parameters, volts).require()
        exact = [LayerVoltages(*nodes) for nodes in found.layers]
        predicted = METHODS[spec.method].predictor(parameters, trial.curves).predict(volts)
        power = rail_power(inverter, parameters, exact)
        sources = source_power(inverter.supply_volts, parameters, volts, exact)
        of_chips = None
        if trial.judged_by is not None or not trial.conditions.alike:
            spread = trial.spread or trial.judged_by
            judged = Judge(trial.tables, spread, validation, spec, trial.device)
            of_chips = judged.score(parameters)
    readout = exact[-1].minus
    return Judgement(
        score(readout, targets, spec) if of_chips is None else of_chips,
        score(predicted, targets, spec),
        float(np.sqrt(np.mean((predicted - readout) ** 2))),
        power,
        bool(np.ptp(readout, axis=0).max() >= LEAST_SWING_VOLTS),
        sources,
    )


def best(
    found: Sequence[Judgement], margin: float, by_power: bool, source_weight: float = 0.0
) -> int:
    """The index of the one to choose; see the module.  `margin` is in units of the score.

    `source_weight` is how much the power of inputs and biases counts beside that of the rails.
    """
    least = max(x.score for x in found) - margin
    good = [index for index, x in enumerate(found) if x.score >= least]
    good = [index for index in good if found[index].moves] or good
    if by_power:
        return min(
            good,
            key=lambda i: found[i].power_watts + source_weight * found[i].source_watts,
        )
    return min(good, key=lambda index: (found[index].error_volts, -found[index].score))
