"""Netlists for ngspice, and how ngspice names what is in them.

Measured with ngspice 39: an instance can connect at most 1004 ports (then it stops with
`N_GLOBAL_NODES overflow`), so the parts of wider modules stand where the module would have been
used.  Subcircuits are expanded when a deck is read; what was inside is then called by the path
of its instances: net `hidden_net_3` in `Xdut` is `xdut.hidden_net_3`, source `Vx` in it is
`v.xdut.vx`, all in lower case.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from imnnc.circuit.cells import bent_module
from imnnc.circuit.ir import BentCell, CellArray, Circuit, Instance, Testbench
from imnnc.circuit.names import CELL_OHMS, DUT, crossbar_instance
from imnnc.circuit.reduce import Thevenin, thevenin
from imnnc.emit.corners import as_text, with_cards
from imnnc.emit.dialect import Dialect, Header
from imnnc.files.files import damaged, new_text, reading, writing
from imnnc.physics.network import FloatArray, IntArray

# Where the models are: in `models/`, read by cards of the netlist or of the testbench, or in the
# netlist itself.
Models = Literal["library", "inline", "testbench"]
Lines = Iterable[str]


class _Ngspice(Dialect):
    def format_guesses(self, testbench: Testbench) -> Iterator[str]:
        names = flat_names(testbench.circuit)
        for net, volts in testbench.guesses:
            yield f".nodeset {names.probe(net)}={volts:.4g}"


NGSPICE = _Ngspice("ngspice", largest_ports=1000)

_READ_BYTES = 1 << 22
_CELL_NAME = re.compile(r"R(?P<prefix>.*)_(?P<column>[0-9]+)")


def write_netlist(
    circuit: Circuit, folder: Path, header: Header, models: Models = "library", text: Lines = ()
) -> list[str]:
    """Write `<network>.ngspice.sp` and a file of cells for each crossbar; their names.

    `text` is that of the models at the circuit's corner, where these are to stand `inline`.
    """
    match models:
        case "library":
            lines: Lines = NGSPICE.format_includes(circuit)
        case "inline":
            lines = as_text(NGSPICE.format_includes(circuit), text)
        case "testbench":
            lines = ()
    return NGSPICE.write_netlist(circuit, folder, header, lines)


def write_testbench(
    testbench: Testbench, folder: Path, header: Header, models: Models = "library"
) -> list[str]:
    """Write `<network>.tb.ngspice.sp` for a netlist in the same folder; its name."""
    lines = NGSPICE.format_includes(testbench.circuit) if models == "testbench" else ()
    return NGSPICE.write_testbench(testbench, folder, header, lines)


@dataclass(frozen=True)
class FlatNames:
    """What ngspice calls the nets and sources of a deck once it has expanded the subcircuits."""

    network: str
    ports: Mapping[str, frozenset[str]]  # of each subcircuit, by its name
    instances: frozenset[str]  # of subcircuits, by their names

    def probe(self, net: str) -> str:
        """The vector of a net of the network: `v(xdut.hidden_net_3)`."""
        inside = self.network in self.ports and net not in self.ports[self.network]
        return f"v({f'x{DUT}.' if inside else ''}{net})".lower()

    def crossbar_source(self, layer: str, name: str) -> str:
        """A voltage source among the cells of a crossbar: `v.xdut.xcrossbar_hidden.vname`."""
        path = [f"x{DUT}"] if self.network in self.ports else []
        if crossbar_instance(layer) in self.instances:
            path.append(f"x{crossbar_instance(layer)}")
        return ".".join((["v", *path] if path else []) + [f"v{name}"]).lower()


def flat_names(circuit: Circuit) -> FlatNames:
    """The names in the deck that `write_netlist` writes of a circuit."""
    modules = NGSPICE.reachable(circuit).modules
    return FlatNames(
        circuit.name,
        {x.name: frozenset(x.ports) for x in modules if len(x.ports) <= NGSPICE.largest_ports},
        frozenset(x.name for m in modules for x in m.items if isinstance(x, Instance)),
    )


def read_flat_names(folder: Path, network: str) -> FlatNames:
    """The names in the netlist of `network` as it lies in `folder`.  Fails with IM511."""
    ports = {}
    instances = set()
    for line in _logical_lines(folder / NGSPICE.netlist_name(network)):
        if line.startswith(".subckt "):
            _, name, *words = line.split()
            ports[name] = frozenset(word for word in words if "=" not in word)
        elif line.startswith("X"):
            instances.add(line.split(maxsplit=1)[0].removeprefix("X"))
    return FlatNames(network, ports, frozenset(instances))


def probe_names(circuit: Circuit) -> dict[str, str]:
    """The vector of every net of the network: its inputs, rails, columns and outputs."""
    names = flat_names(circuit)
    return {net: names.probe(net) for net in (*circuit.top.ports, *circuit.top.nets)}


def read_cells(path: Path) -> CellArray:
    """The crossbar in a file of cells: its rows, columns and resistances, as in the file.

    A million lines take some two seconds.  Fails with IM511 where the file cannot be read and
    with IM512 where it is not one resistor from every row to every column.
    """
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    flat_rows: list[IntArray] = []
    flat_columns: list[IntArray] = []
    values: list[FloatArray] = []
    first = ""
    for words, ohms in _resistors(path, "R<name> <row> <column> <ohms>"):
        first = first or "".join(words[:1])
        values.append(ohms)
        flat_rows.append(_indices(words[1::4], rows))
        flat_columns.append(_indices(words[2::4], columns))
    name = _CELL_NAME.fullmatch(first)
    if name is None:
        raise damaged(path, "its first cell must be `R<row>_<column>`")
    ohms = np.concatenate(values)
    flat = np.concatenate(flat_rows) * len(columns) + np.concatenate(flat_columns)
    if len(flat) != len(rows) * len(columns) or len(np.unique(flat)) != len(flat):
        raise damaged(path, "a cell is missing or there twice")
    if not (np.isfinite(ohms) & (ohms > 0)).all():
        raise damaged(path, "a resistance is not positive")
    matrix = np.empty(len(flat))
    matrix[flat] = ohms
    layer = path.name.removesuffix(".inc").rpartition(".")[2]
    return CellArray(
        layer,
        tuple(rows),
        tuple(columns),
        matrix.reshape(len(rows), len(columns)),
        name["prefix"].removesuffix(next(iter(rows))),
    )


def _is_plain(cells: CellArray) -> bool:
    """Whether the nets of each resistor tell which cell it is, and no cell is left out."""
    ideal = cells.wires is None and len(set(cells.rows)) == len(cells.rows)
    return ideal and cells.cell is None and cells.is_complete


def read_compiled_cells(folder: Path, network: str, compiled: CellArray) -> CellArray:
    """The crossbar in `folder` that was `compiled`, its wires as they were, its cells as they are.

    Fails with IM511 where a file cannot be read, and with IM512 where the cells are not those that
    were compiled, up to their resistances, or the wires or the law of cells are not these.
    """
    if compiled.cell is not None:
        _check_law(folder / NGSPICE.netlist_name(network), compiled.cell)
    path = folder / NGSPICE.cells_name(network, compiled.name)
    names, rows, columns, ohms = _every_resistor(path, compiled.cell)
    there = np.isfinite(compiled.ohms)
    places = list(zip(*np.nonzero(there), strict=True))
    letter = "R" if compiled.cell is None else "X"
    cells = [f"{letter}{compiled.prefix}{compiled.row_names[i]}_{j}" for i, j in places]
    if names != cells:
        raise damaged(path, "a cell is missing, there twice or not in its place")
    if not (np.isfinite(ohms) & (ohms > 0)).all():
        raise damaged(path, "a resistance is not positive")
    at_rows, at_columns = compiled.along_rows(), compiled.along_columns()
    nets = [(at_rows[i][j], at_columns[i][j]) for i, j in places]
    if list(zip(rows, columns, strict=True)) != nets:
        raise damaged(path, "each cell must be at the crossing of its row and column")
    if compiled.wires is not None:
        path = folder / NGSPICE.wires_name(network, compiled.name)
        names, starts, ends, segments = _every_resistor(path)
        every = list(compiled.segments())
        if list(zip(names, starts, ends, strict=True)) != [
            (f"R{x.name}", x.plus, x.minus) for x in every
        ] or segments.tolist() != [float(NGSPICE.format_number(x.ohms)) for x in every]:
            raise damaged(path, "wires must be as they were compiled for a crossbar to be reduced")
    found = np.full(there.shape, np.inf)
    found[there] = ohms
    return replace(compiled, ohms=found)


def _check_law(netlist: Path, cell: BentCell) -> None:
    """Fail with IM511 and IM512 unless cells are in a netlist what they were compiled to be."""
    module = bent_module(cell)
    wanted = [
        *NGSPICE.format_module_start(module),
        *(NGSPICE.format_item(x, "") for x in module.items),
        NGSPICE.format_module_end(module),
    ]
    if "\n".join(wanted) not in "\n".join(_logical_lines(netlist)):
        raise damaged(netlist, "the law of cells must be as compiled for a crossbar to be reduced")


def _check_capacitances(path: Path, cells: CellArray) -> None:
    """Fail with IM511 and IM512 unless a file has the capacitors of a crossbar as compiled."""
    lines = list(NGSPICE.format_capacitances(cells))
    with reading(path):
        text = path.read_text(encoding="ascii", errors="replace")
    if [line for line in text.splitlines() if not line.startswith("*")] != lines:
        raise damaged(
            path, "capacitances must be as they were compiled for a crossbar to be reduced"
        )


def _every_resistor(
    path: Path, cell: BentCell | None = None
) -> tuple[list[str], list[str], list[str], FloatArray]:
    """Names, two nets and ohms of every resistor or cell.  Fails with IM511 and IM512."""
    words: list[str] = []
    ohms = [np.empty(0)]
    for some, values in _resistors(path, "R<name> <net> <net> <ohms>", cell):
        words += some
        ohms.append(values)
    return words[0::4], words[1::4], words[2::4], np.concatenate(ohms)


def _resistors(
    path: Path, form: str, cell: BentCell | None = None
) -> Iterator[tuple[list[str], FloatArray]]:
    """The words of the resistors in a file, four each, and their ohms, a block at a time.

    Cells that are no resistors have the name of their subcircuit before their ohms, which is left
    out.  Fails with IM511 where it cannot be read, with IM512 where a line has not the `form`.
    """
    value = "" if cell is None else f"{cell.module} {CELL_OHMS}="
    form = form.replace("<ohms>", f"{value}<ohms>")
    with reading(path), path.open(encoding="ascii", errors="replace") as file:
        while block := file.readlines(_READ_BYTES):
            lines = [line for line in block if not line.startswith("*")]
            words = "".join(lines).replace(f" {value}", " ").split()
            try:
                ohms = np.array(words[3::4], dtype=np.float64)
            except ValueError as error:
                raise damaged(path, str(error)) from error
            if len(words) != 4 * len(lines):
                raise damaged(path, f"each line must be `{form}`")
            yield words, ohms


@dataclass(frozen=True, eq=False)
class ReducedDeck:
    """A deck in which the first crossbar is one source and one resistor a column."""

    thevenin: Thevenin
    sources: tuple[str, ...]  # one a column, as ngspice's `alter` wants them


def write_reduced_deck(
    folder: Path,
    network: str,
    layer: str,
    scratch: Path,
    row_volts: FloatArray,
    compiled: CellArray | None = None,
) -> ReducedDeck:
    """Copy the deck of `folder` to `scratch`, its first crossbar reduced.

    Only the files of that crossbar's cells, wires and capacitances are others; netlist, testbench
    and models are copied byte for byte.  `layer` is the first one, `compiled` its cells by the
    names that they have in the netlist, None where these are not known; `row_volts` (R,) its rows,
    as the testbench's sources have them (`imnnc.circuit.reduce.row_volts`).  The sources of the
    rows stay and carry no current.  Fails with IM510, IM511 and IM512.
    """
    cells_name = NGSPICE.cells_name(network, layer)
    if compiled is None or _is_plain(compiled):
        cells = read_cells(folder / cells_name)
    else:
        cells = read_compiled_cells(folder, network, compiled)
    emptied = [NGSPICE.wires_name(network, layer)] if cells.wires is not None else []
    if compiled is not None and compiled.capacitances is not None:
        cells = replace(cells, capacitances=compiled.capacitances)
        emptied.append(NGSPICE.capacitances_name(network, layer))
        _check_capacitances(folder / emptied[-1], cells)
    equivalent = thevenin(cells)
    for path in _deck_files(folder, network):
        if path.name not in (cells_name, *emptied):
            target = scratch / path.relative_to(folder)
            with writing(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    with new_text(scratch / cells_name) as stream:
        stream.write(f"* equivalents of the columns of crossbar {layer}, volts, ohms and farads\n")
        for item in equivalent.items(row_volts):
            stream.write(NGSPICE.format_item(item, network) + "\n")
    for name in emptied:
        with new_text(scratch / name) as stream:
            stream.write(f"* what crossbar {layer} has of these is in the equivalents\n")
    names = read_flat_names(folder, network)
    return ReducedDeck(
        equivalent,
        tuple(names.crossbar_source(layer, name) for name in equivalent.source_names()),
    )


def _deck_files(folder: Path, network: str) -> Iterator[Path]:
    yield folder / NGSPICE.netlist_name(network)
    yield folder / NGSPICE.testbench_name(network)
    for name in (NGSPICE.cells_name, NGSPICE.wires_name, NGSPICE.capacitances_name):
        yield from sorted(folder.glob(name(network, "*")))
    yield from sorted(path for path in (folder / "models").rglob("*") if path.is_file())


def _logical_lines(path: Path) -> Iterator[str]:
    """The lines of a deck without comments and models, continuations joined."""
    with reading(path):
        text = path.read_text(encoding="ascii", errors="replace")
    lines = [line for line in with_cards(text).split("\n") if not line.startswith("*")]
    return iter("\n".join(lines).replace("\n+", "").split("\n"))


def _indices(names: list[str], known: dict[str, int]) -> IntArray:
    """The index of each name, in the order in which names first occur in the file."""
    for name in dict.fromkeys(names):
        known.setdefault(name, len(known))
    return np.fromiter((known[name] for name in names), dtype=np.int64, count=len(names))
