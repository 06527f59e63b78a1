"""Subcircuits of cells as users have them, in SPICE's language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from imnnc.design import Memristor
from imnnc.parasitics import CellModel, CellQuantity, CellSource
from imnnc.scratch import temporary_folder
from imnnc.simulate.cells import MeasuredCells, measure_cells
from tests.support.networks import technology

MEMRISTOR = Memristor("tio2", 1.2e-7, 1e-6, levels=None, variation=0.0)

SINH = ".subckt my_cell p n g=1u\nB1 p n i={g}*sinh(3*v(p,n))/3\n.ends\n"
# In microsiemens, and of two sines.
MIXED = """.subckt my_cell p n g=1
B1 p n i={g*1u}*(0.6*v(p,n)+0.1*sinh(8*v(p,n))/2)
.ends
"""
# As a resistance, which falls where it is heated, so to speak.
CUBIC = ".subckt my_cell p n r=1meg\nB1 p n i=(v(p,n)+10*v(p,n)*v(p,n)*v(p,n))/(2*{r})\n.ends\n"
# Saturates.
TANH = ".subckt my_cell p n g=1u\nB1 p n i={g}*tanh(2*v(p,n))/2\n.ends\n"
# Two diodes, one each way: of exponentials, with ngspice's own convergence aids.
DIODES = """.model junction d(is=1e-3 n=2)
.subckt my_cell p n g=1u
D1 p n junction area={g}
D2 n p junction area={g}
.ends
"""


def written(folder: Path, text: str, quantity: CellQuantity = "conductance") -> CellSource:
    """A library with the subcircuit `my_cell`, in a file of the folder."""
    path = folder / "cells.lib"
    path.write_text(text)
    return CellSource(path, "my_cell", "r" if quantity == "resistance" else "g", quantity)


def measured(source: CellSource, *, with_leaks: bool = False) -> MeasuredCells:
    """What ngspice measures of it."""
    kit = technology()
    with_cells = type(kit)(**{**vars(kit), "includes": (*kit.includes, source.library)})
    return measure_cells(with_cells, MEMRISTOR, source, with_leaks=with_leaks)


@cache
def model(text: str, quantity: CellQuantity = "conductance") -> CellModel:
    """The cells of a library, measured once."""
    with temporary_folder() as folder:
        return measured(written(folder, text, quantity)).model
