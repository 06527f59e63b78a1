"""What goes with cells that are no resistors, and what does not."""

from __future__ import annotations

from fractions import Fraction

from imnnc.circuit.names import CELL
from imnnc.design import Memristor, Network, Technology
from imnnc.diagnostics import fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.problems import Problems
from imnnc.tasks import EmitSpec
from imnnc.units import VOLTAGE, Quantity

# Times the voltage of a rail: beyond it, a cell between the rails carries 1,000 times what a
# resistor would, and sums of cells so far apart lose the digits that operating points need.
_LARGEST = 5


def check_law(
    memristor: Memristor | None,
    technology: Technology | None,
    network: Network | None,
    emit: EmitSpec,
    problems: Problems,
) -> None:
    """Report what the `law` of a memristor cannot be combined with; None: wrong elsewhere."""
    if memristor is None or memristor.parasitics.sinh_per_volt is None:
        return
    per_volt = memristor.parasitics.sinh_per_volt
    with problems.gathered():
        if technology is not None and per_volt * technology.supply_volts > _LARGEST:
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
