"""A teacher of the compiler's own: a wider perceptron, which is shown the samples first.

What it answers says more of a sample than its class does: which others it is like, and where a
label is one that nobody could have guessed (Hinton, Vinyals and Dean, arXiv:1503.02531).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from imnnc.design import Loss
from imnnc.methods.training import Samples
from imnnc.physics.network import FloatArray
from imnnc.physics.threads import one_thread

_WIDER = 5  # than the network's widest layer is its first, than half of that its second
_LEAST_WIDTH = 64
_DROPPED = 0.3  # of what hidden neurons say, for it not to learn samples by heart
_EPOCHS, _LEAST_STEPS, _BATCH = 20, 2000, 128
_RATE, _DECAY = 2e-3, 1e-3
# Read-outs that mismatch moves have to stand clear of one another: answers that are as warm as the
# teacher's own would have them closer.  Chips of fashion14 have 85.2 % of validation samples at 2,
# 86.2 at 1, 86.6 and 86.7 at 0.5 and 0.3, 86.3 without a teacher.
_WARMTH = 0.4
_SHOWN_EVERY = 50  # steps


def answers_of_teacher(
    training: Samples,
    widths: Sequence[int],
    loss: Loss,
    seed: int,
    on_progress: Callable[[float], None] = lambda _: None,
) -> FloatArray:
    """What a teacher of a network of `widths` answers to its samples once it knows them, (S, M).

    Those are probabilities of classes, or volts of read-outs.
    """
    inputs, targets = training.to_torch()
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x, _, _ = _scaled(inputs)
        if loss == "cross_entropy":
            answers = _taught(x, targets, widths, functional.cross_entropy, on_progress)
            found = functional.softmax(answers.double() / _WARMTH, 1)
        else:
            y, middle, spread = _scaled(targets)
            answers = _taught(x, y, widths, functional.mse_loss, on_progress)
            found = answers.double() * spread + middle
    volts: FloatArray = found.numpy()
    return volts


def _scaled(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Values (S, N) about their mean, in their deviation; both."""
    middle = values.mean()
    spread = values.std().clamp(min=1e-9)
    return (values - middle) / spread, middle, spread


def _taught(
    inputs: Tensor,
    targets: Tensor,
    widths: Sequence[int],
    loss: Callable[[Tensor, Tensor], Tensor],
    on_progress: Callable[[float], None],
) -> Tensor:
    """The answers (S, M) of a perceptron that was trained on the samples."""
    wide = max(_LEAST_WIDTH, _WIDER * max(widths[1:]))
    model = nn.Sequential(
        *(nn.Linear(widths[0], wide), nn.ReLU(), nn.Dropout(_DROPPED)),
        *(nn.Linear(wide, wide // 2), nn.ReLU(), nn.Dropout(_DROPPED)),
        nn.Linear(wide // 2, widths[-1]),
    )
    batches = math.ceil(len(inputs) / _BATCH)
    epochs = max(_EPOCHS, math.ceil(_LEAST_STEPS / batches))
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY, fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=epochs * batches + 1)
    for epoch in range(epochs):
        for number, some in enumerate(torch.split(torch.randperm(len(inputs)), _BATCH)):
            missed = loss(model(inputs[some]), targets[some])
            optimizer.zero_grad()
            missed.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            cycle.step()
            if number % _SHOWN_EVERY == 0:
                on_progress((epoch + number / batches) / epochs)
    model.eval()
    with torch.no_grad():
        answers: Tensor = torch.cat([model(some) for some in torch.split(inputs, 10 * _BATCH)])
    return answers
