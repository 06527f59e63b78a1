"""Compares what the programming files of two folders say, not how they say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np

from imnnc.check.netlist import terms
from imnnc.check.result import Difference
from imnnc.diagnostics import CompileError
from imnnc.emit.planned import plan_entry
from imnnc.emit.programming import INDEX_NAME, PROGRAM_FOLDER, read_program, read_pulse_plan
from imnnc.parasitics import Parasitics
from imnnc.physics.network import CrossbarProgram, IntArray, ProgrammedCrossbar
from imnnc.pulses import PulsePlan

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
    was, old_plan = read_program(golden), read_pulse_plan(golden)
    try:
        now, new_plan = read_program(found), read_pulse_plan(found)
    except CompileError as error:
        yield Difference(PROGRAMMING, f"programming: {error.diagnostics[0].message}")
        return
    yield from _programs(was, now, tolerance)
    yield from _plans(old_plan, new_plan)


def _plans(was: PulsePlan | None, now: PulsePlan | None) -> Iterator[Difference]:
    """How pulses and reads are given otherwise; first guesses follow from that and the cells."""
    old, new = ({} if plan is None else plan_entry(plan) for plan in (was, now))
    if not old or not new:
        if old or new:
            verb = "added" if new else "missing"
            yield Difference(PROGRAMMING, f"programming: the plan of pulses is {verb}")
        return
    facts = {**old, **old.pop("pulses")}, {**new, **new.pop("pulses")}
    for name in sorted(facts[0].keys() | facts[1].keys()):
        before, after = (fact.get(name, "none") for fact in facts)
        if before != after:
            yield Difference(
                PROGRAMMING,
                f"programming: {name.replace('_', ' ')} of pulses is {after}, was {before}",
            )


def _programs(was: CrossbarProgram, now: CrossbarProgram, tolerance: float) -> Iterator[Difference]:
    shapes = [[(x.ohms_plus.shape, x.biases) for x in y.crossbars] for y in (was, now)]
    if shapes[0] != shapes[1]:
        yield Difference(PROGRAMMING, "programming: the crossbars have other shapes")
        return
    facts: list[tuple[str, object, object]] = [
        ("memristor", was.memristor, now.memristor),
        ("tolerance", was.tolerance, now.tolerance),
    ]
    facts += [
        (member.name.replace("_", " "), *(getattr(x.parasitics, member.name) for x in (was, now)))
        for member in fields(Parasitics)
        if member.name not in ("wires", "capacitances")
    ]
    for number, crossbar in enumerate(was.crossbars):
        for what, of in (
            ("wire", Parasitics.wires_of),
            ("capacitance", Parasitics.capacitances_of),
        ):
            old, new = (str(of(x.parasitics, number) or "none") for x in (was, now))
            facts.append((f"{what} of {crossbar.name}", old, new))
    for name, before, after in facts:
        if before != after:
            yield Difference(PROGRAMMING, f"programming: {name} is {after}, was {before}")
    for old_cells, new_cells in zip(was.crossbars, now.crossbars, strict=True):
        yield from _crossbars(old_cells, new_cells, tolerance)
    for inverter, sizes, others in (
        ("INV1", was.size_minus, now.size_minus),
        ("INV2", was.size_plus, now.size_plus),
    ):
        for crossbar, size, other in zip(was.crossbars, sizes, others, strict=True):
            for neuron in np.flatnonzero(size != other).tolist():
                yield Difference(
                    PROGRAMMING,
                    f"programming {crossbar.name}: size of {inverter} of neuron {neuron} is"
                    f" {other[neuron]:g}, was {size[neuron]:g}",
                )


def _crossbars(
    was: ProgrammedCrossbar, now: ProgrammedCrossbar, tolerance: float
) -> Iterator[Difference]:
    before = np.stack([was.ohms_plus, was.ohms_minus])
    after = np.stack([now.ohms_plus, now.ohms_minus])
    ratios = before / after - 1
    changed = np.abs(before - after) > tolerance * np.maximum(before, after)
    shape = before.shape

    def place(index: int) -> tuple[str, str, str]:
        polarity, row, column = (int(x) for x in np.unravel_index(index, shape))
        pair = row - (shape[1] - was.biases)
        name = str(row) if pair < 0 else f"bias_{pair}" if pair else "bias"
        return name, str(column), _POLARITIES[polarity]

    if count := int(np.count_nonzero(changed)):
        worst = int(np.where(changed, np.abs(ratios), -1.0).argmax())
        text = cells_text(was.name, count, before.size, float(ratios.flat[worst]), *place(worst))
        yield Difference(PROGRAMMING, text)
    old, new = _levels(was), _levels(now)
    if old is None or new is None:
        if (old is None) != (new is None):
            verb = "added" if old is None else "missing"
            yield Difference(PROGRAMMING, f"programming {was.name}: the levels are {verb}")
        return
    # A level that has changed with its resistance is told by that.
    others = np.flatnonzero((old != new) & ~changed)
    if others.size:
        first = int(others[0])
        values = str(new.flat[first]), str(old.flat[first])
        text = others_text(was.name, "levels", others.size, old.size, *values, *place(first))
        yield Difference(PROGRAMMING, text)


def _levels(crossbar: ProgrammedCrossbar) -> IntArray | None:
    if crossbar.level_plus is None or crossbar.level_minus is None:
        return None
    return np.stack([crossbar.level_plus, crossbar.level_minus])


def cells_text(
    layer: str, count: int, total: int, ratio: float, row: str, column: str, polarity: str
) -> str:
    """A line about cells whose conductance has changed, by this ratio, less one, at most."""
    return (
        f"programming {layer}: {count:,} of {total:,} cells {_differ(count)}, largest"
        f" {terms.percent(ratio)} at row {row} column {column} ({polarity})"
    )


def others_text(
    layer: str,
    what: str,
    count: int,
    total: int,
    now: str,
    was: str,
    row: str,
    column: str,
    polarity: str,
) -> str:
    """A line about cells whose levels or tolerances have changed, with the first of them."""
    return (
        f"programming {layer}: {count:,} of {total:,} {what} {_differ(count)},"
        f" {now or 'none'} instead of {was or 'none'} at row {row} column {column} ({polarity})"
    )


def _differ(count: int) -> str:
    return "differs" if count == 1 else "differ"
