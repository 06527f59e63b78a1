"""Says what differs between two circuits that share no names, as far as it can be told.

Colours are equal in both where nothing differs up to some number of edges away.  The nodes of
the golden whose colours are the first to have no counterpart are where the difference is.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from imnnc.check.netlist import terms
from imnnc.check.netlist.deck import VALUE, Deck, Device, Module
from imnnc.check.netlist.flat import Graph
from imnnc.check.netlist.refine import Colours, Pair, alike, refined
from imnnc.check.result import Difference

_MOST_PLACES = 3


def first_differences(golden: Deck, graphs: tuple[Graph, Graph], both: Pair) -> list[Difference]:
    """The differences, with the golden's names."""
    colours = both.colours
    is_first = True
    while alike(both, colours):
        following = refined(both, colours)
        if len(np.unique(following)) == len(np.unique(colours)) and alike(both, following):
            break
        colours, is_first = following, False
    here, there = _without_counterpart(both, colours)
    if is_first:
        return _replaced(golden, graphs, here, [node - both.first for node in there])
    origins = [origin for node in here if (origin := graphs[0].origins[node]) is not None]
    places = [_place(golden, *origin) for origin in origins] or [
        f"net {graphs[0].names[node]}" for node in here
    ]
    places = list(dict.fromkeys(places))
    more = f" and {len(places) - _MOST_PLACES:,} more" if len(places) > _MOST_PLACES else ""
    text = ", ".join(places[:_MOST_PLACES]) or "a part with many symmetries"
    part = terms.part(golden, *origins[0]) if origins else terms.NETLIST
    return [Difference(part, f"{part}: connected otherwise, seen at {text}{more}")]


def _without_counterpart(both: Pair, colours: Colours) -> tuple[list[int], list[int]]:
    """The nodes of either graph that are too many of their colour."""
    sides = colours[: both.first].tolist(), colours[both.first :].tolist()
    surplus = Counter(sides[0])
    surplus.subtract(Counter(sides[1]))
    found: tuple[list[int], list[int]] = ([], [])
    for side, sign in ((0, 1), (1, -1)):
        left = {colour: sign * count for colour, count in surplus.items() if sign * count > 0}
        for node, colour in enumerate(sides[side]):
            if left.get(colour, 0) > 0:
                left[colour] -= 1
                found[side].append(node + side * both.first)
    return found


def _place(golden: Deck, module: Module, device: Device) -> str:
    start, name = terms.named(golden, module, device)
    return f"{name} of {start}"


def _replaced(
    golden: Deck, graphs: tuple[Graph, Graph], here: list[int], there: list[int]
) -> list[Difference]:
    """Devices whose own values differ: paired by what they are, the smallest with the smallest."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for node in sorted(there, key=lambda node: _values(graphs[1], node)):
        waiting[graphs[1].labels[node]].append(node)
    found: list[Difference] = []
    cells: dict[str, list[tuple[terms.Cell, float]]] = defaultdict(list)
    for node in sorted(here, key=lambda node: _values(graphs[0], node)):
        origin = graphs[0].origins[node]
        if origin is None:
            continue  # nets: what is at them says more
        partners = waiting[graphs[0].labels[node]]
        if not partners:
            found.append(terms.missing(golden, *origin))
            continue
        now = dict(_device(graphs[1], partners.pop(0)).values)
        place = terms.cell(*origin)
        for name, was in origin[1].values:
            other = now.get(name, was)
            if other == was:
                continue
            if place is not None and isinstance(was, float) and isinstance(other, float):
                cells[place.layer].append((place, was / other - 1))
            else:
                found.append(terms.changed(golden, *origin, name, other, was))
    for nodes in waiting.values():
        for node in nodes:
            origin = graphs[1].origins[node]
            if origin is not None:
                found.append(
                    Difference(terms.NETLIST, f"netlist: {graphs[1].names[node]} is added")
                )
    for layer, changes in cells.items():
        total = sum(
            terms.layer_of_cell(*origin) == layer
            for origin in graphs[0].origins
            if origin is not None
        )
        found.append(terms.conductances(layer, total, changes))
    if not found:
        text = "netlist: the circuit is another, though its devices are alike one by one"
        found.append(Difference(terms.NETLIST, text))
    return found


def _device(graph: Graph, node: int) -> Device:
    origin = graph.origins[node]
    if origin is None:
        raise ValueError(f"node {node} is a net")
    return origin[1]


def _values(graph: Graph, node: int) -> float:
    """The number by which devices are put in order."""
    origin = graph.origins[node]
    given = {} if origin is None else dict(origin[1].values)
    first = given.get(VALUE, next(iter(given.values()), 0.0))
    return first if isinstance(first, float) else 0.0
