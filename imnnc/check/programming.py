"""Compares what the programming files of two folders say, not how they say it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imnnc.check import terms
from imnnc.check.result import Difference
from imnnc.diagnostics import CompileError
from imnnc.emit.programming import INDEX_NAME, PROGRAM_FOLDER, read_program
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar

PROGRAMMING = "programming"
_POLARITIES = ("plus", "minus")


def programming_differences(golden: Path, found: Path, tolerance: float) -> Iterator[Difference]:
    """The cells and sizes that are to be programmed otherwise; numbers within a tolerance.

    Nothing where neither folder has programming files.  Fails with IM511 to IM516 where the
    golden's cannot be read; where the others cannot, that is a difference.
    """
    if not (golden / PROGRAM_FOLDER / INDEX_NAME).is_file():
        if (found / PROGRAM_FOLDER / INDEX_NAME).is_file():
            yield Difference(PROGRAMMING, "programming: the files are added")
        return
    was = read_program(golden)
    try:
        now = read_program(found)
    except CompileError as error:
        yield Difference(PROGRAMMING, f"programming: {error.diagnostics[0].message}")
        return
    yield from _programs(was, now, tolerance)


def _programs(was: CrossbarProgram, now: CrossbarProgram, tolerance: float) -> Iterator[Difference]:
    shapes = [[x.ohms_plus.shape for x in program.crossbars] for program in (was, now)]
    if shapes[0] != shapes[1]:
        yield Difference(PROGRAMMING, "programming: the crossbars have other shapes")
        return
    for name in ("memristor", "tolerance", "resistor_ohms"):
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            text = f"programming: {name.replace('_', ' ')} is {after}, was {before}"
            yield Difference(PROGRAMMING, text)
    for before, after in zip(was.crossbars, now.crossbars, strict=True):
        yield from _crossbars(before, after, tolerance)
    for inverter, sizes, others in (
        ("INV1", was.size_minus, now.size_minus),
        ("INV2", was.size_plus, now.size_plus),
    ):
        for crossbar, before, after in zip(was.crossbars, sizes, others, strict=True):
            for neuron in np.flatnonzero(before != after).tolist():
                yield Difference(
                    PROGRAMMING,
                    f"programming {crossbar.name}: size of {inverter} of neuron {neuron} is"
                    f" {after[neuron]:g}, was {before[neuron]:g}",
                )


def _crossbars(
    was: ProgrammedCrossbar, now: ProgrammedCrossbar, tolerance: float
) -> Iterator[Difference]:
    before = np.stack([was.ohms_plus, was.ohms_minus])
    after = np.stack([now.ohms_plus, now.ohms_minus])
    ratios = before / after - 1
    changed = np.abs(before - after) > tolerance * np.maximum(before, after)
    if was.level_plus is not None and now.level_plus is not None:
        assert was.level_minus is not None
        assert now.level_minus is not None
        changed |= np.stack([was.level_plus, was.level_minus]) != np.stack(
            [now.level_plus, now.level_minus]
        )
    count = int(np.count_nonzero(changed))
    if not count:
        return
    worst = np.where(changed, np.abs(ratios), -1.0)
    polarity, row, column = np.unravel_index(int(worst.argmax()), worst.shape)
    name = "bias" if row == before.shape[1] - 1 else str(row)
    verb = "differs" if count == 1 else "differ"
    yield Difference(
        PROGRAMMING,
        f"programming {was.name}: {count:,} of {before.size:,} cells {verb}, largest"
        f" {terms.percent(float(ratios[polarity, row, column]))} at row {name}"
        f" column {column} ({_POLARITIES[polarity]})",
    )
