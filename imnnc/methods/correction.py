"""Cells that make up for what one die is off by.

Layer by layer, each column is to be where its neuron's output is what the nominal circuit's would
be.  A change dg of a cell moves its column by dg (v - net) / G, so that is least squares over
samples, with cells within their range, and with a price on every change (the lasso, Tibshirani
1996, by coordinate descent): few cells change, those that are driven alike whatever the sample
where a column is to be shifted.  Samples count as much as the neuron's slope there: nothing where
its output is at a rail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from imnnc.design import Memristor
from imnnc.physics.chips import formed_cells
from imnnc.physics.crossbars import crossbar_of
from imnnc.physics.die import (
    Die,
    DieSolver,
    DrivenInverters,
    cell_weights,
    columns,
    crossbar_after,
    driven_rows,
    free_loads,
    input_rows,
    loads_behind,
    nominal_die,
    siemens_of,
    signal_rows,
)
from imnnc.physics.memristor import program
from imnnc.physics.network import BoolArray, CrossbarProgram, FloatArray, IntArray
from imnnc.physics.operating_point import Nodes

_PASSES = 2  # over the layers: what a layer drives loads it
_SWEEPS = 20
_SETTLED = 1e-3  # of a cell's range: a sweep that changes none by more is the last
_STEPS = 12  # to where a column should be
_STEP_VOLTS = 0.01
_LEAST_SLOPE = 0.02  # of an output to its column
_LEAST_COUNT = 0.02  # of a sample, of what those count that count most
_LEVELS = 1000  # of a device that has none


@dataclass(frozen=True)
class Correction:
    """What is to be programmed anew, and the die as it should be then."""

    program: CrossbarProgram
    die: Die
    changed: tuple[BoolArray, ...]  # (2 (N + P), M) of each layer, plus rows first

    @property
    def cells(self) -> int:
        """How many cells change."""
        return sum(int(layer.sum()) for layer in self.changed)


@dataclass(frozen=True)
class Corrector:
    """Corrects a die, of whose cells some may be out of order."""

    before: CrossbarProgram  # as programmed
    memristor: Memristor
    solver: DieSolver
    inputs_volts: FloatArray  # (S, N)
    broken: tuple[BoolArray, ...]  # (2 (N + P), M): cells that cannot be programmed any more
    # Whether read-outs are to be voltages to ground, rather than to be told from one another
    to_ground: bool = False

    @cached_property
    def held(self) -> tuple[BoolArray, ...]:
        """Cells (2 (N + P), M) of each layer that stay: broken, or never formed."""
        return tuple(
            broken | ~np.concatenate(formed_cells(layer))
            for layer, broken in zip(self.before.parameters().layers, self.broken, strict=True)
        )

    def fit(
        self, die: Die, tolerance_volts: float, progress: Callable[[float], None] = lambda _: None
    ) -> Die:
        """The die with cells that bring its columns to within about `tolerance_volts`.

        Raises:
            CompileError: IM332 where the nominal circuit has no operating point.
        """
        nominal = self.solver.solve(nominal_die(self.before.parameters()), self.inputs_volts)
        goals = [columns(nodes.minus) for nodes in nominal.require().layers]
        if self.to_ground:
            goals[-1] = goals[-1] - die.rails_volts
        for turn in range(_PASSES):
            for number, goal in enumerate(goals):
                progress((turn * len(goals) + number) / (_PASSES * len(goals)))
                die = self._layer(die, number, goal, tolerance_volts)
        return die

    def _layer(self, die: Die, number: int, goal: Tensor, tolerance_volts: float) -> Die:
        points = self.solver.solve(die, self.inputs_volts).require().layers
        layer, supply = die.parameters.layers[number], self.solver.supply_volts
        before = points[number - 1] if number else None
        rows = (
            input_rows(self.inputs_volts, die.rails_volts)
            if before is None
            else signal_rows(before.plus, before.minus)
        )
        net = columns(points[number].net)
        wanted, slopes = self._wanted(die, number, points[number], net, goal)
        siemens = torch.from_numpy(siemens_of(layer))
        crossbar = crossbar_of(layer, die.parameters.parasitics, supply, number)
        weights = cell_weights(layer, crossbar)
        counts = slopes.square()
        counts = counts.clamp(min=_LEAST_COUNT * float(counts.max()))
        counts = counts / counts.sum(1, keepdim=True)
        driven = driven_rows(layer, rows, supply)
        least, most = self.room(number, siemens)
        per_range = weights / siemens * (most - least)
        cells = len(siemens)
        normal = torch.empty(layer.width, cells, cells, dtype=torch.float64)
        asked = torch.empty(layer.width, cells, dtype=torch.float64)
        for column in range(layer.width):
            falls = per_range[:, column, None] * (driven - net[column])
            counted = falls * counts[column]
            torch.mm(counted, falls.T, out=normal[column])
            asked[column] = counted @ (wanted[column] - net[column])
        span = (most - least).clamp(min=torch.finfo(torch.float64).tiny)
        shares = _lasso(
            normal.numpy(),
            asked.numpy(),
            (least / span).numpy(),
            (most / span).numpy(),
            tolerance_volts,
        )
        return die.with_cells(number, siemens.numpy() + shares * (most - least).numpy())

    def room(self, number: int, siemens: Tensor) -> tuple[Tensor, Tensor]:
        """How far cells (2 (N + P), M) of a layer can go, down and up, in siemens."""
        held = torch.from_numpy(self.held[number])
        low = (self.memristor.conductance_min_siemens - siemens).clamp(max=0)
        high = (self.memristor.conductance_max_siemens - siemens).clamp(min=0)
        return torch.where(held, 0.0, low), torch.where(held, 0.0, high)

    def _wanted(
        self, die: Die, number: int, nodes: Nodes, net: Tensor, goal: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Columns (M, B) at which outputs are at their goals, and the slopes of V- there."""
        parameters, layer = die.parameters, die.parameters.layers[number]
        following = crossbar_after(parameters, number, self.solver.supply_volts)
        if following is None:
            loads = free_loads(parameters, layer, net.shape[1])
        else:
            loads = loads_behind(following, layer, columns(nodes.plus), columns(nodes.minus))
        inverters, gates = DrivenInverters(self.solver, *loads[1]), die.gates[number].minus
        for _ in range(_STEPS):
            v_out, up, down = inverters.at(gates, net)
            step = (goal - v_out) / (up + down).clamp(max=-_LEAST_SLOPE)
            net = net + step.clamp(-_STEP_VOLTS, _STEP_VOLTS)
        _, up, down = inverters.at(gates, net)
        return net, up + down

    def programmed(self, die: Die, found: Die) -> Correction:
        """`found` at levels of the device; cells that are as near a level in `die` stay."""
        wanted = program(found.parameters, self.memristor)
        device, crossbars, changed = self.memristor, [], []
        span = device.conductance_max_siemens - device.conductance_min_siemens
        step = span / ((device.levels or _LEVELS) - 1)
        for number, (old, new) in enumerate(
            zip(self.before.crossbars, wanted.crossbars, strict=True)
        ):
            was, now = (siemens_of(x.parameters.layers[number]) for x in (die, found))
            ohms = [np.concatenate([x.ohms_plus, x.ohms_minus]) for x in (old, new)]
            moved = (np.abs(now - was) > step / 2) & (ohms[0] != ohms[1])
            plus, minus = np.split(moved, 2)
            crossbars.append(
                replace(
                    old,
                    ohms_plus=np.where(plus, new.ohms_plus, old.ohms_plus),
                    ohms_minus=np.where(minus, new.ohms_minus, old.ohms_minus),
                    level_plus=_levels(plus, new.level_plus, old.level_plus),
                    level_minus=_levels(minus, new.level_minus, old.level_minus),
                )
            )
            changed.append(moved)
            die = die.with_cells(number, np.where(moved, 1 / ohms[1], was))
        return Correction(replace(self.before, crossbars=tuple(crossbars)), die, tuple(changed))


