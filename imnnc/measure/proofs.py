"""Chips proven in ngspice: written whole, simulated, and compared node by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from imnnc.measure.chip_decks import Origin, Proof, simulate_chip, write_chip
from imnnc.measure.chips import Subject
from imnnc.measure.silicon import measured_at
from imnnc.measure.simulation import Simulation
from imnnc.physics.chips import Chip, ChipSolver, Silicon
from imnnc.physics.family import together
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import FloatArray
from imnnc.physics.operating_point import Nodes
from imnnc.simulate.characterize import characterize_devices


def prove_chip(
    chip: Chip,
    subject: Subject,
    origin: Origin,
    folder: Path,
    inputs_volts: FloatArray,
    simulation: Simulation,
) -> Proof:
    """Write a chip into a new folder, simulate it at inputs (S, N), and compare every node.

    One that shares what is not nominal is proven at its nearest corner, at its own temperature and
    between its own rails, by tables that are measured there.

    Raises:
        CompileError: as `write_chip`, `characterize_devices` and `verify_folder` do.
    """
    solver = ChipSolver(Inverter(subject.table), Devices(subject.devices), subject.family)
    if chip.shared is None:
        write_chip(chip, origin, folder, inputs_volts[0])
        points = solver.solve(chip, inputs_volts).require()
        return simulate_chip(chip, origin, folder, inputs_volts, points.layers, simulation)
    assert subject.family is not None
    chip = replace(chip, shared=chip.shared.at_corner())
    assert chip.shared is not None
    technology = measured_at(origin.technology, chip.shared, subject.family)
    farads = subject.table.input_farads, subject.table.output_farads
    measured = characterize_devices(
        technology, subject.family.reach_volts, timeout_seconds=simulation.timeout_seconds
    )
    table = together(measured, *farads)
    origin = replace(
        origin,
        technology=technology,
        table=table,
        plan=replace(origin.plan, supply_volts=technology.supply_volts),
        header=replace(origin.header, corner=technology.corner),
    )
    write_chip(chip, origin, folder, inputs_volts[0])
    exact = Silicon(Inverter(table), Devices(measured)).solve(chip, inputs_volts).require()
    between = solver.solve(chip, inputs_volts).require()
    proof = simulate_chip(chip, origin, folder, inputs_volts, exact.layers, simulation)
    return replace(proof, tables_worst_volts=_apart(exact.layers, between.layers))


def _apart(some: Sequence[Nodes], others: Sequence[Nodes]) -> float:
    """The largest difference of any node, in volts."""
    return max(
        float(np.abs(x - y).max())
        for nodes, same in zip(some, others, strict=True)
        for x, y in zip(nodes, same, strict=True)
    )
