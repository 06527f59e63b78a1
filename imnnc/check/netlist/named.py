"""Compares two netlists by the names in them.

Where nothing was renamed this is all that there is to compare, in whatever order and layout the
two were written; where something has changed it says what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imnnc.check.netlist import terms
from imnnc.check.netlist.deck import SYMMETRIC, Deck, Device, Module, Value
from imnnc.check.result import Difference

_LARGEST_SHARE_RENAMED = 0.5


def close(first: Value, second: Value, tolerance: float) -> bool:
    """Whether two values are the same: numbers within a relative tolerance, texts exactly."""
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    return abs(first - second) <= tolerance * max(abs(first), abs(second))


def share_names(golden: Deck, found: Deck) -> bool:
    """Whether most of the golden's devices are there by name, so that names say what changed."""
    total = common = 0
    for module in (*golden.modules.values(), golden.top):
        total += len(module.devices)
        other = _module(found, module.name)
        if other is not None:
            common += len(module.by_name().keys() & other.by_name().keys())
    return common > _LARGEST_SHARE_RENAMED * total


def differences(golden: Deck, found: Deck, tolerance: float) -> list[Difference]:
    """Everything that differs by name, in the user's terms; values within a relative tolerance."""
    everything = list(settings(golden, found, tolerance))
    for name, module in golden.modules.items():
        if name not in found.modules:
            part = terms.part_of_module(module)
            everything.append(Difference(part, f"{part}: module {name} is missing"))
    for name, module in found.modules.items():
        if name not in golden.modules:
            part = terms.part_of_module(module)
            everything.append(Difference(part, f"{part}: module {name} is added"))
    cells: dict[str, list[tuple[terms.Cell, float]]] = {}
    totals: dict[str, int] = {}
    for module in (golden.top, *golden.modules.values()):
        other = _module(found, module.name)
        if other is not None:
            everything += _Modules(golden, found, module, other, tolerance, cells, totals).compare()
    everything += [terms.conductances(x, totals[x], changes) for x, changes in cells.items()]
    return everything


def settings(golden: Deck, found: Deck, tolerance: float) -> Iterator[Difference]:
    """What the simulation is told besides the circuit: corner, temperature, options."""
    was, now = _sections(golden), _sections(found)
    if list(was) != list(now) or len(golden.libraries) != len(found.libraries):
        texts = (
            ", ".join(" ".join(x).strip() for x in deck.libraries) or "none"
            for deck in (found, golden)
        )
        yield _setting("model files are {}, were {}", *texts)
    for name in was.keys() & now.keys():
        if was[name] != now[name]:
            yield _setting("corner is {}, was {}", now[name] or "none", was[name] or "none")
    yield from _values("{} is {}, was {}", golden.settings, found.settings, tolerance)
    if golden.globals != found.globals:
        texts = (", ".join(sorted(x)) or "none" for x in (found.globals, golden.globals))
        yield _setting("global nets are {}, were {}", *texts)


def _sections(deck: Deck) -> dict[str, str]:
    """The sections that are taken of each model file, in order."""
    sections: dict[str, str] = {}
    for name, section in deck.libraries:
        sections[name] = f"{sections.get(name, '')} {section}".strip()
    return sections


def _setting(text: str, *values: str) -> Difference:
    return Difference(terms.SETTINGS, text.format(*values))


def _values(
    text: str, was: Mapping[str, Value], now: Mapping[str, Value], tolerance: float
) -> Iterator[Difference]:
    for name in dict.fromkeys((*was, *now)):
        before, after = was.get(name, "not set"), now.get(name, "not set")
        if not close(before, after, tolerance):
            yield _setting(text, name, terms.shown(after), terms.shown(before))


def _module(deck: Deck, name: str) -> Module | None:
    return deck.modules.get(name) if name else deck.top


