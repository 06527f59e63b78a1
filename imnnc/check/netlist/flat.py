"""A netlist as one graph: devices, nets and instances are nodes, terminals are edges.

Expanding the modules makes the comparison independent of the order of ports and of names.  The
hierarchy stays in the graph: each instance is a node too, with edges to its ports and to what is
in it, so that two circuits are alike only if they are taken apart alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from imnnc.check.netlist.deck import GROUND, SYMMETRIC, TOP, Deck, Device, Module, Value
from imnnc.check.netlist.values import evaluated
from imnnc.diagnostics import fail

_SOURCES = "vic"
_LARGEST_DEPTH = 32


@dataclass
class Graph:
    """A circuit as nodes, what each of them is, and the edges between them.

    Attributes:
        labels: what a node is, apart from its numbers.
        names: the path of its name; on top of the hierarchy it has no dots.
        origins: the module and device that a node was made of, None for nets.
        numbers: by label and parameter, the nodes and their values.
        edges: device, net and role of each terminal; child, parent and role of each instance.
        pins: nodes that are called from outside by their names.
    """

    labels: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    origins: list[tuple[Module, Device] | None] = field(default_factory=list)
    numbers: dict[tuple[str, str], tuple[list[int], list[float]]] = field(default_factory=dict)
    edges: tuple[list[int], list[int], list[str]] = field(default_factory=lambda: ([], [], []))
    pins: dict[str, int] = field(default_factory=dict)

    def node(self, label: str, name: str, origin: tuple[Module, Device] | None = None) -> int:
        """A new node."""
        self.labels.append(label)
        self.names.append(name)
        self.origins.append(origin)
        return len(self.labels) - 1

    def edge(self, first: int, second: int, role: str) -> None:
        """A new edge, from a device or a child."""
        for values, value in zip(self.edges, (first, second, role), strict=True):
            values.append(value)  # type: ignore[attr-defined]


def flatten(deck: Deck) -> Graph:
    """The graph of a deck; modules that nothing uses are in it as well."""
    graph = Graph()
    top = _Expansion(deck, graph)
    top.expand(deck.top, "", {}, deck.parameters, None)
    _pin(deck, graph, top.nets)
    used = {device.model for module in _all(deck) for device in module.devices}
    for module in deck.modules.values():
        if module.name not in used:
            # It stands alone, with its ports open.
            instance = graph.node("unused module", module.name)
            path = f"{module.name}."
            ports = {}
            for port in module.ports:
                ports[port] = graph.node("net", path + port)
                graph.edge(instance, ports[port], "port")
            known = {**deck.parameters, **dict(module.defaults)}
            _Expansion(deck, graph).expand(module, path, ports, known, instance)
    return graph


def _all(deck: Deck) -> list[Module]:
    return [deck.top, *deck.modules.values()]


def _pin(deck: Deck, graph: Graph, nets: Mapping[str, int]) -> None:
    """Note the nodes that the outside calls by name.

    These are sources, loads, and the ports of the network under test: stimuli are put on them
    and voltages read from them by their names, so two that were exchanged are a difference.
    Where the network is too wide for a module of its own, its inverters stand among the
    sources; their nets stay free.
    """
    for node, origin in enumerate(graph.origins):
        if origin is None or origin[0].name != TOP:
            continue
        device = origin[1]
        if device.kind in _SOURCES:
            graph.pins[device.name] = node
        elif not (deck.is_module(device) and _has_instances(deck, deck.modules[device.model])):
            continue
        for net in device.nets:
            graph.pins[f"net {net}"] = nets[net]


def _has_instances(deck: Deck, module: Module) -> bool:
    return any(deck.is_module(device) for device in module.devices)


class _Expansion:
    """Puts the devices of modules into a graph."""

    def __init__(self, deck: Deck, graph: Graph) -> None:
        self.deck = deck
        self.graph = graph
        self.nets: dict[str, int] = {}  # by path, those of the whole circuit
        # By the kind of a device, its model and what its parameters are.
        self._labels: dict[tuple[str, str, tuple[str, ...]], str] = {}
        for name in (GROUND, *sorted(deck.globals)):
            self.nets[name] = graph.node(f"global {name}", name)

    def expand(
        self,
        module: Module,
        path: str,
        ports: Mapping[str, int],
        known: Mapping[str, Value],
        parent: int | None,
    ) -> None:
        """Add the devices of one instance of a module, whose ports are at these nodes."""
        if path.count(".") > _LARGEST_DEPTH:
            raise fail(
                "IM530", f"module `{module.name}` at {module.place} must not be a part of itself"
            )
        graph, find, is_module = self.graph, self._net, self.deck.is_module
        sources, targets, roles = graph.edges
        for device in module.devices:
            kind = device.kind
            if kind == "x" and is_module(device):
                nodes = [find(net, path, ports) for net in device.nets]
                self._instance(module, device, path, nodes, known, parent)
                continue
            nodes = [ports[net] if net in ports else find(net, path, ports) for net in device.nets]
            node = self._device(module, device, path, known)
            sources += [node] * len(nodes)
            targets += nodes
            symmetric = kind in SYMMETRIC
            roles += [kind if symmetric else f"{kind}{index}" for index in range(len(nodes))]
            if parent is not None:
                graph.edge(node, parent, "in")

    def _net(self, net: str, path: str, ports: Mapping[str, int]) -> int:
        found = ports.get(net)
        if found is not None:
            return found
        name = net if net in self.deck.globals or net == GROUND else path + net
        found = self.nets.get(name)
        if found is None:
            found = self.nets[name] = self.graph.node("net", name)
        return found

    def _instance(
        self,
        module: Module,
        device: Device,
        path: str,
        nodes: list[int],
        known: Mapping[str, Value],
        parent: int | None,
    ) -> None:
        inner = self.deck.modules[device.model]
        own = {name: evaluated(value, known) for name, value in device.values}
        values = {**dict(inner.defaults), **own}
        node = self._device(module, device._replace(values=tuple(values.items())), path, known)
        self.graph.origins[node] = (module, device)
        for net in nodes:
            self.graph.edge(node, net, "port")
        if parent is not None:
            self.graph.edge(node, parent, "in")
        # ngspice connects by position; a wrong number of nets leaves ports open.
        ports = dict(zip(inner.ports, nodes, strict=False))
        self.expand(inner, f"{path}{device.name}.", ports, {**known, **values}, node)

    def _device(self, module: Module, device: Device, path: str, known: Mapping[str, Value]) -> int:
        values = [
            (name, value if isinstance(value, float) else evaluated(value, known))
            for name, value in device.values
        ]
        texts = tuple(name if isinstance(x, float) else f"{name}={x}" for name, x in values)
        key = device.kind, device.model, texts
        label = self._labels.get(key)
        if label is None:
            model = device.model
            if self.deck.is_module(device):
                model = f"module of {len(self.deck.modules[model].ports)} ports"
            label = self._labels[key] = " ".join([device.kind, model, *sorted(texts)])
        node = self.graph.node(label, path + device.name, (module, device))
        for name, value in values:
            if isinstance(value, float):
                numbers = self.graph.numbers.get((label, name))
                if numbers is None:
                    numbers = self.graph.numbers[label, name] = ([], [])
                numbers[0].append(node)
                numbers[1].append(value)
        return node
