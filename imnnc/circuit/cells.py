"""Cells that are no resistors: each an instance of a module, its resistance as parameter."""

from __future__ import annotations

from imnnc.circuit.ir import Module, Parameter, Reference, SinhCell, SinhResistor
from imnnc.circuit.names import CELL_OHMS, cell_module
from imnnc.parasitics import Parasitics


def sinh_cell(network: str, parasitics: Parasitics) -> SinhCell | None:
    """What each cell of a network is; None where cells are resistors."""
    per_volt = parasitics.sinh_per_volt
    return None if per_volt is None else SinhCell(cell_module(network), per_volt)


def sinh_module(cell: SinhCell) -> Module:
    """A cell that carries sinh(b V) / (b R) amperes from its row to its column."""
    return Module(
        cell.module,
        ports=("row", "column"),
        items=(SinhResistor("cell", "row", "column", Reference(CELL_OHMS), cell.per_volt),),
        parameters=(Parameter(CELL_OHMS, 1e6),),
    )