def _levels(moved: BoolArray, new: IntArray | None, old: IntArray | None) -> IntArray | None:
    return None if new is None or old is None else np.where(moved, new, old)


def _lasso(
    normal: FloatArray,
    asked: FloatArray,
    least: FloatArray,
    most: FloatArray,
    tolerance_volts: float,
) -> FloatArray:
    """Shares (R, M) of cells' ranges, from `least` to `most`, that make up for what is asked.

    `normal` (M, R, R) and `asked` (M, R) are those of least squares, in volts a range.  A cell that
    would put right less than `tolerance_volts` stays.
    """
    diagonal = normal.diagonal(axis1=1, axis2=2).T
    price = tolerance_volts * np.sqrt(diagonal.max(0))
    diagonal = np.maximum(diagonal, np.finfo(float).tiny)
    found, left = np.zeros_like(diagonal), asked.copy()
    for _ in range(_SWEEPS):
        largest = 0.0
        for row, at in enumerate(diagonal):
            goal = left[:, row] + at * found[row]
            shrunk = np.sign(goal) * np.maximum(np.abs(goal) - price, 0) / at
            step = np.clip(shrunk, least[row], most[row]) - found[row]
            moving = np.flatnonzero(step)  # few columns
            if len(moving):
                left[moving] -= normal[moving, row] * step[moving, None]
                found[row] += step
                largest = max(largest, float(np.abs(step).max()))
        if largest < _SETTLED:
            break
    return found
