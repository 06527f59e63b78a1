"""Chips as complete decks: cells as they came out, and thresholds as sources in gates' leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.names import Node, layer_nets
from imnnc.design import Technology
from imnnc.emit.dialect import Header
from imnnc.emit.dialects import Subject, write_dialect
from imnnc.emit.ngspice import read_flat_names, write_netlist, write_testbench
from imnnc.files.files import writing
from imnnc.measure.copied import copied
from imnnc.measure.deck import deck_at
from imnnc.measure.reduction import Reduction
from imnnc.measure.simulation import Simulation
from imnnc.models.layout import copy_models
from imnnc.physics.chips import Chip
from imnnc.physics.network import CrossbarProgram, FloatArray, NeuronGates
from imnnc.physics.operating_point import Nodes
from imnnc.physics.table import InverterTable

# How far any node of a chip may be from ngspice: what the solver promises.
PROOF_LIMIT_VOLTS = 1e-6
_NODES: tuple[Node, ...] = ("net", "minus", "plus")


@dataclass(frozen=True)
class Proof:
    """A chip in ngspice: how far its worst node is from where it was solved to be."""

    chip: int
    samples: int
    worst_volts: float
    reduced: bool  # whether the first crossbar was simulated as its equivalents
    corner: str  # what all of its transistors share: the nearest corner that there are models of
    temperature_celsius: float
    supply_volts: float
    # By tables between those that were measured, as all other chips are; None: it is nominal
    tables_worst_volts: float | None = None

    @property
    def passed(self) -> bool:
        """Whether ngspice agrees."""
        return self.worst_volts <= PROOF_LIMIT_VOLTS


@dataclass(frozen=True)
class Origin:
    """The network whose chips are written."""

    plan: TestPlan
    technology: Technology
    program: CrossbarProgram  # as compiled
    table: InverterTable
    header: Header
    dialects: tuple[str, ...]  # besides ngspice's


def write_chip(chip: Chip, origin: Origin, folder: Path, stimulus_volts: FloatArray) -> None:
    """Write the netlist of a chip and its testbench, with its first sample, into a new folder.

    Raises:
        CompileError: IM510 where a file cannot be written, and what dialects fail with.
    """
    write_network(
        _program(chip, origin), chip.gates, origin, folder, stimulus_volts, chip.rails_volts
    )


def write_network(
    program: CrossbarProgram,
    gates: Sequence[NeuronGates] | None,
    origin: Origin,
    folder: Path,
    stimulus_volts: FloatArray,
    rails_volts: float = 0.0,
) -> None:
    """The same of cells and gates; None: transistors are alike."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    network = origin.plan.network
    circuit = build_circuit(
        program, network, origin.technology, gates, leaks=not origin.plan.without_leaks
    )
    testbench = build_testbench(
        circuit,
        network,
        origin.technology,
        stimulus_volts=stimulus_volts,
        load_farads=origin.table.input_farads,
        rails_volts=rails_volts,
    )
    write_netlist(circuit, folder, origin.header)
    write_testbench(testbench, folder, origin.header)
    subject = Subject(
        testbench, origin.technology, origin.program.memristor, origin.table, origin.header
    )
    for dialect in origin.dialects:
        write_dialect(dialect, subject, folder)
    copy_models(origin.technology, folder)


def simulate_chip(
    chip: Chip,
    origin: Origin,
    folder: Path,
    inputs_volts: FloatArray,
    solved: Sequence[Nodes],
    simulation: Simulation,
) -> Proof:
    """Simulate the files of a chip at inputs (S, N), and compare every node.

    `solved` has the nodes (S, M) of each layer, as seen from the middle of the chip's rails.  Fails
    as `verify_folder` does.
    """
    network, supply = origin.plan.network, origin.plan.supply_volts
    names = read_flat_names(folder, network.name)
    wanted = [
        (names.probe(net), getattr(nodes, node)[:, column] + chip.rails_volts)
        for layer, nodes in zip(network.layers, solved, strict=True)
        for node in _NODES
        for column, net in enumerate(layer_nets(layer.name, node, layer.width))
    ]
    with copied(folder, None) as copy:
        deck = deck_at(copy, network, None)
        reduction = Reduction(copy, network, _program(chip, origin), origin.plan)
        reduces = simulation.reduce or reduction.is_needed
        if reduces:
            deck = reduction.reduced(deck)
        with simulation.open(deck.testbench) as simulator:
            volts = simulator.operating_points(
                deck.sources,
                deck.stimuli(inputs_volts, supply, chip.rails_volts),
                [probe for probe, _ in wanted],
            )
    here = np.stack([column for _, column in wanted], axis=1)
    technology = origin.technology
    return Proof(
        chip.number,
        len(inputs_volts),
        float(np.abs(volts - here).max()),
        reduces,
        technology.corner,
        technology.temperature_celsius,
        technology.supply_volts,
    )


def _program(chip: Chip, origin: Origin) -> CrossbarProgram:
    """The cells as they came out, in place of those that were compiled."""
    crossbars = tuple(
        replace(
            crossbar,
            ohms_plus=1 / layer.g_plus_siemens,
            ohms_minus=1 / layer.g_minus_siemens,
            level_plus=None,
            level_minus=None,
        )
        for crossbar, layer in zip(origin.program.crossbars, chip.parameters.layers, strict=True)
    )
    return replace(origin.program, crossbars=crossbars)