class _Modules:
    """The comparison of two modules of one name."""

    def __init__(
        self,
        golden: Deck,
        found: Deck,
        was: Module,
        now: Module,
        tolerance: float,
        cells: dict[str, list[tuple[terms.Cell, float]]],
        totals: dict[str, int],
    ) -> None:
        self.golden = golden
        self.found = found
        self.was = was
        self.now = now
        self.tolerance = tolerance
        self.cells = cells  # of each layer whose cells have changed
        self.totals = totals  # the number of cells of each layer

    def compare(self) -> Iterator[Difference]:
        part = terms.part_of_module(self.was)
        if set(self.was.ports) != set(self.now.ports):
            gone = [x for x in self.was.ports if x not in self.now.ports]
            more = [x for x in self.now.ports if x not in self.was.ports]
            yield from (Difference(part, f"{part}: port {x} is missing") for x in gone)
            yield from (Difference(part, f"{part}: port {x} is added") for x in more)
        before, after = dict(self.was.defaults), dict(self.now.defaults)
        for name in dict.fromkeys((*before, *after)):
            old, new = before.get(name, "not set"), after.get(name, "not set")
            if not close(old, new, self.tolerance):
                text = f"{part}: default of {name} is {terms.shown(new)}, was {terms.shown(old)}"
                yield Difference(part, text)
        was, now = self.was.by_name(), self.now.by_name()
        gone_cells: list[tuple[Module, Device]] = []
        for name, device in was.items():
            place = terms.cell(self.was, device)
            if place is not None:
                self.totals[place.layer] = self.totals.get(place.layer, 0) + 1
            other = now.get(name)
            if other is not None:
                if device[2:5] != other[2:5] or device.kind == "x":
                    yield from self._device(device, other, place)
            elif place is not None:
                gone_cells.append((self.was, device))
            else:
                yield terms.missing(self.golden, self.was, device)
        yield from terms.cells_gone(self.golden, gone_cells)
        added = [device for name, device in now.items() if name not in was]
        new_cells = [(self.now, x) for x in added if terms.cell(self.now, x) is not None]
        yield from terms.cells_gone(self.found, new_cells, "added")
        for device in added:
            if terms.cell(self.now, device) is None:
                yield terms.missing(self.found, self.now, device, "added")

    def _device(self, was: Device, now: Device, place: terms.Cell | None) -> Iterator[Difference]:
        where = self.golden, self.was, was
        if was.model != now.model:
            yield terms.changed(*where, "model", now.model or "none", was.model or "none")
        yield from self._nets(was, now)
        before, after = self._resolved(self.golden, was), self._resolved(self.found, now)
        for name in dict.fromkeys((*before, *after)):
            old, new = before.get(name, "not set"), after.get(name, "not set")
            if close(old, new, self.tolerance):
                continue
            numbers = isinstance(old, float) and isinstance(new, float) and old * new > 0
            if place is not None and name in terms.RESISTANCES and numbers:
                assert isinstance(old, float)
                assert isinstance(new, float)
                self.cells.setdefault(place.layer, []).append((place, old / new - 1))
            else:
                yield terms.changed(*where, name, new, old)

    def _nets(self, was: Device, now: Device) -> Iterator[Difference]:
        if was.kind in SYMMETRIC and sorted(was.nets) == sorted(now.nets):
            return
        if len(was.nets) != len(now.nets):
            start, name = terms.named(self.golden, self.was, was)
            part = terms.part(self.golden, self.was, was)
            text = f"{start}: {name} has {len(now.nets)} terminals, had {len(was.nets)}"
            yield Difference(part, text)
            return
        before = dict(zip(self.golden.terminals(was), was.nets, strict=False))
        after = dict(zip(self.found.terminals(now), now.nets, strict=False))
        for terminal in before:
            if before[terminal] != after.get(terminal):
                at = after.get(terminal, "nothing")
                yield terms.moved(self.golden, self.was, was, terminal, at, before[terminal])

    @staticmethod
    def _resolved(deck: Deck, device: Device) -> dict[str, Value]:
        """The values of a device, defaults of its module included."""
        if not deck.is_module(device):
            return dict(device.values)
        return {**dict(deck.modules[device.model].defaults), **dict(device.values)}
