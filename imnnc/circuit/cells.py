"""Cells that are no resistors: each an instance of a module, its resistance as parameter."""

from __future__ import annotations

from imnnc.circuit.ir import (
    BentCell,
    Item,
    ModelCell,
    Module,
    Parameter,
    Reference,
    Scaled,
    SinhResistor,
)
from imnnc.circuit.names import CELL, CELL_OHMS, cell_module
from imnnc.parasitics import CellModel, Parasitics


def bent_cell(network: str, parasitics: Parasitics) -> BentCell | None:
    """What each cell of a network is; None where cells are resistors."""
    sines = parasitics.law
    return None if sines is None else BentCell(cell_module(network), sines, parasitics.model)


def bent_module(cell: BentCell) -> Module:
    """A cell of a resistance at 0 V, from its row to its column.

    One that carries sinh(b V) / (b R) amperes, or a subcircuit of the user's that is so programmed.
    """
    item: Item
    if cell.model is None:
        (sine,) = cell.sines
        item = SinhResistor(CELL, "row", "column", Reference(CELL_OHMS), sine.per_volt)
    else:
        item = _of_model(cell.model)
    return Module(
        cell.module,
        ports=("row", "column"),
        items=(item,),
        parameters=(Parameter(CELL_OHMS, 1e6),),
    )


def _of_model(model: CellModel) -> ModelCell:
    value = Scaled(model.unit_value, CELL_OHMS, model.quantity == "conductance")
    parameter = Parameter(model.parameter, value)
    return ModelCell(CELL, "row", "column", model.subcircuit, (parameter,))
