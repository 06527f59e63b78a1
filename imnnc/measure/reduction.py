"""The first crossbar of a folder's network as its equivalent: when, how, and the proof of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.build import crossbar_cells
from imnnc.circuit.cells import bent_cell
from imnnc.circuit.ir import CellArray
from imnnc.circuit.names import crossbar_instance, layer_nets, rail_pair_nets, with_biases
from imnnc.circuit.reduce import row_volts, thevenin, tile_of
from imnnc.design import Network
from imnnc.diagnostics import ExitCode, fail
from imnnc.emit.ngspice import read_flat_names, write_reduced_deck
from imnnc.measure.copied import Copied
from imnnc.measure.deck import Deck, write_equivalent, write_tile
from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS, step_waveform
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import Lumped, Tile
from imnnc.physics.network import CrossbarProgram, FloatArray

# With wires ngspice takes 0.3 s for an operating point of 66 x 32 cells, 14 s for 130 x 64 and 500
# for 394 x 100: what has more is reduced in any case, and proven so on a tile of so many.
LARGEST_WIRED_CELLS = 66 * 32
PROOF_SAMPLES = 3
# Both decks are solved to 1 nV; high-gain neurons multiply that.
PROOF_VOLTS = 1e-6
_SETTLED_CONSTANTS = 5  # of time, after which a column alone has settled


class Reduction:
    """How the first crossbar of a copied folder is reduced; `network` has the netlist's names.

    `program` is what was compiled, None where that is not known: then a crossbar whose rows are
    ideal and have one net each can be reduced, and no other.
    """

    def __init__(
        self,
        copy: Copied,
        network: Network,
        program: CrossbarProgram | None,
        plan: TestPlan,
    ) -> None:
        self._copy = copy
        self._network = network
        self._inputs = plan.stimuli.inputs_volts
        self._supply = plan.supply_volts
        self._cells = None
        if program is not None:
            self._cells = _first_cells(copy, network, program, leaks=not plan.without_leaks)

    @property
    def cells(self) -> int:
        """How many cells the crossbar has."""
        return 2 * self._network.row_pairs[0] * self._network.layers[0].width

    @property
    def is_needed(self) -> bool:
        """Whether its wires keep ngspice minutes at an operating point."""
        wired = self._cells is not None and self._cells.wires is not None
        return wired and self.cells > LARGEST_WIRED_CELLS

    @property
    def is_exact_in_time(self) -> bool:
        """Whether the reduced crossbar is the whole one's equal in transients, too."""
        cells = self._cells
        if cells is None:
            return True
        return cells.cell is None and (cells.wires is None or cells.capacitances is None)

    def reduced(self, deck: Deck) -> Deck:
        """The same deck with the crossbar as one source and resistor a column.

        Capacitances become one capacitor a column.  The sources begin at the first of the inputs.
        Fails with IM510 to IM512, also where cells or wires are no longer where they were compiled.
        """
        folder = deck.testbench.parent
        scratch = self._copy.scratch / f"reduced-{folder.name}"
        scratch.mkdir()
        rows = row_volts(self._inputs[0], self._supply, 2 * self._network.row_pairs[0])
        network, layer = self._network.name, self._network.layers[0].name
        found = write_reduced_deck(folder, network, layer, scratch, rows, self._cells)
        return Deck(scratch / deck.testbench.name, found.sources, found.thevenin)

    def prove_on_tile(self, cells: CellArray, simulation: Simulation) -> tuple[Tile, float]:
        """A tile of a crossbar that is too large for ngspice, and how far its columns are off.

        In volts at most, on a few samples: wires, cells and inputs are those of the whole.  Fails
        with IM620 where that is not next to nothing.
        """
        tile, rows = self._tile(cells, slice(PROOF_SAMPLES))
        deck, driven = write_tile(tile, self._copy.scratch, rows[0])
        with simulation.open(deck.testbench) as simulator:
            volts = simulator.operating_points(
                deck.sources, rows[:, driven], [f"v({column})" for column in tile.columns]
            )
        worst = float(np.abs(volts - thevenin(tile).floating_volts(rows)).max())
        return Tile(len(tile.rows), len(tile.columns)), within_proof(worst)

    def lumped_on_tile(self, cells: CellArray, simulation: Simulation) -> Lumped:
        """What lumping the capacitances of a crossbar does to a step of its columns, on a tile."""
        tile, rows = self._tile(cells, [0, min(1, len(self._inputs) - 1)])
        equivalent = thevenin(tile)
        probes = [f"v({column})" for column in tile.columns]
        window = LEAD_SECONDS + EDGE_SECONDS + _SETTLED_CONSTANTS * equivalent.slowest_seconds
        whole, driven = write_tile(tile, self._copy.scratch, rows[0])
        small = write_equivalent(equivalent, self._copy.scratch, rows[0])
        found = []
        for deck, levels in ((whole, rows[:, driven]), (small, equivalent.volts(rows))):
            steps = [step_waveform(*pair) for pair in levels.T.tolist()]
            with simulation.open(deck.testbench) as simulator:
                found.append(
                    simulator.transient(
                        dict(zip(deck.sources, steps, strict=True)), window, window / 200, probes
                    )
                )
        (times, exact), (others, lumped) = found
        differences = [
            np.abs(np.interp(times, others, b) - a).max()
            for a, b in zip(exact.T, lumped.T, strict=True)
        ]
        return Lumped(float(max(differences)), float(np.ptp(exact, axis=0).max()))

    def _tile(self, cells: CellArray, samples: slice | list[int]) -> tuple[CellArray, FloatArray]:
        """A tile of the crossbar, and voltages of its rows (S, R) for some of the samples."""
        biases = self._network.layers[0].biases
        tile, inputs = tile_of(cells, LARGEST_WIRED_CELLS, biases)
        volts = self._inputs[samples][:, inputs]
        return tile, row_volts(volts, self._supply, len(tile.rows))


def within_proof(worst_volts: float) -> float:
    """The difference of a reduced and a full deck, which must be small; IM620 where it is not."""
    if worst_volts > PROOF_VOLTS:
        raise fail(
            "IM620",
            f"the reduced deck must agree with the full one, they differ by {worst_volts:.3g} V",
            help="verify without `--reduce`, and report this",
            exit_code=ExitCode.TOOL,
        )
    return worst_volts


def _first_cells(
    copy: Copied, network: Network, program: CrossbarProgram, *, leaks: bool
) -> CellArray | None:
    """The cells of the first crossbar by the names that they have in the netlist.

    None where the program is of another crossbar.
    """
    crossbar, layer, port = program.crossbars[0], network.layers[0], network.input
    shape = network.row_pairs[0], layer.width
    if (crossbar.name, crossbar.ohms_plus.shape) != (layer.name, shape):
        return None
    cell = bent_cell(network.name, program.parasitics)
    cells = crossbar_cells(
        crossbar, layer, port.width, program.parasitics, 0, leaks=leaks, cell=cell
    )
    instance = crossbar_instance(layer.name)
    if instance in read_flat_names(copy.folder, network.name).instances:
        return cells
    # It had too many ports for a subcircuit: its cells are on the network's own nets.
    return replace(
        cells,
        rows=with_biases(rail_pair_nets(port.name, port.width), layer.biases),
        columns=layer_nets(layer.name, "net", layer.width),
        prefix=f"{instance}_",
    )
