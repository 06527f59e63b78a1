"""Decks on disk and the vectors that the installed ngspice gives for them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.check.netlist.reader import read_deck
from imnnc.check.structure import circuit_differences
from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.ir import CellArray, Circuit
from imnnc.design import Network, Technology
from imnnc.emit.dialect import Header
from imnnc.emit.dialects import Subject
from imnnc.emit.ngspice import NGSPICE, write_netlist, write_testbench
from imnnc.models.layout import copy_models
from imnnc.parasitics import Capacitances, Wires
from imnnc.physics.network import CrossbarProgram, FloatArray
from imnnc.simulate.ngspice import run_deck
from tests.support.goldens import invented_table
from tests.support.networks import network, program, stimulus, technology

HEADER = Header("sample", "latim", "lvt90", "tt", "0" * 64, version="0")
LOAD_FARADS = 2.3e-16


@dataclass(frozen=True)
class Deck:
    network: Network
    program: CrossbarProgram
    circuit: Circuit
    stimulus_volts: FloatArray
    files: list[str]


def cells_of(deck: Deck, layer: str) -> CellArray:
    """The cells in front of a layer by the names that ngspice's netlist has for them."""
    (found,) = (
        x
        for module in NGSPICE.reachable(deck.circuit).modules
        for x in module.items
        if isinstance(x, CellArray) and x.name == layer
    )
    return found


def write_deck(
    folder: Path,
    widths: Sequence[int],
    kit: Technology | None = None,
    *,
    name: str = "sample",
    seed: int = 1,
    resistor_ohms: float | None = None,
    guesses: tuple[tuple[str, float], ...] = (),
    wires: Wires | None = None,
    capacitances: Capacitances | None = None,
    bias_pairs: int | None = None,
    load_farads: float = LOAD_FARADS,
    per_volt: float | None = None,
) -> Deck:
    """A network with random cells; `wires`, `capacitances`, biases and law are every crossbar's."""
    kit, header = kit or technology(), replace(HEADER, network=name)
    of = network(widths, name, bias_pairs=bias_pairs)
    every = [None if x is None else (x,) * len(of.layers) for x in (wires, capacitances)]
    cells = program(of, seed, resistor_ohms=resistor_ohms, wires=every[0], capacitances=every[1])
    cells = replace(cells, parasitics=replace(cells.parasitics, sinh_per_volt=per_volt))
    circuit = build_circuit(cells, of, kit)
    volts = stimulus(widths[0])
    testbench = build_testbench(
        circuit, of, kit, stimulus_volts=volts, load_farads=load_farads, guesses=guesses
    )
    files = write_netlist(circuit, folder, header) + write_testbench(testbench, folder, header)
    copy_models(kit, folder)
    return Deck(of, cells, circuit, volts, files)


def subject_of(deck: Deck) -> Subject:
    """What dialects write of a deck, with an invented inverter."""
    testbench = build_testbench(
        deck.circuit,
        deck.network,
        technology(),
        stimulus_volts=deck.stimulus_volts,
        load_farads=LOAD_FARADS,
    )
    return Subject(testbench, technology(), "tio2", invented_table(), HEADER)


def differences_of_edited(
    folder: Path, widths: Sequence[int], file: str, pattern: str, text: str, **options: Any
) -> list[str]:
    """What a check of the structure tells of a deck, one place of whose `file` was edited."""
    (folder / "was").mkdir()
    write_deck(folder / "was", widths, **options)
    shutil.copytree(folder / "was", folder / "now")
    path = folder / "now" / file
    changed, count = re.subn(pattern, text, path.read_text(), count=1)
    assert count == 1
    path.write_text(changed)
    decks = [read_deck(folder / x / "sample.tb.ngspice.sp") for x in ("was", "now")]
    return [x.text for x in circuit_differences(*decks, 0.0)]


def operating_point(folder: Path, *commands: str, network: str = "sample") -> dict[str, float]:
    """The voltages and currents of the deck in `folder`, after these commands of ngspice."""
    deck = "\n".join(
        [
            "* loads a testbench",
            ".control",
            "set filetype=binary",
            f"source {network}.tb.ngspice.sp",
            *commands,
            "op",
            "write result.raw all",
            "quit",
            ".endc",
        ]
    )
    run = run_deck(deck + "\n", workdir=folder, timeout_seconds=60)
    assert run.errors == ()
    return {name: float(np.real(vector[-1])) for name, vector in run.vectors.items()}
