"""The circuit between the network and the netlists: modules, instances, devices and nets.

It knows no dialect and holds no text.  Nets go by name and are local to their module, except
ground, which is `0` everywhere.  Names leave out the letter that SPICE puts before a device.
Only frozen dataclasses, tuples, strings, numbers and arrays, so that a circuit is an artifact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from imnnc.diagnostics import Span
from imnnc.parasitics import Capacitances, CellModel, Sine, Wires
from imnnc.physics.network import FloatArray

GROUND = "0"


@dataclass(frozen=True)
class Reference:
    """The value of a parameter of the module that it stands in."""

    parameter: str


@dataclass(frozen=True)
class Scaled:
    """A number times the value of a parameter of the module that it stands in, or over it."""

    number: float
    parameter: str
    is_over: bool


Value = float | Reference | Scaled


@dataclass(frozen=True)
class Parameter:
    """A named number: of a module with its default, of an instance with its value."""

    name: str
    value: Value


@dataclass(frozen=True)
class Resistor:
    """A linear resistor."""

    name: str
    plus: str
    minus: str
    ohms: float
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (self.plus, self.minus)


@dataclass(frozen=True)
class SinhResistor:
    """A device that carries sinh(b V) / (b R) amperes from `plus` to `minus`, V across it."""

    name: str
    plus: str
    minus: str
    ohms: Value  # R, where it carries little
    per_volt: float  # b
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (self.plus, self.minus)


@dataclass(frozen=True)
class ModelCell:
    """A subcircuit of a library of models, of two pins and programmed by one parameter."""

    name: str
    plus: str
    minus: str
    of: str
    parameters: tuple[Parameter, ...]
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (self.plus, self.minus)


@dataclass(frozen=True)
class Capacitor:
    """A linear capacitor."""

    name: str
    plus: str
    minus: str
    farads: float
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (self.plus, self.minus)


@dataclass(frozen=True)
class VoltageSource:
    """A constant voltage from `minus` to `plus`."""

    name: str
    plus: str
    minus: str
    volts: Value
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (self.plus, self.minus)


@dataclass(frozen=True)
class Transistor:
    """A transistor of the technology's models, `multiplier` of them in parallel."""

    name: str
    drain: str
    gate: str
    source: str
    bulk: str
    device: str  # its name in the model library
    terminals: tuple[str, ...]  # the order of drain, gate, source and bulk in the library
    is_subcircuit: bool  # the library wraps the device into a subcircuit
    width_meters: float
    length_meters: float
    length_unit_meters: float  # the unit in which the library takes width and length
    multiplier: Value
    diffusion_meters: float | None = None  # of drain and source, from gate to isolation
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to, in the library's order."""
        by_terminal = {
            "drain": self.drain,
            "gate": self.gate,
            "source": self.source,
            "bulk": self.bulk,
        }
        return tuple(by_terminal[terminal] for terminal in self.terminals)


@dataclass(frozen=True)
class Instance:
    """A use of a module; `nets` in the order of the module's ports."""

    name: str
    of: str
    nets: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class BentCell:
    """What a cell is that is no resistor: an instance of a module, by its name, and its law."""

    module: str
    sines: tuple[Sine, ...]
    model: CellModel | None = None  # whose subcircuit the module is made of; None: a source


