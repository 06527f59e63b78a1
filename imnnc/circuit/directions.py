"""Which way signals go through the ports of a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from imnnc.circuit.ir import CellArray, Circuit, Instance, Item, Module, Transistor

Direction = Literal["input", "output", "inout"]


def port_directions(circuit: Circuit) -> dict[str, dict[str, Direction]]:
    """The direction of every port of every module, by their names.

    A port is an output where something in the module drives it (the drain of a transistor, the
    column of a crossbar, an output of an instance), an input where all that is on it only looks
    (a gate, the row of a crossbar, an input of an instance), and else both: rails.
    """
    found: dict[str, dict[str, Direction]] = {}
    for module in circuit.modules:
        found[module.name] = _directions(module, found)
    return found


def _directions(
    module: Module, known: Mapping[str, Mapping[str, Direction]]
) -> dict[str, Direction]:
    seen: dict[str, set[Direction]] = {port: set() for port in module.ports}
    for item in module.items:
        for net, direction in _terminals(item, known, module):
            if net in seen:
                seen[net].add(direction)
    return {port: _overall(directions) for port, directions in seen.items()}


def _overall(directions: set[Direction]) -> Direction:
    if "output" in directions:
        return "output"
    return "input" if directions == {"input"} else "inout"


def _terminals(
    item: Item, known: Mapping[str, Mapping[str, Direction]], module: Module
) -> Iterator[tuple[str, Direction]]:
    match item:
        case CellArray():
            yield from ((net, "input") for net in item.rows)
            yield from ((net, "output") for net in item.columns)
        case Transistor():
            yield item.drain, "output"
            yield item.gate, "input"
            yield item.source, "inout"
            yield item.bulk, "inout"
        case Instance():
            yield from zip(item.nets, known[item.of].values(), strict=True)
