"""What the netlist calls the parts of a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

Node = Literal["net", "minus", "plus"]

DUT = "dut"  # the instance of the network in its testbench
VDD = "vdd"  # the rails, at +V_S and -V_S
VSS = "vss"
BIAS_PLUS = "bias_plus"  # the bias rows, at the voltages of the rails, measured apart from them
BIAS_MINUS = "bias_minus"
CELL = "cell"
CELL_OHMS = "ohms"  # the parameter of a cell that is no resistor


def layer_nets(layer: str, node: Node, width: int) -> tuple[str, ...]:
    """The nets of a layer: its columns (`net`), its V- (`minus`) or its V+ (`plus`)."""
    return tuple(f"{layer}_{node}_{j}" for j in range(width))


def rail_pair_nets(name: str, width: int) -> tuple[str, ...]:
    """The dual-rail signals of an input or a layer: all plus, then all minus."""
    return (*indexed(f"{name}_plus", width), *indexed(f"{name}_minus", width))


def indexed(stem: str, width: int) -> tuple[str, ...]:
    """`stem_0`, `stem_1`, and so on."""
    return tuple(f"{stem}_{i}" for i in range(width))


def inverter_module(network: str) -> str:
    """The subcircuit of the inverter.

    Names of subcircuits are global in a deck, so each has that of its network before its own:
    two networks in one testbench keep their own cells.
    """
    return f"{network}_inverter"


def crossbar_module(network: str, layer: str) -> str:
    """The subcircuit of the crossbar whose columns drive a layer."""
    return f"{network}_{crossbar_instance(layer)}"


def cell_module(network: str) -> str:
    """The subcircuit of a cell that is no resistor; a layer called `cell` would have its name."""
    return crossbar_module(network, CELL)


def crossbar_instance(layer: str) -> str:
    """The instance of that crossbar; it is local to the network."""
    return f"crossbar_{layer}"


def crossbar_row_ports(inputs: int) -> tuple[str, ...]:
    """The rows of a crossbar that a layer below drives, in the order of `rail_pair_nets`."""
    return (*indexed("plus", inputs), *indexed("minus", inputs))


def crossbar_rows(inputs: int, biases: int = 1) -> tuple[str, ...]:
    """The nets of the rows of a crossbar, as its cells are stored: plus, its biases, minus, its
    biases."""
    return with_biases(crossbar_row_ports(inputs), biases)


def with_biases(rows: Sequence[str], biases: int) -> tuple[str, ...]:
    """The plus `rows`, then the minus rows, each half with its biases behind it."""
    half = len(rows) // 2
    return (*rows[:half], *[BIAS_PLUS] * biases, *rows[half:], *[BIAS_MINUS] * biases)


def joined(parts: Iterable[str]) -> str:
    """The name of what lies inside something else, where the hierarchy is flattened."""
    return "_".join(parts)
