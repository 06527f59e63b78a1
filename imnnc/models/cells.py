"""The subcircuit of a user's that cells are: that it is there, and is what the source says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from imnnc.design import Technology
from imnnc.diagnostics import CompileError, fail
from imnnc.models.compiled import whole_lines
from imnnc.models.search import Search
from imnnc.parasitics import CellSource

_PARAMETER = re.compile(r"([^\s=]+)\s*=")
_MOST_SHOWN = 10


class _Subcircuit(NamedTuple):
    name: str
    pins: tuple[str, ...]
    parameters: tuple[str, ...]


def check_cell(technology: Technology, model: CellSource) -> None:
    """Fail with IM307 unless the subcircuit is there, with two pins and the parameter.

    Fails as `Search` does.  `technology` has the library of cells among its files.
    """
    known = _subcircuits(Search(technology).needed())
    found = known.get(model.subcircuit.lower())
    library = model.library.name
    if found is None:
        raise _refusal(
            model,
            f"`{library}` must have a subcircuit `{model.subcircuit}` for cells, it has none",
            _named("its subcircuits are", _of_file(model)),
            "one in a `.lib` section is not seen: a library of cells is read whole",
        )
    if len(found.pins) != 2:
        raise _refusal(
            model,
            f"subcircuit `{model.subcircuit}` of a cell must have two pins, its row and its column,"
            f" not {len(found.pins)}",
            _named("its pins are", found.pins),
        )
    if model.parameter.lower() not in found.parameters:
        raise _refusal(
            model,
            f"subcircuit `{model.subcircuit}` of a cell must have the parameter"
            f" `{model.parameter}`, it has none of that name",
            _named("its parameters are", found.parameters),
            f"write `.subckt {model.subcircuit} {' '.join(found.pins)} {model.parameter}=1`",
        )


def _subcircuits(lines: Iterable[str]) -> Mapping[str, _Subcircuit]:
    """Those of a library by their names in lower case; the first of a name counts."""
    found: dict[str, _Subcircuit] = {}
    for line in whole_lines(lines):
        words, equals, _ = line.partition("=")
        card, *names = words.split() or [""]
        if card.lower() != ".subckt" or not names:
            continue
        pins = [x for x in (names[:-1] if equals else names) if x.lower() != "params:"]
        parameters = tuple(x.lower() for x in _PARAMETER.findall(line))
        name = pins[0].lower() if pins else names[0].lower()
        found.setdefault(name, _Subcircuit(name, tuple(pins[1:]), parameters))
    return found


def _of_file(model: CellSource) -> tuple[str, ...]:
    """The subcircuits in the very file that the source names."""
    lines = model.library.read_text(encoding="latin-1").split("\n")
    return tuple(_subcircuits(lines))


def _named(what: str, names: tuple[str, ...]) -> list[str]:
    shown = [f"`{name[:60]}`" for name in names[:_MOST_SHOWN]]
    return [f"{what} {', '.join(shown)}{', ...' if len(names) > _MOST_SHOWN else ''}"] * bool(names)


def _refusal(
    model: CellSource, message: str, notes: list[str], help: str | None = None
) -> CompileError:
    return fail("IM307", message, model.span, notes=notes, help=help)
