"""What goes with cells that are no resistors, and what does not."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from imnnc.circuit.names import CELL
from imnnc.design import Memristor, Network, Technology
from imnnc.diagnostics import fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.problems import Problems
from imnnc.lang.syntax import LawModel
from imnnc.lang.values import Scope, declared
from imnnc.lang.vocabulary import QUANTITIES, listing
from imnnc.nearby import suggestion
from imnnc.parasitics import CellSource
from imnnc.tasks import EmitSpec
from imnnc.units import VOLTAGE, Quantity

# Times the voltage of a rail: beyond it, a cell between the rails carries 1,000 times what a
# resistor would, and sums of cells so far apart lose the digits that operating points need.
_LARGEST = 5


def cell_source(law: LawModel, folder: Path, scope: Scope) -> CellSource:
    """Where the subcircuit of a cell is; fails where there is no such file."""
    text, quantity = law.library.text, law.quantity.text
    path = folder / (os.path.expanduser(text) if text.startswith("~/") else text)
    if quantity not in QUANTITIES:
        raise fail(
            "IM138",
            f"the parameter of a cell must be {listing(QUANTITIES)}, not `{quantity[:60]}`",
            scope.span(law.quantity),
            help=suggestion(quantity, QUANTITIES),
        )
    if path.suffix.lower() in (".va", ".osdi"):
        raise fail(
            "IM306",
            f"a cell must be a subcircuit in SPICE's language, `{path.name}` is Verilog-A",
            scope.span(law.library),
            notes=["ngspice 39 as it is distributed cannot load Verilog-A (OSDI)"],
            help="write its current as a source: `B1 row column i={g}*sinh(3*v(row,column))/3`",
        )
    if not os.path.isfile(path):  # unlike Path.is_file, false for any name
        raise fail(
            "IM143",
            f"there is no model file `{path}`",
            scope.span(law.library),
            help="file names are relative to the folder of the source that has them",
        )
    return CellSource(
        path,
        declared(law.subcircuit, scope),
        declared(law.parameter, scope),
        "conductance" if quantity == "conductance" else "resistance",
        scope.span(law),
    )


def with_cells(technology: Technology, model: CellSource | None) -> Technology:
    """The technology with the library of cells among its model files, wherever these go."""
    if model is None:
        return technology
    return replace(technology, includes=(*technology.includes, model.library))


def check_law(
    memristor: Memristor | None,
    technology: Technology | None,
    network: Network | None,
    emit: EmitSpec,
    problems: Problems,
) -> None:
    """Report what the `law` of a memristor cannot be combined with; None: wrong elsewhere."""
    if memristor is None or (memristor.parasitics.law is None and memristor.model is None):
        return
    per_volt = memristor.parasitics.sinh_per_volt
    with problems.gathered():
        if (
            technology is not None
            and per_volt is not None
            and per_volt * technology.supply_volts > _LARGEST
        ):
            supply = Fraction(repr(technology.supply_volts))
            bounds = BOUNDS["law"]
            raise fail(
                "IM114",
                f"`law` must be at most {bounds.show(_LARGEST / supply)} with rails at"
                f" {Quantity(supply, VOLTAGE)}, not {bounds.show_float(per_volt)}",
                memristor.span,
            )
    with problems.gathered():
        if memristor.parasitics.wires is not None:
            raise fail(
                "IM117",
                f"memristor `{memristor.name}` must have no `law` in crossbars whose wires have"
                " resistance",
                memristor.span,
                notes=["wires are solved exactly as networks of resistors, cells included"],
                help="leave out the `crossbar` blocks to see what the law does, and the `law` to"
                " see what wires do",
            )
    with problems.gathered():
        if "verilog" in emit.dialects:
            raise fail(
                "IM505",
                "the model in SystemVerilog has no part for the law of cells",
                emit.span,
                help="leave `verilog` out of `emit`",
            )
    for layer in () if network is None else network.layers:
        with problems.gathered():
            if layer.name.lower() == CELL:
                raise fail(
                    "IM123",
                    f"a layer cannot be called `{layer.name}` where cells have a `law`",
                    layer.span,
                    notes=["its crossbar and the cells would be one subcircuit in a netlist"],
                    help="rename the layer",
                )
