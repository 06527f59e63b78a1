"""Programming by pulses, simulated: write and verify.

A cell begins in the reset state, the least conductance.  It gets the set pulses of its first guess,
then a read and a pulse in turn, of whichever kind leads towards the target, until a read is within
the tolerance or there are no tries left (as in Alibart et al., doi 10.1088/0957-4484/23/7/075201).

Draws are keyed as those of chips are, and the cells that are stuck are those of the chip of the
same seed and number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from imnnc.physics.chips import LEAST_FACTOR, Drawn, random_of, stuck_cells
from imnnc.physics.network import BoolArray, CrossbarProgram, FloatArray, IntArray
from imnnc.physics.pulse_plan import cells_of, first_guess
from imnnc.pulses import PulsePlan


@dataclass(frozen=True)
class Written:
    """What became of the formed cells of a crossbar; one entry a cell, in the order of places."""

    name: str
    biases: int
    places: IntArray  # (C, 3): 0 on a plus row and 1 on a minus row, row, column
    targets: FloatArray  # siemens
    siemens: FloatArray  # what they conduct at last
    read: FloatArray  # what the last read was
    pulses: IntArray  # of either kind
    reads: IntArray
    joules: FloatArray | None  # None: pulses have no voltage
    failed: BoolArray
    stuck: BoolArray  # whatever the pulse


def write_verify(plan: PulsePlan, program: CrossbarProgram, chip: int = 0) -> Iterator[Written]:
    """Program all cells of a chip, crossbar by crossbar."""
    for number, crossbar in enumerate(program.crossbars):
        targets, formed = cells_of(crossbar)
        key = plan.spec.seed, chip, number
        low, high = stuck_cells(targets.shape, (plan.stuck_low, plan.stuck_high), key)
        random = random_of(*key, Drawn.DEVICES)
        factors = 1 + plan.pulses.device_to_device * random.standard_normal((2, *targets.shape))
        cells = _Cells(
            plan,
            np.where(high, plan.high_siemens, plan.low_siemens)[formed],
            (low | high)[formed],
            np.maximum(factors, LEAST_FACTOR)[:, formed],
            random_of(*key, Drawn.PULSES),
        )
        reading = random_of(*key, Drawn.VERIFYING)
        wanted = targets[formed]
        cells.give_first(first_guess(plan, wanted))
        failed, read, reads = _verify(plan, cells, wanted, reading)
        yield Written(
            crossbar.name,
            crossbar.biases,
            np.argwhere(formed),
            wanted,
            cells.siemens,
            read,
            cells.pulses,
            reads,
            cells.joules,
            failed,
            cells.stuck,
        )


def _verify(
    plan: PulsePlan, cells: _Cells, targets: FloatArray, reading: np.random.Generator
) -> tuple[BoolArray, FloatArray, IntArray]:
    """Reads and pulses in turn: which cells fail, the last read of each, how many there were."""
    open_ = np.arange(len(targets))
    read, reads = np.zeros_like(targets), np.zeros(len(targets), dtype=np.int64)
    for tries in range(plan.spec.most_tries + 1):
        noise = plan.read_noise * reading.standard_normal(len(open_)) if plan.read_noise else 0.0
        read[open_] = cells.siemens[open_] * (1 + noise)
        reads[open_] += 1
        open_ = open_[np.abs(read[open_] / targets[open_] - 1) > plan.spec.tolerance]
        if not len(open_) or tries == plan.spec.most_tries:
            break
        cells.give(open_, read[open_] < targets[open_])
    failed = np.zeros(len(targets), dtype=np.bool_)
    failed[open_] = True
    return failed, read, reads


class _Cells:
    """Cells as they are while they are programmed."""

    def __init__(
        self,
        plan: PulsePlan,
        siemens: FloatArray,
        stuck: BoolArray,
        factors: FloatArray,
        random: np.random.Generator,
    ) -> None:
        """`factors` (2, C) are those of each cell's set and reset steps."""
        self.siemens, self.stuck = siemens, stuck
        self.pulses = np.zeros(len(siemens), dtype=np.int64)
        self.joules = None if plan.pulses.volts is None else np.zeros(len(siemens))
        self._plan, self._random = plan, random
        pulses = plan.pulses
        self._set_step = pulses.set_step_siemens * factors[0]
        self._reset_step = pulses.reset_step_siemens * factors[1]

    def give_first(self, counts: IntArray) -> None:
        """So many set pulses to each."""
        order = np.argsort(-counts, kind="stable")
        falling = counts[order]
        for number in range(int(counts.max(initial=0))):
            cells = order[: np.searchsorted(-falling, -number)]
            self.give(cells, np.ones(len(cells), dtype=np.bool_))

    def give(self, cells: IntArray, is_set: BoolArray) -> None:
        """One pulse to each of some cells, a set or a reset pulse."""
        pulses, low, high = self._plan.pulses, self._plan.low_siemens, self._plan.high_siemens
        before = self.siemens[cells]
        share = (before - low) / (high - low)
        steps = np.where(
            is_set,
            self._set_step[cells] * (1 - pulses.set_saturation * share),
            -self._reset_step[cells] * (1 - pulses.reset_saturation * (1 - share)),
        )
        if pulses.cycle_to_cycle:
            steps *= 1 + pulses.cycle_to_cycle * self._random.standard_normal(len(cells))
        after = np.where(self.stuck[cells], before, np.clip(before + steps, low, high))
        self.siemens[cells] = after
        self.pulses[cells] += 1
        if self.joules is not None and pulses.volts is not None:
            volts = np.where(is_set, *pulses.volts)
            self.joules[cells] += volts**2 * (before + after) / 2 * (pulses.width_seconds or 0.0)
