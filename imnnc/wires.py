"""The wires of a crossbar: what they resist, and in which order they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from imnnc.limits import physical, setting
from imnnc.units import RESISTANCE, engineering

# Numbers that it takes to solve a crossbar with wires, rows times columns squared: 2 GiB of them.
MAX_WIRED_NUMBERS = 2**28
# How the rows of a crossbar lie: +x and -x of an input side by side, or all +x, then all -x.
Layout = Literal["interleaved", "halves"]
_SEGMENT = physical(RESISTANCE, "0.001", "1e6", "leave it out where there is no resistance")


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
