"""What a circuit has besides its cells and inverters.

Wires of crossbars, capacitances of wires and cells, resistors at outputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from imnnc.diagnostics import Span
from imnnc.limits import NAME, OHMS, OPTIONAL, physical, plain, setting
from imnnc.units import CAPACITANCE, PER_VOLT, RESISTANCE, engineering

# Numbers that it takes to solve a crossbar with wires, rows times columns squared: 2 GiB of them.
MAX_WIRED_NUMBERS = 2**28
# How the rows of a crossbar lie: +x and -x of an input side by side, or all +x, then all -x.
Layout = Literal["interleaved", "halves"]
# What the parameter of a subcircuit says of the cell that it is.
CellQuantity = Literal["conductance", "resistance"]
_SEGMENT = physical(RESISTANCE, "0.001", "1e6", "leave it out where there is no resistance")
_FARADS = physical(CAPACITANCE, "0", "1e-12")


@dataclass(frozen=True)
class Wires:
    """The resistance of a crossbar's wires: rows are driven at their first column, columns read
    behind their last row.

    A segment of a row lies before each of its cells, one of a column behind each.
    """

    row_ohms: float | None = field(default=None, metadata=_SEGMENT)
    column_ohms: float | None = field(default=None, metadata=_SEGMENT)
    # Between what drives a row and its wire
    driver_ohms: float | None = field(default=None, metadata=setting("driver", _SEGMENT))
    layout: Layout = "interleaved"

    def __str__(self) -> str:
        """As a message or a report has them."""
        parts = (
            ("along rows", self.row_ohms),
            ("along columns", self.column_ohms),
            ("at drivers", self.driver_ohms),
        )
        found = [f"{engineering(x, 'Ohm')} {where}" for where, x in parts if x is not None]
        return ", ".join([*found, self.layout])

    def order(self, rows: int) -> tuple[int, ...]:
        """The rows as they lie along the columns, by their numbers in a netlist.

        There, `rows` of them are the plus rows, then the minus rows, the bias last in each half.
        `halves` leaves them so; `interleaved` has +x and -x of an input side by side.  The bias is
        nearest to where columns are read either way, or its half is.
        """
        if self.layout == "halves":
            return tuple(range(rows))
        return tuple(row for pair in range(rows // 2) for row in (pair, pair + rows // 2))


@dataclass(frozen=True)
class Capacitances:
    """Of a crossbar: a cell pitch of wire to ground, along rows and columns, and a cell's own."""

    row_farads: float = field(default=0.0, metadata=_FARADS)
    column_farads: float = field(default=0.0, metadata=_FARADS)
    # Beside each cell, from its row to its column
    cell_farads: float = field(default=0.0, metadata=_FARADS)

    def __str__(self) -> str:
        """As a message or a report has them."""
        parts = (
            ("along rows", self.row_farads),
            ("along columns", self.column_farads),
            ("at cells", self.cell_farads),
        )
        found = [f"{engineering(x, 'F')} {where}" for where, x in parts if x]
        return ", ".join(found) or "0 F"


@dataclass(frozen=True)
class CellSource:
    """A subcircuit of two pins in a file of the user's, which the cells of a memristor are."""

    library: Path
    subcircuit: str
    parameter: str
    quantity: CellQuantity
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Sine:
    """A part of the law of a cell of 1 S: w sinh(b V) / b amperes, V across it."""

    per_volt: float = field(metadata=physical(PER_VOLT, "1e-6", "1000"))  # b
    weight: float = field(default=1.0, metadata=plain("-1e9", "1e9"))  # w; of a law they make 1


@dataclass(frozen=True)
class CellModel:
    """The subcircuit of a user's that each cell is, as ngspice has measured it."""

    subcircuit: str = field(metadata=NAME)
    parameter: str = field(metadata=NAME)  # by which it is programmed
    quantity: CellQuantity
    # Its value in a cell that conducts 1 S, or has 1 Ohm, at 0 V
    unit_value: float = field(metadata=plain("1e-12", "1e12"))
    sines: tuple[Sine, ...]  # what it carries


@dataclass(frozen=True)
class Parasitics:
    """What a circuit has besides cells that are resistors, and inverters: one value from the source
    to the netlist.

    What arrays of a memristor have, its block says: each such member has the word of its setting
    and its limits.
    """

    # From each inverter's output to ground: RIM's
    resistor_ohms: float | None = field(default=None, metadata=OHMS)
    # Of each crossbar from the inputs on, None where they have no resistance; None: none has any
    wires: tuple[Wires | None, ...] | None = field(default=None, metadata=OPTIONAL)
    # Of each crossbar, None where nothing is said of them; None: of none is anything said
    capacitances: tuple[Capacitances | None, ...] | None = field(default=None, metadata=OPTIONAL)
    # b of cells that carry (g / b) sinh(b V) amperes; None: they are resistors, or of a model
    sinh_per_volt: float | None = field(
        default=None,
        metadata={
            **physical(PER_VOLT, "0.001", "20", "leave it out where cells are resistors"),
            **OPTIONAL,
        },
    )

    # What cells are where a subcircuit of the user's says it
    model: CellModel | None = field(default=None, metadata=OPTIONAL)

    @property
    def law(self) -> tuple[Sine, ...] | None:
        """What cells carry, g times the sum of it; None: they are resistors."""
        if self.model is not None:
            return self.model.sines
        return None if self.sinh_per_volt is None else (Sine(self.sinh_per_volt),)

    @property
    def of_resistors(self) -> Parasitics:
        """The same where cells are resistors, as which some methods train them."""
        return self if self.law is None else replace(self, sinh_per_volt=None, model=None)

    def wires_of(self, number: int) -> Wires | None:
        """The wires of the crossbar of layer `number`; None: they have no resistance."""
        return None if self.wires is None else self.wires[number]

    def capacitances_of(self, number: int) -> Capacitances | None:
        """Those of the crossbar of layer `number`; None: nothing is said of them."""
        return None if self.capacitances is None else self.capacitances[number]

    @property
    def output_siemens(self) -> float:
        """The conductance from each inverter's output to ground, 0 where there is none."""
        return 0.0 if self.resistor_ohms is None else 1 / self.resistor_ohms


NO_PARASITICS = Parasitics()
