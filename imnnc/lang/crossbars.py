"""The `crossbar` blocks: how arrays are built, for all layers and for single ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from imnnc.design import Network
from imnnc.diagnostics import fail
from imnnc.lang.devices import header
from imnnc.lang.problems import Problems
from imnnc.lang.settings import Settings, one_of
from imnnc.lang.syntax import Section
from imnnc.lang.topology import check_cells
from imnnc.lang.values import Scope
from imnnc.lang.vocabulary import LAYOUTS, listing
from imnnc.nearby import suggestion
from imnnc.parasitics import MAX_WIRED_NUMBERS, Capacitances, Wires

_NONE = Wires()
_CAPACITANCES = (
    ("row", "row_farads"),
    ("column", "column_farads"),
    ("cell", "cell_farads"),
)


class Built(NamedTuple):
    """How the array of one crossbar is built."""

    wires: Wires = _NONE
    capacitances: Capacitances | None = None
    bias_pairs: int = 1


class Arrays(NamedTuple):
    """How the arrays of all crossbars are built, from the inputs on; None: nothing is said."""

    wires: tuple[Wires | None, ...] | None
    capacitances: tuple[Capacitances | None, ...] | None


def arrays(
    sections: Mapping[str, Section], network: Network | None, scope: Scope, problems: Problems
) -> tuple[Network | None, Arrays]:
    """What the `crossbar` blocks say of each crossbar, and the network with its bias pairs.

    `sections` are the blocks by the layers that they name, "" for that of all layers; what the
    block of a layer does not say is as that says.  What is wrong goes to `problems`.
    """
    common = _built(sections[""], Built(), scope, problems) if "" in sections else Built()
    layers = () if network is None else network.layers
    found = {
        name: _built(section, common, scope, problems) for name, section in sections.items() if name
    }
    for name, section in sections.items():
        with problems.gathered():
            if name and layers and name not in [layer.name for layer in layers]:
                raise _no_layer(section, [layer.name for layer in layers], scope)
    every = [found.get(layer.name, common) for layer in layers]
    if network is not None:
        network = replace(
            network,
            layers=tuple(
                replace(layer, bias_pairs=own.bias_pairs if own.bias_pairs > 1 else None)
                for layer, own in zip(layers, every, strict=True)
            ),
        )
        with problems.gathered():
            check_cells(network)
        for pairs, layer, own in zip(network.row_pairs, layers, every, strict=True):
            with problems.gathered():
                if own.wires != _NONE and 2 * pairs * layer.width**2 > MAX_WIRED_NUMBERS:
                    raise fail(
                        "IM114",
                        f"the crossbar of `{layer.name}` must have at most {MAX_WIRED_NUMBERS} rows"
                        f" times columns squared to have wires, not"
                        f" {2 * pairs * layer.width**2}",
                        layer.span,
                    )
    wires = tuple(None if own.wires == _NONE else own.wires for own in every)
    capacitances = tuple(own.capacitances for own in every)
    return network, Arrays(
        wires if any(wires) else None,
        capacitances if any(x is not None for x in capacitances) else None,
    )


def _built(section: Section, base: Built, scope: Scope, problems: Problems) -> Built:
    owner = "crossbar" if section.name is None else f"crossbar {section.name.text[:60]}"
    settings = Settings(section.block, "crossbar", owner, scope, problems)
    options: dict[str, Any] = settings.numbers(Wires)
    if "wire" in settings:
        inner = settings.parts("wire", "crossbar wire")
        for word, name in (("row", "row_ohms"), ("column", "column_ohms")):
            ohms = inner.amount(word)
            if ohms is not None:
                options[name] = float(ohms)
    capacitances = base.capacitances
    if "capacitance" in settings:
        inner = settings.parts("capacitance", "crossbar capacitance")
        farads = {name: inner.amount(word, f"capacitance.{word}") for word, name in _CAPACITANCES}
        given = {name: float(x) for name, x in farads.items() if x is not None}
        capacitances = replace(capacitances or Capacitances(), **given)
    layout = settings.word("layout")
    with problems.gathered():
        if layout is not None:
            options["layout"] = one_of(layout, "layout", LAYOUTS, "IM138")
    found = replace(base.wires, **options)
    with problems.gathered():
        resists = "wire" in settings or "driver" in settings
        if layout is not None and not resists and replace(found, layout=_NONE.layout) == _NONE:
            raise fail(
                "IM117", "`layout` must go with a `wire` or a `driver`", settings.span("layout")
            )
    return Built(found, capacitances, settings.whole("bias") or base.bias_pairs)


def _no_layer(section: Section, layers: list[str], scope: Scope) -> Exception:
    assert section.name is not None
    return fail(
        "IM129",
        f"the network has no layer `{section.name.text[:60]}`",
        header(section, scope),
        notes=[f"its layers are {listing(layers, 'and')}; `crossbar` without a name is for all"],
        help=suggestion(section.name.text, layers),
    )
