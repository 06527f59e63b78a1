"""Which names a network can have, decided for the language and for what writes the circuit.

What a source calls something is a word of at most 64 characters: that is the language's to check.
Of these names a netlist makes others, which have to differ, and some words are a dialect's own.
This module decides both from the names alone, without numbers, so that a source is refused before
anything is trained; where a circuit is written, `imnnc.circuit.check` looks at the names that it
has come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from imnnc.circuit.names import Node, crossbar_instance, layer_nets, rail_pair_nets
from imnnc.circuit.words import reserved
from imnnc.design import DIALECTS, InputPort, Layer, Network

# `<network>_inverter` and `<network>_crossbar_<layer>` are subcircuits.  A network called like one
# would meet those of another network in one testbench; without such names no two meet.
_LIKE_A_PART = re.compile(r"(?:.*_)?(?:inverter|crossbar(?:_.*)?)", re.IGNORECASE)
# Verification simulates ngspice's netlist, whatever is asked for besides.
_ALWAYS = ("ngspice",)
_LANGUAGES: dict[str, str] = {"ngspice": "ngspice", **DIALECTS}

Part = InputPort | Layer
_OUTPUTS: tuple[Node, ...] = ("minus", "plus")
_NODES: tuple[Node, ...] = ("net", "minus", "plus")


class Refusal(NamedTuple):
    """Why a network cannot have its name, and what can be done."""

    reason: str
    help: str | None = None


class Clash(NamedTuple):
    """A name in a netlist that the names of two parts of a network both lead to."""

    name: str
    first: Part
    second: Part


def refusal(network: str, dialects: Iterable[str] = ()) -> Refusal | None:
    """Why a network cannot be called so in some dialects; None where it can."""
    if _LIKE_A_PART.fullmatch(network):
        return Refusal(
            "netlists have subcircuits called `<network>_inverter` and `<network>_crossbar_<layer>`"
        )
    for dialect in (*_ALWAYS, *dialects):
        if network.lower() in reserved(dialect):
            optional = dialect not in _ALWAYS
            return Refusal(
                f"{_LANGUAGES[dialect]} has a meaning of its own for this word",
                f"rename it, or leave `{dialect}` out of `emit`" if optional else None,
            )
    return None


def clash(network: Network, dialects: Iterable[str] = ()) -> Clash | None:
    """The first name that would be there twice in a netlist of the network; None where none is.

    The input and the layers have different names themselves, whatever their case.
    """
    instances = list(_instances(network))
    found = _twice(instances, str.lower) or _twice(_cells(network), str.lower)
    if found is None and "verilog" in dialects:
        # There, nets and instances of a module share their names; and case counts.
        named = ((f"X{name}", part) for name, part in instances)
        found = _twice([*_nets(network), *named], str)
    return found


def _instances(network: Network) -> Iterator[tuple[str, Part]]:
    for layer in network.layers:
        yield crossbar_instance(layer.name), layer
        for node in _OUTPUTS:
            yield from ((name, layer) for name in layer_nets(layer.name, node, layer.width))


def _cells(network: Network) -> Iterator[tuple[str, Part]]:
    """The first cell of each crossbar, as it is called where the crossbar is no subcircuit."""
    below: Part = network.input
    for layer in network.layers:
        yield f"{crossbar_instance(layer.name)}_{rail_pair_nets(below.name, 1)[0]}_0", layer
        below = layer


def _nets(network: Network) -> Iterator[tuple[str, Part]]:
    port = network.input
    yield from ((name, port) for name in rail_pair_nets(port.name, port.width))
    for layer in network.layers:
        for node in _NODES:
            yield from ((name, layer) for name in layer_nets(layer.name, node, layer.width))


def _twice(named: Iterable[tuple[str, Part]], key: Callable[[str], str]) -> Clash | None:
    """The first name that two parts have."""
    seen: dict[str, Part] = {}
    for name, part in named:
        first = seen.setdefault(key(name), part)
        if first is not part:
            return Clash(name, first, part)
    return None
