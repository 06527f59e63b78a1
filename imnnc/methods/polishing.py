"""The last of what a die loses, by training it from where it is: exact gradients, few cells.

Adam (arXiv:1412.6980) on the loss of the task, or on what read-outs differ by from those of the
nominal circuit, with the slopes of `imnnc.physics.sensitivity`: those of this die, its transistors
all different, loads included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from imnnc.methods.correction import Corrector
from imnnc.methods.training import LOGIT_SHARE
from imnnc.physics.die import Die, siemens_of
from imnnc.physics.network import BoolArray, FloatArray
from imnnc.physics.operating_point import Nodes
from imnnc.physics.sensitivity import cell_gradients

_BATCH = 256
_RATE = 0.01  # of a cell's range, a step
_WARM_UP = 5  # steps
_LEANING = 10  # steps, for which wires do to cells what they did to them first
_MOMENTS = (0.9, 0.98)


def polish(
    corrector: Corrector,
    die: Die,
    free: Sequence[BoolArray],
    inputs_volts: FloatArray,
    targets: NDArray[Any],
    steps: int,
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> Die:
    """The die with those of its cells trained that are `free` (2 (N + P), M a layer).

    On inputs (S, N) in volts; `targets` are classes (S,), or what the read-outs (S, M) should be.
    """
    device, random = corrector.memristor, np.random.default_rng(seed)
    low, high = device.conductance_min_siemens, device.conductance_max_siemens
    chosen = [torch.from_numpy(mask) for mask in free]
    first = [torch.zeros(mask.shape, dtype=torch.float64) for mask in free]
    second = [torch.zeros_like(x) for x in first]
    size = min(_BATCH, len(inputs_volts))
    for step in range(steps):
        progress(step / steps)
        if step % _LEANING == 0:
            die = die.leaning()
        some = np.sort(random.choice(len(inputs_volts), size, replace=False))
        points = corrector.solver.solve(die, inputs_volts[some])
        # A sample that has no operating point on the way teaches nothing.
        some = some[points.converged]
        nodes = [Nodes(*(x[points.converged] for x in of)) for of in points.layers]
        readout = torch.from_numpy(nodes[-1].minus + die.rails_volts).requires_grad_()
        (asked,) = torch.autograd.grad(
            readout_loss(readout, targets[some], corrector.solver.supply_volts), readout
        )
        found = cell_gradients(die, corrector.solver.devices, inputs_volts[some], nodes, asked.T)
        rate = _RATE * min(1, (step + 1) / _WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2
        for number, gradient in enumerate(found):
            mask = chosen[number]
            slope = torch.where(mask, gradient * (high - low), 0.0)
            first[number].lerp_(slope, 1 - _MOMENTS[0])
            second[number].lerp_(slope**2, 1 - _MOMENTS[1])
            mean = first[number] / (1 - _MOMENTS[0] ** (step + 1))
            spread = (second[number] / (1 - _MOMENTS[1] ** (step + 1))).sqrt()
            cells = torch.from_numpy(siemens_of(die.parameters.layers[number]))
            moved = cells - rate * (high - low) * mean / spread.clamp(min=1e-12)
            die = die.with_cells(number, torch.where(mask, moved.clamp(low, high), cells).numpy())
    return replace(die, lean=None)


def readout_loss(readout: Tensor, targets: NDArray[Any], supply_volts: float) -> Tensor:
    """As `imnnc.methods.training.task_loss`, of read-outs (B, M) in volts to ground.

    `targets` are classes (B,), or what the read-outs should be (B, M).
    """
    wanted = torch.from_numpy(targets)
    if wanted.dim() == 1:
        return functional.cross_entropy(readout / (LOGIT_SHARE * supply_volts), wanted)
    return functional.mse_loss(readout, wanted) / supply_volts**2
