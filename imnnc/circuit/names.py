"""What the netlist calls the parts of a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Node = Literal["net", "minus", "plus"]

INVERTER = "inverter"
DUT = "dut"  # the instance of the network in its testbench
VDD = "vdd"  # the rails, at +V_S and -V_S
VSS = "vss"
BIAS_PLUS = "bias_plus"  # the bias rows, at the voltages of the rails, measured apart from them
BIAS_MINUS = "bias_minus"


def layer_nets(layer: str, node: Node, width: int) -> tuple[str, ...]:
    """The nets of a layer: its columns (`net`), its V- (`minus`) or its V+ (`plus`)."""
    return tuple(f"{layer}_{node}_{j}" for j in range(width))


def rail_pair_nets(name: str, width: int) -> tuple[str, ...]:
    """The dual-rail signals of an input or a layer: all plus, then all minus."""
    return (*indexed(f"{name}_plus", width), *indexed(f"{name}_minus", width))


def indexed(stem: str, width: int) -> tuple[str, ...]:
    """`stem_0`, `stem_1`, and so on."""
    return tuple(f"{stem}_{i}" for i in range(width))


def crossbar_module(layer: str) -> str:
    """The subcircuit, and its instance, of the crossbar whose columns drive a layer."""
    return f"crossbar_{layer}"


def crossbar_row_ports(inputs: int) -> tuple[str, ...]:
    """The rows of a crossbar that a layer below drives, in the order of `rail_pair_nets`."""
    return (*indexed("plus", inputs), *indexed("minus", inputs))


def crossbar_rows(inputs: int) -> tuple[str, ...]:
    """The rows inside a crossbar, as its cells are stored: plus, its bias, minus, its bias."""
    return (*indexed("plus", inputs), BIAS_PLUS, *indexed("minus", inputs), BIAS_MINUS)


def joined(parts: Iterable[str]) -> str:
    """The name of what lies inside something else, where the hierarchy is flattened."""
    return "_".join(parts)
