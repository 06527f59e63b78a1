"""The transistors of the unit inverter, and their cards.

They are made here for what is built and for what is characterised, so that a measured inverter
is the very text of a built one.
"""

from __future__ import annotations

from imnnc import design
from imnnc.circuit.ir import Transistor, Value
from imnnc.circuit.names import VDD, VSS


def inverter_transistors(
    technology: design.Technology,
    *,
    input_net: str,
    output_net: str,
    size: Value,
    label: str = "",
    gates: tuple[str, str] | None = None,
) -> tuple[Transistor, Transistor]:
    """The PMOS and the NMOS of `size` unit inverters in parallel, between `vdd` and `vss`.

    Parallel, so that the current is linear in the size.  `label` follows `p` and `n` in their
    names, to tell them from others.  `gates` are the nets of their gates, where those are apart.
    """
    gate_p, gate_n = gates or (input_net, input_net)

    def transistor(name: str, unit: design.Transistor, rail: str, gate: str) -> Transistor:
        return Transistor(
            name + label,
            drain=output_net,
            gate=gate,
            source=rail,
            bulk=rail,
            device=unit.device,
            terminals=technology.terminals,
            is_subcircuit=technology.instance_prefix == "X",
            width_meters=unit.width_meters,
            length_meters=unit.length_meters,
            length_unit_meters=technology.length_unit_meters,
            multiplier=size,
            diffusion_meters=unit.diffusion_meters,
            span=technology.span,
        )

    return (
        transistor("p", technology.pmos, VDD, gate_p),
        transistor("n", technology.nmos, VSS, gate_n),
    )


def format_number(value: float) -> str:
    """A number in plain exponents: `M` is milli to some simulators, and mega to people.

    Twelve digits keep what matters and drop the noise of binary fractions.
    """
    return f"{value + 0.0:.12g}"  # + 0.0: no negative zero


def geometry(item: Transistor, unit_meters: float) -> dict[str, float]:
    """Width and length, and areas and perimeters of the diffusions where they are drawn.

    Lengths count in `unit_meters`, areas in its square.  They are those of one of the parallel
    units, whose diffusions are apart; perimeters have the edge under the gate in them.
    """
    width, length = item.width_meters / unit_meters, item.length_meters / unit_meters
    sizes = {"w": width, "l": length}
    if item.diffusion_meters is not None:
        diffusion = item.diffusion_meters / unit_meters
        area, perimeter = width * diffusion, 2 * (width + diffusion)
        sizes |= {"ad": area, "as": area, "pd": perimeter, "ps": perimeter}
    return sizes


def size_words(item: Transistor, multiplier: str) -> list[str]:
    """The words of a transistor's geometry and multiplier, in the library's unit."""
    sizes = geometry(item, item.length_unit_meters)
    return [*(f"{name}={format_number(x)}" for name, x in sizes.items()), f"m={multiplier}"]


def card(item: Transistor, words: list[str]) -> str:
    """The line of a transistor in SPICE's language, `words` behind its device."""
    return " ".join([f"{letter_of(item)}{item.name}", *item.nets, item.device, *words])


def letter_of(item: Transistor) -> str:
    """The letter of a transistor's name: that of a subcircuit where the library has it as one."""
    return "X" if item.is_subcircuit else "M"
