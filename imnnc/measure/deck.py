"""The deck of a folder under a condition, on disk, and how samples are put to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from imnnc.circuit.build import TIGHT_OPTIONS
from imnnc.circuit.ir import GROUND, CellArray, VoltageSource
from imnnc.circuit.names import rail_pair_nets
from imnnc.circuit.reduce import Thevenin, row_volts
from imnnc.design import Network
from imnnc.emit.corners import at_corner
from imnnc.emit.ngspice import NGSPICE
from imnnc.files.files import new_text
from imnnc.measure.copied import Copied
from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class Condition:
    """What all samples are simulated under."""

    corner: str


@dataclass(frozen=True)
class Deck:
    """A testbench on disk, and how a sample is put to it."""

    testbench: Path
    sources: tuple[str, ...]
    thevenin: Thevenin | None  # of the first crossbar, where it was replaced

    def stimuli(
        self, inputs_volts: FloatArray, supply_volts: float, rails_volts: float = 0.0
    ) -> FloatArray:
        """Voltages (S, sources) of the deck's sources for samples (S, N).

        Rails are `supply_volts` from their middle, which is at `rails_volts`.
        """
        if self.thevenin is None:
            return np.concatenate([inputs_volts, -inputs_volts], axis=1)
        rows = len(self.thevenin.cells.rows)
        return self.thevenin.volts(row_volts(inputs_volts, supply_volts, rows, rails_volts))


def deck_at(copy: Copied, network: Network, condition: Condition | None) -> Deck:
    """The deck of a copied folder under a condition; None: as its files have it.

    `network` has the names of the netlist.  Fails with IM510 and IM511.
    """
    folder = copy.folder
    if condition is not None:
        folder = copy.scratch / condition.corner
        if not folder.exists():
            shutil.copytree(copy.folder, folder, ignore=shutil.ignore_patterns("*.npz", "*.csv"))
            for name in (NGSPICE.netlist_name, NGSPICE.testbench_name):
                path = folder / name(network.name)
                text = path.read_text(encoding="latin-1")
                path.write_text(at_corner(text, condition.corner), encoding="latin-1")
    rows = rail_pair_nets(network.input.name, network.input.width)
    sources = tuple(f"v{net}".lower() for net in rows)
    return Deck(folder / NGSPICE.testbench_name(network.name), sources, None)


def write_tile(tile: CellArray, folder: Path, row_volts: FloatArray) -> tuple[Deck, list[int]]:
    """A deck of a crossbar alone, its rows (R,) driven by ideal sources.  Fails with IM510.

    Of rows on one net it has one source: the numbers of those that are driven.
    """
    driven = [number for number, row in enumerate(tile.rows) if tile.rows.index(row) == number]
    rows = [tile.rows[number] for number in driven]
    sources = [
        VoltageSource(row, row, GROUND, volts)
        for row, volts in zip(rows, row_volts[driven].tolist(), strict=True)
    ]
    path = folder / f"tile.{NGSPICE.suffix}"
    lines = chain(
        (NGSPICE.format_item(source, "") for source in sources),
        NGSPICE.format_wires(tile),
        NGSPICE.format_capacitances(tile),
        (cells.rstrip("\n") for cells in NGSPICE.format_cell_rows(tile)),
    )
    _write_alone(path, lines)
    return Deck(path, tuple(f"v{row}".lower() for row in rows), None), driven


def write_equivalent(equivalent: Thevenin, folder: Path, row_volts: FloatArray) -> Deck:
    """The same of its equivalent.  Fails with IM510."""
    path = folder / f"equivalent.{NGSPICE.suffix}"
    _write_alone(path, (NGSPICE.format_item(x, "") for x in equivalent.items(row_volts)))
    sources = tuple(f"v{name}".lower() for name in equivalent.source_names())
    return Deck(path, sources, equivalent)


def _write_alone(path: Path, lines: Iterable[str]) -> None:
    with new_text(path) as stream:
        stream.write("* a tile of a crossbar with wires\n")
        stream.writelines(f"{line}\n" for line in lines)
        stream.write(f".options {' '.join(NGSPICE.format_parameters(TIGHT_OPTIONS))}\n.op\n.end\n")