@dataclass(frozen=True, eq=False)
class CellArray:
    """The cells of a crossbar, one from each row to each column where there is one.

    They are kept as one array and written a row at a time, so that a million of them cost no
    more memory than their resistances.  A cell is called `<prefix><row>_<column number>`.  Rows
    may be on one net, as biases are: the second on `bias_plus` is called `bias_plus_pair_1`.

    Where wires have resistance, every cell has nets of its own between their segments: that of
    row `plus_3` at column 7 is `<prefix>plus_3_at_7`, that of column `net_7` at the row which is
    the fifth along it `<prefix>net_7_at_4`.  They are local to the cells, and no nets of a module.
    """

    name: str
    rows: tuple[str, ...]  # nets, R of them
    columns: tuple[str, ...]  # nets, C of them
    ohms: FloatArray  # (R, C), infinite where there is no cell
    prefix: str = ""  # before the names of the resistors, where those of other crossbars are near
    wires: Wires | None = None  # None: they have no resistance
    capacitances: Capacitances | None = None  # None: wires and cells have none
    cell: BentCell | None = None  # what each cell is; None: a resistor
    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CellArray):
            return NotImplemented
        return self._names == other._names and np.array_equal(self.ohms, other.ohms)

    def __hash__(self) -> int:
        return hash(self._names)

    @property
    def _names(self) -> tuple[object, ...]:
        built = (self.wires, self.capacitances, self.cell)
        return (self.name, self.rows, self.columns, self.prefix, built)

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets that it connects to."""
        return (*self.rows, *self.columns)

    @property
    def is_complete(self) -> bool:
        """Whether there is a cell from each row to each column."""
        return bool(np.isfinite(self.ohms).all())

    @cached_property
    def row_names(self) -> tuple[str, ...]:
        """What each row is called: its net, with a number from the second on that net on."""
        seen: Counter[str] = Counter()
        names = []
        for row in self.rows:
            names.append(f"{row}_pair_{seen[row]}" if seen[row] else row)
            seen[row] += 1
        return tuple(names)

    def along_rows(self) -> list[tuple[str, ...]]:
        """The nets of each row at each column, on which its cells are."""
        if self.wires is None:
            return [(row,) * len(self.columns) for row in self.rows]
        if self.wires.row_ohms is not None:
            numbers = range(len(self.columns))
            return [tuple(f"{self.prefix}{row}_at_{j}" for j in numbers) for row in self.row_names]
        driven = map(self._driven, self.rows, self.row_names)
        return [(row,) * len(self.columns) for row in driven]

    def along_columns(self) -> list[tuple[str, ...]]:
        """The nets of the columns at each row, on which its cells are."""
        if self.wires is None or self.wires.column_ohms is None:
            return [self.columns] * len(self.rows)
        found: list[tuple[str, ...]] = [()] * len(self.rows)
        for place, row in enumerate(self.wires.order(len(self.rows))):
            found[row] = tuple(f"{self.prefix}{column}_at_{place}" for column in self.columns)
        return found

    def segments(self) -> Iterator[Resistor]:
        """The wires: of each row from its driver on, then of each column from the top down."""
        if self.wires is None:
            return
        wires, nets = self.wires, self.along_rows()
        for row, name, along in zip(self.rows, self.row_names, nets, strict=True):
            driven = self._driven(row, name)
            if wires.driver_ohms is not None:
                driver = f"{self.prefix}{name}_driver"
                yield Resistor(driver, row, driven, wires.driver_ohms, self.span)
            if wires.row_ohms is not None:
                yield from self._wire(name, (driven, *along), wires.row_ohms)
        if wires.column_ohms is not None:
            at_rows = self.along_columns()
            order = wires.order(len(self.rows))
            for column, along in zip(
                self.columns, zip(*(at_rows[row] for row in order), strict=True), strict=True
            ):
                yield from self._wire(column, (*along, column), wires.column_ohms)

    def capacitors(self) -> Iterator[Capacitor]:
        """Those of the wires, to ground, rows first, then those beside the cells, row by row.

        A wire has one at each cell, or one in all where it is one net.
        """
        found = self.capacitances
        if found is None:
            return
        rows, columns = self.along_rows(), self.along_columns()
        order = range(len(self.rows)) if self.wires is None else self.wires.order(len(self.rows))
        along = zip(*(columns[row] for row in order), strict=True)
        for wires, nets, farads in (
            (self.row_names, rows, found.row_farads),
            (self.columns, along, found.column_farads),
        ):
            for wire, at_cells in zip(wires, nets, strict=True):
                yield from self._to_ground(wire, at_cells, farads)
        if found.cell_farads:
            for row, starts, ends in zip(self.row_names, rows, columns, strict=True):
                for j, (start, end) in enumerate(zip(starts, ends, strict=True)):
                    name = f"{self.prefix}{row}_{j}"
                    yield Capacitor(name, start, end, found.cell_farads, self.span)

    def _to_ground(self, wire: str, nets: tuple[str, ...], farads: float) -> Iterator[Capacitor]:
        name = f"{self.prefix}{wire}_wire"
        if not farads:
            return
        if nets[0] == nets[-1]:
            yield Capacitor(name, nets[0], GROUND, len(nets) * farads, self.span)
            return
        for number, net in enumerate(nets):
            yield Capacitor(f"{name}_{number}", net, GROUND, farads, self.span)

    def _driven(self, row: str, name: str) -> str:
        """The net behind the driver of a row, by its net and its name."""
        assert self.wires is not None
        return row if self.wires.driver_ohms is None else f"{self.prefix}{name}_driven"

    def _wire(self, name: str, nets: Sequence[str], ohms: float) -> Iterator[Resistor]:
        for number, (start, end) in enumerate(pairwise(nets)):
            yield Resistor(f"{self.prefix}{name}_wire_{number}", start, end, ohms, self.span)


Item = (
    Resistor
    | SinhResistor
    | ModelCell
    | Capacitor
    | VoltageSource
    | Transistor
    | Instance
    | CellArray
)


@dataclass(frozen=True)
class Module:
    """A subcircuit: its ports, its own nets and what it consists of."""

    name: str
    ports: tuple[str, ...]
    items: tuple[Item, ...]
    nets: tuple[str, ...] = ()  # those that are not ports
    parameters: tuple[Parameter, ...] = ()  # with their defaults
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Include:
    """A file of device models; `section` where it is a library of corners."""

    file: str  # relative to the netlist, with forward slashes
    section: str | None = None
    is_named: bool = False  # `file` is as the source has it, wherever the simulator looks for it


@dataclass(frozen=True)
class Circuit:
    """A design under test: modules from the innermost to the outermost, which is the last."""

    name: str
    modules: tuple[Module, ...]
    includes: tuple[Include, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def top(self) -> Module:
        """The module that is tested."""
        return self.modules[-1]

    def module(self, name: str) -> Module:
        """The module of that name; KeyError where there is none."""
        for module in self.modules:
            if module.name == name:
                return module
        raise KeyError(name)


@dataclass(frozen=True)
class Testbench:
    """What stands around a design under test to simulate it: an operating point is asked for.

    Nets need no declaration here.  One of the items is the instance of the circuit's top.
    """

    circuit: Circuit
    items: tuple[Item, ...]
    options: tuple[Parameter, ...]  # of the simulator: tolerances
    temperature_celsius: float
    # Nets of the circuit's top with voltages near which its operating point is.  A simulator
    # begins there; where it ends is the circuit's own.
    guesses: tuple[tuple[str, float], ...] = ()

    # Not a test, whatever pytest makes of the name.
    __test__ = False
