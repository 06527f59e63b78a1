"""The graph that the declarations of passes make.

Nobody writes down the order in which passes run: each one declares which artifacts it requires
and which it provides, and the order follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from imnnc.engine.arguments import unknown
from imnnc.engine.base import Pass
from imnnc.engine.options import format_value, option_value, options


class PassGraph:
    """Passes, checked to fit together, and the order that follows from what they require.

    Args:
        passes: the passes, in the order in which independent ones run.
        roots: the artifacts that are there before any pass has run.

    Raises:
        ValueError: two passes have one name or provide one artifact, nothing provides what a
            pass requires, or passes require one another in a circle.
    """

    def __init__(self, passes: Iterable[Pass], roots: Iterable[type]) -> None:
        self.passes: dict[str, Pass] = {}
        self.roots = tuple(roots)
        self._provider: dict[type, Pass] = {}
        for pass_ in passes:
            if pass_.name in self.passes:
                raise ValueError(f"two passes are called {pass_.name}")
            self.passes[pass_.name] = pass_
            for kind in pass_.provides:
                if kind in self._provider or kind in self.roots:
                    raise ValueError(f"{kind.__name__} has two providers, one is {pass_.name}")
                self._provider[kind] = pass_
        # By the name of each pass, those of the passes before it.
        self._before: dict[str, set[str]] = {name: set() for name in self.passes}
        for pass_ in self.passes.values():
            for kind in pass_.requires:
                if kind in self._provider:
                    self._before[pass_.name].add(self._provider[kind].name)
                elif kind not in self.roots:
                    raise ValueError(f"nothing provides the {kind.__name__} of {pass_.name}")
        try:
            TopologicalSorter(self._before).prepare()
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise ValueError(f"passes require one another: {circle}") from None

    def provider(self, kind: type) -> Pass:
        """The pass that provides an artifact."""
        return self._provider[kind]

    def plan(self, targets: Iterable[str]) -> tuple[Pass, ...]:
        """The named passes and everything that they need, in an order in which they can run."""
        wanted: set[str] = set()
        pending = list(targets)
        while pending:
            name = pending.pop()
            if name not in wanted:
                wanted.add(name)
                pending += self._before[name]
        position = {name: index for index, name in enumerate(self.passes)}
        sorter = TopologicalSorter({name: self._before[name] for name in wanted})
        sorter.prepare()
        ready: list[tuple[int, str]] = []
        order = []
        # Of those that can run, always the one that was given first.
        while sorter.is_active():
            for name in sorter.get_ready():
                heappush(ready, (position[name], name))
            _, name = heappop(ready)
            sorter.done(name)
            order.append(self.passes[name])
        return tuple(order)

    def named(self, name: str, argument: str) -> Pass:
        """The pass that a user called `name` in the command-line argument `argument`.

        Raises:
            CompileError: there is no such pass.
        """
        if name in self.passes:
            return self.passes[name]
        raise unknown("IM700", "pass", name, self.passes, argument)

    def text(self, with_options: bool = False) -> str:
        """The graph for people: a line a pass, in the order in which they would run.

        Args:
            with_options: follow each line with the options of the pass and their values.
        """
        width = max(map(len, self.passes), default=0)
        lines = []
        for pass_ in self.plan(self.passes):
            requires, provides = _names(pass_.requires), _names(pass_.provides)
            lines.append(f"{pass_.name:{width}}  {requires} -> {provides}")
            if with_options:
                lines += [
                    f"    {pass_.name}.{name}={format_value(option_value(pass_, option))}"
                    for name, option in options(pass_).items()
                ]
        return "".join(f"{line}\n" for line in lines)

    def dot(self) -> str:
        """The graph for Graphviz: passes are boxes, artifacts are the labels of the edges."""
        lines = ["digraph passes {", "    rankdir=LR;", "    node [shape=box];"]
        for kind in self.roots:
            lines.append(f'    "{kind.__name__}" [shape=ellipse];')
        lines += [f'    "{pass_.name}";' for pass_ in self.plan(self.passes)]
        for pass_ in self.plan(self.passes):
            for kind in pass_.requires:
                if kind in self._provider:
                    start, label = self._provider[kind].name, f' [label="{kind.__name__}"]'
                else:
                    start, label = kind.__name__, ""
                lines.append(f'    "{start}" -> "{pass_.name}"{label};')
        return "\n".join([*lines, "}"]) + "\n"


def _names(kinds: tuple[type, ...]) -> str:
    return ", ".join(kind.__name__ for kind in kinds) or "nothing"
