"""Whether two coloured graphs are the same graph under other names.

Where refinement has told every node of a graph from all others, colours are the mapping from one
graph to the other.  Where nodes are left that nothing tells apart, such as two equal cells in
parallel, the part of the graph that they are in is compared by networkx (VF2); a large part is
made smaller first by choosing partners, those of the same name where there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import networkx as nx
import numpy as np

from imnnc.check.netlist.flat import Graph
from imnnc.check.netlist.refine import Colours, Indices, Pair, mixed, stable
from imnnc.diagnostics import fail

_VF2_NODES = 64  # of each graph: VF2 can take a time exponential in that
_LARGEST_MAPPINGS = 2000  # of VF2
# Partners that are tried, times nodes: some twenty seconds.
_LARGEST_WORK = 5_000_000


class Matcher:
    """The search for a mapping of one graph onto another."""

    def __init__(
        self,
        graphs: Pair,
        golden: Graph,
        found: Graph,
        tolerance: float,
        largest_work: int = _LARGEST_WORK,
    ) -> None:
        """The search gives up once partners tried, times nodes, are more than `largest_work`."""
        self._graphs = graphs
        self._names = [*golden.names, *found.names]
        self._tolerance = tolerance
        self._largest_work = largest_work
        self._steps = 0

    def mapping(self) -> Indices | None:
        """The node of the second graph for each of the first, None where they are not the same.

        Fails with IM534 where the graphs are so symmetric that the search has no end.
        """
        colours = stable(self._graphs, self._graphs.colours)
        if colours is None:
            return None
        return self._find(colours)

    def _find(self, colours: Colours) -> Indices | None:
        found = self._by_order(colours)
        return found if found is not None else self._searched(colours)

    def _by_order(self, colours: Colours) -> Indices | None:
        """Pair all that is alike at once, by name and then in order; right more often than not."""
        size = self._graphs.first
        keys = []
        for start, end in ((0, size), (size, len(colours))):
            names = np.array(self._names[start:end])
            keys.append(np.lexsort((names, colours[start:end])))
        mapping = np.empty(size, np.int64)
        mapping[keys[0]] = keys[1]
        return mapping if self._is_isomorphism(mapping) else None

    def _searched(self, colours: Colours) -> Indices | None:
        """Choose partners one by one, and go back where a choice was wrong."""
        tied = self._tied(colours)
        if len(tied) <= _VF2_NODES:
            return self._by_networkx(colours, tied)
        first = self._graphs.first
        values, counts = np.unique(colours[tied], return_counts=True)
        colour = values[np.argmin(counts)]
        chosen = tied[colours[tied] == colour][0]
        partners = first + np.flatnonzero(colours[first:] == colour)
        name = self._names[chosen]
        for partner in sorted(partners.tolist(), key=lambda node: self._names[node] != name):
            self._count_step()
            marked = colours.copy()
            marked[[chosen, partner]] = mixed(marked[[chosen]] + np.uint64(1))[0]
            refined = stable(self._graphs, marked)
            found = None if refined is None else self._find(refined)
            if found is not None:
                return found
        return None

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps * len(self._names) > self._largest_work:
            raise fail(
                "IM534",
                "the netlists are too symmetric to be matched without their names",
                notes=[f"tried {self._steps:,} ways to pair parts that are alike"],
                help="keep the names of rows and columns",
            )

    def _tied(self, colours: Colours) -> Indices:
        """The nodes of the first graph that are not the only ones of their colour in it."""
        own = colours[: self._graphs.first]
        _, inverse, counts = np.unique(own, return_inverse=True, return_counts=True)
        return np.flatnonzero(counts[inverse] > 1)

    def _by_networkx(self, colours: Colours, tied: Indices) -> Indices | None:
        """Match the tied nodes; the edges to all others are in their colours already."""
        first = self._graphs.first
        order = np.argsort(colours[:first]), first + np.argsort(colours[first:])
        mapping = np.empty(first, np.int64)
        mapping[order[0]] = order[1] - first
        wanted = np.unique(colours[tied])
        others = first + np.flatnonzero(np.isin(colours[first:], wanted))
        graphs = [self._part(colours, nodes) for nodes in (tied, others)]
        matcher = nx.algorithms.isomorphism.GraphMatcher(
            *graphs,
            node_match=lambda one, other: one["colour"] == other["colour"],
            edge_match=lambda one, other: one["roles"] == other["roles"],
        )
        for found in _bounded(matcher.isomorphisms_iter()):
            for node, partner in found.items():
                mapping[node] = partner - first
            if self._is_isomorphism(mapping):
                return mapping
        return None

    def _part(self, colours: Colours, nodes: Indices) -> nx.Graph:
        """Some nodes and the edges between them, in an undirected graph of networkx."""
        graph = nx.Graph()
        for node in nodes.tolist():
            graph.add_node(node, colour=int(colours[node]))
        inside = np.zeros(len(colours), bool)
        inside[nodes] = True
        edges = np.flatnonzero(inside[self._graphs.sources] & inside[self._graphs.targets])
        for edge in edges.tolist():
            ends = int(self._graphs.sources[edge]), int(self._graphs.targets[edge])
            if not graph.has_edge(*ends):
                graph.add_edge(*ends, roles=Counter())
            # Devices and nets have other colours, so a role needs no direction.
            graph.edges[ends]["roles"][int(self._graphs.roles[edge])] += 1
        return graph

    def _is_isomorphism(self, mapping: Indices) -> bool:
        """Whether a mapping keeps colours, numbers and every edge."""
        graphs, first = self._graphs, self._graphs.first
        if not np.array_equal(graphs.colours[:first], graphs.colours[first:][mapping]):
            return False
        own = graphs.sources < first
        edges = [
            (mapping[graphs.sources[own]], mapping[graphs.targets[own]], graphs.roles[own]),
            (graphs.sources[~own] - first, graphs.targets[~own] - first, graphs.roles[~own]),
        ]
        if len(edges[0][0]) != len(edges[1][0]):
            return False
        ordered = [[x[np.lexsort(each)] for x in each] for each in edges]
        if not all(np.array_equal(x, y) for x, y in zip(*ordered, strict=True)):
            return False
        return all(
            self._numbers_agree(nodes, values, mapping) for nodes, values in graphs.numbers.values()
        )

    def _numbers_agree(
        self, nodes: Indices, values: np.ndarray[tuple[int], np.dtype[np.float64]], mapping: Indices
    ) -> bool:
        """Clusters may chain numbers that are further from each other than the tolerance."""
        first = self._graphs.first
        table = np.zeros(len(self._names))
        table[nodes] = values
        own = nodes[nodes < first]
        was, now = table[own], table[first + mapping[own]]
        limit = self._tolerance * np.maximum(np.abs(was), np.abs(now))
        return bool((np.abs(was - now) <= limit).all())


def _bounded(found: Iterator[dict[int, int]]) -> Iterator[dict[int, int]]:
    """The first so many, for parts with many symmetries have more than anybody can try."""
    for _, each in zip(range(_LARGEST_MAPPINGS), found, strict=False):
        yield each
