"""The training loop: batches, schedule, validation, early stopping, checkpoints.

A run is a function of data, options and seed alone: every epoch draws its order, and its chips
where those are trained for, from generators seeded by (seed, epoch), so one that was interrupted
and resumed ends in the same bits as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from imnnc.design import TrainSpec
from imnnc.diagnostics import fail
from imnnc.engine.device import PROCESSOR
from imnnc.methods.adam import Adam
from imnnc.methods.checkpoint import load, save
from imnnc.methods.conditions import ONE_CHIP, Conditions
from imnnc.methods.power import crossbar_power, layer_power, settling_seconds
from imnnc.methods.trainable import LayerState, TrainableNetwork
from imnnc.physics.devices import room_on
from imnnc.physics.inverter import Inverter
from imnnc.physics.threads import one_thread

# A read-out swings between the rails; so many units of it are one unit of a logit.
LOGIT_SHARE = 0.2
_ENERGY_EVERY = 16  # batches; a slow regulariser need not be in each
_ENERGY_SAMPLES = 16
_WARM_UP = 0.1  # of all steps
# After this share of the epochs sizes are the nearest that can be built: rounded afterwards, they
# would surprise the cells (kmeans, 6-8-4-1: an MSE of 4.1e-3 V^2 instead of 9e-5).
_CONTINUOUS = 0.7
# Cells are left unformed from this share of the steps on, and all by the time that sizes are on
# their grid; which they are is looked at every so many steps.
_FORMING = 0.2
_FORM_EVERY = 50
_WIRES_EVERY = 100  # steps, in which cells drift by a per cent or two
_EVALUATION_BATCH = 2048
_SAVED_EVERY_SECONDS = 1.0  # short epochs would spend much of their time on checkpoints
# Chips that validation samples are looked at on, each batch on another one, and on how many samples
# at least: those of a small set are repeated, with other thresholds.
_VALIDATION_CHIPS = 8
_VALIDATION_SAMPLES = 2000
# Apart from one another and from what orders the samples.
_OF_CHIPS, _OF_VALIDATION = 1 << 60, 1 << 61


@dataclass(frozen=True)
class Samples:
    """Inputs (S, N) in volts; targets: classes (S,), or read-out volts (S, M).

    `taught` is what a teacher answers, (S, M): probabilities of classes, or read-out volts.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[Any]
    taught: NDArray[np.float32] | None = None

    def to_torch(self) -> tuple[Tensor, Tensor]:
        """The same memory as tensors."""
        return torch.from_numpy(self.inputs), torch.from_numpy(self.targets)


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.  `score` is better when larger: accuracy, or minus the MSE in V^2."""

    loss: float
    score: float


@dataclass(frozen=True)
class Progress:
    """What there is to see while training runs."""

    epoch: int
    epochs: int
    fraction: float
    loss: float
    score: float | None
    seconds_left: float


def split_validation(
    inputs: NDArray[np.float32], targets: NDArray[Any], share: float, seed: int
) -> tuple[Samples, Samples]:
    """Training and validation samples, divided at random."""
    order = np.random.default_rng(seed).permutation(len(inputs))
    count = min(len(inputs) - 1, max(1, round(share * len(inputs))))
    held, used = np.sort(order[:count]), np.sort(order[count:])
    return Samples(inputs[used], targets[used]), Samples(inputs[held], targets[held])


def task_loss(
    readout: Tensor,
    targets: Tensor,
    spec: TrainSpec,
    supply_volts: float,
    taught: Tensor | None = None,
) -> Tensor:
    """The loss of read-outs (M, B) in volts: the class is the output that is highest.

    What a teacher answers, `taught` (B, M), counts as much of it as `spec.teacher` says.
    """
    if taught is not None and spec.teacher:
        own = task_loss(readout, targets, spec, supply_volts) if spec.teacher < 1 else 0.0
        # Probabilities are targets of the cross entropy as classes are.
        of_teacher = task_loss(readout, taught, spec, supply_volts)
        return (1 - spec.teacher) * own + spec.teacher * of_teacher
    if spec.loss == "cross_entropy":
        return functional.cross_entropy(readout.T / (LOGIT_SHARE * supply_volts), targets)
    return functional.mse_loss(readout.T, targets) / supply_volts**2


def score(readout: NDArray[Any], targets: NDArray[Any], spec: TrainSpec) -> float:
    """Accuracy of read-outs (S, M), or minus their mean square error in V^2."""
    if spec.loss == "cross_entropy":
        return float((readout.argmax(1) == targets).mean())
    return -float(np.square(readout - targets, dtype=np.float64).mean())


def train(
    network: TrainableNetwork,
    inverter: Inverter,
    training: Samples,
    validation: Samples,
    spec: TrainSpec,
    *,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
    conditions: Conditions = ONE_CHIP,
    clock: Callable[[], float] = time.monotonic,
    device: str = PROCESSOR.name,
) -> tuple[Epoch, ...]:
    """Train `network` in place; it ends as it was in its best epoch on the validation samples.

    `inverter` (float32) prices the energy term.  `checkpoint` is read first if it is there, and
    written after epochs, a second apart, and after the last one.  Every batch is one of the corners
    and of chips that differ as `conditions` have them, and scores are those of such chips.  `clock`
    tells the seconds that progress is timed by.

    It is done on `device`; before and after, `network` is on the processor, and so is what lies in
    the checkpoint, so that another device can go on from there.

    Raises:
        CompileError: IM400 where the loss is no longer finite, IM755 where the device is full.
    """
    with one_thread(), room_on(device):
        where = checkpoint, torch.device(device)
        return _Run(
            network, inverter, training, validation, spec, *where, on_progress, conditions, clock
        ).run()


def settled_epoch(spec: TrainSpec) -> int:
    """The first epoch, from 0, whose sizes are on their grid: one of these is kept."""
    return min(round(_CONTINUOUS * spec.epochs), spec.epochs - 1)


class _Run:
    def __init__(
        self,
        network: TrainableNetwork,
        inverter: Inverter,
        training: Samples,
        validation: Samples,
        spec: TrainSpec,
        path: Path,
        device: torch.device,
        on_progress: Callable[[Progress], None],
        conditions: Conditions,
        clock: Callable[[], float],
    ) -> None:
        self.device = device
        self.network = network.to(device)
        self.inverter = inverter.to(device)
        self.inputs, self.targets = (x.to(device) for x in training.to_torch())
        taught = training.taught
        self.taught = None if taught is None else torch.from_numpy(taught).to(device)
        self.validation = validation
        self.spec = spec
        self.checkpoint = path
        self.on_progress = on_progress
        self.conditions = conditions
        self.clock = clock
        self.batches = math.ceil(len(self.inputs) / spec.batch)
        self.optimizer = Adam(network.parameters())
        self.settled = settled_epoch(spec)
        self.history: list[Epoch] = []
        self.best: dict[str, Tensor] = {}
        self.energy_scale = math.nan
        self.now = -math.inf  # at the last step

    def run(self) -> tuple[Epoch, ...]:
        self._resume()
        started, first = self.clock(), len(self.history)
        saved, kept = started, first
        for epoch in range(first, self.spec.epochs):
            if self._has_stalled():
                break
            self.network.sizes_on_grid = epoch >= self.settled
            loss = self._epoch(epoch, started, first)
            reached = self._validate()
            # The last step's gradients can ruin a network whose loss was still finite.
            if not math.isfinite(reached):
                raise self._diverged(epoch)
            self.history.append(Epoch(loss, reached))
            if epoch < self.settled or self._best_epoch() == epoch:
                self.best = {k: v.clone() for k, v in self.network.state_dict().items()}
            if self.now - saved >= _SAVED_EVERY_SECONDS:
                self._save()
                saved, kept = self.now, len(self.history)
        if kept < len(self.history):
            self._save()
        self.network.sizes_on_grid = True
        self.network.be_nominal()
        self.network.load_state_dict(self.best)
        self.network.cpu()
        return tuple(self.history)

    def _best_epoch(self) -> int:
        """The best of those with the sizes that will be built."""
        scores = [epoch.score for epoch in self.history]
        return max(range(self.settled, len(scores)), key=scores.__getitem__)

    def _has_stalled(self) -> bool:
        patience = self.spec.patience
        if patience is None or len(self.history) <= self.settled:
            return False
        return len(self.history) - 1 - self._best_epoch() >= patience

    def _epoch(self, epoch: int, started: float, first: int) -> float:
        random = torch.Generator().manual_seed(self.spec.seed * 1_000_003 + epoch)
        order = torch.randperm(len(self.inputs), generator=random).to(self.device)
        inputs, targets = self.inputs[order], self.targets[order]
        batches = [torch.split(x, self.spec.batch) for x in (inputs, targets)]
        if self.taught is not None:
            batches.append(torch.split(self.taught[order], self.spec.batch))
        chips = torch.Generator().manual_seed(_OF_CHIPS + self.spec.seed * 1_000_003 + epoch)
        self.network.train()
        total, shown = 0.0, started
        for number, (x, y, *taught) in enumerate(zip(*batches, strict=True)):
            step = epoch * self.batches + number
            if not self.conditions.alike:
                corner = int(torch.randint(self.conditions.corners, (), generator=chips))
                self.network.make(self.conditions, corner, len(x), chips)
            loss = self._step(x, y, taught[0] if taught else None, step)
            if not math.isfinite(loss):
                raise self._diverged(epoch)
            total += loss * len(x)
            self.now = now = self.clock()
            if now - shown > 0.2:
                shown = now
                done, steps = step + 1 - first * self.batches, self.batches * self.spec.epochs
                self.on_progress(
                    Progress(
                        epoch=epoch + 1,
                        epochs=self.spec.epochs,
                        fraction=(step + 1) / steps,
                        loss=loss,
                        score=self.history[-1].score if self.history else None,
                        seconds_left=(now - started) / done * (steps - step - 1),
                    )
                )
        return total / len(inputs)

    def _step(self, x: Tensor, y: Tensor, taught: Tensor | None, step: int) -> float:
        self._form(step)
        if step % _WIRES_EVERY == 0:
            self.network.renew_wires()
        states = self.network(x)
        loss = task_loss(states[-1].minus, y, self.spec, self.inverter.supply_volts, taught)
        objective = loss
        if self.spec.energy_weight and step % _ENERGY_EVERY == 0:
            energy = self._energy(x, states)
            if math.isnan(self.energy_scale):
                self.energy_scale = float(energy.detach())
            objective = loss + self.spec.energy_weight * _ENERGY_EVERY * energy / self.energy_scale
        self.optimizer.zero_grad()
        objective.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step(self.spec.learning_rate * self._schedule(step))
        return float(loss.detach())

    def _form(self, step: int) -> None:
        """Choose the formed cells anew, until as many as are wanted are left out."""
        steps = self.batches * self.spec.epochs
        every = max(1, min(_FORM_EVERY, steps // _FORM_EVERY))

        def progress(at: int) -> float:
            return min(1.0, (at / steps - _FORMING) / (_CONTINUOUS - _FORMING))

        if step % every == 0 and progress(step) > 0 and progress(step - every) < 1:
            self.network.form(progress(step))

    def _energy(self, x: Tensor, states: list[LayerState]) -> Tensor:
        """Power, averaged over the first samples, times how long it is drawn.

        Of the rails, and of inputs and biases as far as `source_weight` counts those.
        """
        few = slice(_ENERGY_SAMPLES)
        readout = self.network.readout_plus(states[-1].net[:, few], states[-1].minus[:, few])
        plus = [state.plus[:, few] if state.plus is not None else readout for state in states]
        sizes = [self.network.sizes(number).chunk(2) for number in range(len(states))]
        sizes_plus, sizes_minus = zip(*sizes, strict=True)
        total = layer_power(
            self.inverter,
            torch.cat([state.net[:, few] for state in states]),
            torch.cat([state.minus[:, few] for state in states]),
            torch.cat(plus),
            (torch.cat(sizes_minus), torch.cat(sizes_plus)),
        )
        if self.spec.source_weight:
            crossbars = [self.network.crossbar(number) for number in range(len(states))]
            nets = [state.net[:, few] for state in states]
            driven = [(state.plus, state.minus) for state in states if state.plus is not None]
            rows = [torch.cat(pair) for pair in ((x.T, -x.T), *driven)]
            power = crossbar_power(crossbars, [volts[:, few] for volts in rows], nets)
            total = total + self.spec.source_weight * power
        pairs = list(zip(sizes_minus, sizes_plus, strict=True))
        loads = [self.network.loads(number) for number in range(len(states))]
        stated = [self.network.charging(number) for number in range(len(states))]
        return total.mean() * settling_seconds(self.inverter, pairs, loads, stated)

    def _schedule(self, step: int) -> float:
        """One cycle: a short linear rise, then half a cosine down to nothing."""
        steps = self.batches * self.spec.epochs
        warm = max(1, round(_WARM_UP * steps))
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    def _validate(self) -> float:
        self.network.eval()
        self.network.renew_wires()
        inputs = self.validation.to_torch()[0].to(self.device)
        with torch.no_grad():
            if not self.conditions.alike:
                return self._validate_chips(inputs)
            parts = [self.network(x)[-1].minus for x in torch.split(inputs, _EVALUATION_BATCH)]
        return score(torch.cat(parts, 1).T.cpu().numpy(), self.validation.targets, self.spec)

    def _validate_chips(self, inputs: Tensor) -> float:
        """The mean score over chips and corners: the same ones in every epoch."""
        random = torch.Generator().manual_seed(_OF_VALIDATION + self.spec.seed)
        corners = self.conditions.corners
        chips, repeats = 1, 1
        if self.conditions.spread is not None:
            chips = math.ceil(_VALIDATION_CHIPS / corners)
            repeats = math.ceil(_VALIDATION_SAMPLES / len(inputs))
        parts = []
        for number in range(chips * corners):
            for x in torch.split(inputs.repeat(repeats, 1), _EVALUATION_BATCH):
                self.network.make(self.conditions, number % corners, len(x), random)
                parts.append(self.network(x)[-1].minus)
        targets = np.concatenate([self.validation.targets] * (repeats * chips * corners))
        return score(torch.cat(parts, 1).T.cpu().numpy(), targets, self.spec)

    def _diverged(self, epoch: int) -> Exception:
        return fail(
            "IM400",
            f"training diverged in epoch {epoch + 1}: the loss is no longer finite",
            self.spec.span,
            help=f"lower `learning_rate` (it is {self.spec.learning_rate:g}), or raise `batch`",
        )

    def _save(self) -> None:
        state: dict[str, Any] = {"best": self.best, "energy_scale": self.energy_scale}
        state |= {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}
        state["history"] = [(e.loss, e.score) for e in self.history]
        save(self.checkpoint, state)

    def _resume(self) -> None:
        untrained = {k: v.clone() for k, v in self.network.state_dict().items()}
        try:
            state = load(self.checkpoint)
            history = [Epoch(*pair) for pair in state["history"]]
            self.best, self.energy_scale = state["best"], float(state["energy_scale"])
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.history = history
        except FileNotFoundError:
            return
        except Exception:  # damaged by a crash or by hand: nothing is lost but time
            self.checkpoint.unlink(missing_ok=True)
            self.network.load_state_dict(untrained)
            self.best, self.energy_scale = {}, math.nan
