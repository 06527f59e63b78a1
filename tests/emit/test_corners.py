"""Netlists that are included from elsewhere, and their models at another corner."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.circuit.build import build_testbench
from imnnc.circuit.ir import Instance
from imnnc.design import Technology
from imnnc.emit.corners import END_OF_MODELS, as_text, at_corner, with_cards
from imnnc.emit.ngspice import NGSPICE, Models, write_netlist, write_testbench
from imnnc.lang import load_technology
from imnnc.models.layout import corner_text
from imnnc.simulate.ngspice import run_deck
from tests.support.decks import HEADER, LOAD_FARADS, Deck, operating_point, write_deck
from tests.support.networks import technology

OUTPUTS = [f"v(label_{node}_{j})" for node in ("minus", "plus") for j in range(2)]
OTHERS = [net.replace("label", "other") for net in OUTPUTS]


def emit(folder: Path, name: str, seed: int, kit: Technology, models: Models) -> Deck:
    """A deck of its own folder, whose netlist comes to its models in one way or another."""
    deck = write_deck(folder, [4, 3, 2], kit, name=name, seed=seed)
    bench = build_testbench(
        deck.circuit,
        deck.network,
        kit,
        stimulus_volts=deck.stimulus_volts,
        load_farads=LOAD_FARADS,
    )
    header = type(HEADER)(name, "latim", kit.name, kit.corner, "0" * 64, "0")
    write_netlist(deck.circuit, folder, header, models, corner_text(kit))
    write_testbench(bench, folder, header, models)
    return deck


def alone(folder: Path, name: str) -> list[float]:
    found = operating_point(folder, network=name)
    return [found[net] for net in OUTPUTS]


def both_from_above(folder: Path, deck: Deck) -> list[float]:
    """The outputs of `a/net_a` and `b/net_b`, in a testbench beside both folders."""
    bench = (folder / "a" / "net_a.tb.ngspice.sp").read_text()
    two = Instance(
        "two", "net_b", tuple(x.replace("label", "other") for x in deck.circuit.top.ports)
    )
    includes = ['.include "a/net_a.ngspice.sp"', '.include "b/net_b.ngspice.sp"']
    text = bench.replace(
        '.include "net_a.ngspice.sp"',
        "\n".join([*includes, NGSPICE.wrap(NGSPICE.format_item(two, ""))]),
    ).replace('"models/', '"a/models/')
    (folder / "both.sp").write_text(text)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    commands = ["set filetype=binary", "source ../both.sp", "op", "write result.raw all", "quit"]
    deck_text = "\n".join(["* loads", ".control", *commands, ".endc", ""])
    run = run_deck(deck_text, workdir=elsewhere, timeout_seconds=60)
    return [float(run.vectors[net][-1].real) for net in (*OUTPUTS, *OTHERS)]


@pytest.mark.parametrize(
    ("kit", "models"), [("lvt90", "inline"), ("lvt90", "testbench"), ("gf180mcu", "testbench")]
)
def test_two_networks_are_included_from_the_folder_above_theirs(tmp_path, kit, models):
    library = load_technology(kit)
    for seed, name in enumerate(("a", "b"), 1):
        deck = emit(tmp_path / name, f"net_{name}", seed, library, models)
    expected = [alone(tmp_path / name, f"net_{name}") for name in ("a", "b")]
    found = both_from_above(tmp_path, deck)
    assert found == pytest.approx([*expected[0], *expected[1]], abs=1e-9)


@pytest.mark.parametrize("kit", ["lvt90", "gf180mcu"])
def test_models_in_the_netlist_are_those_of_the_library(tmp_path, kit):
    library = load_technology(kit)
    emit(tmp_path / "cards", "net_a", 1, library, "library")
    emit(tmp_path / "text", "net_a", 1, library, "inline")
    for path in (tmp_path / "text" / "models").rglob("*"):
        path.unlink(missing_ok=True)
    expected = alone(tmp_path / "cards", "net_a")
    assert alone(tmp_path / "text", "net_a") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("models", ["library", "inline", "testbench"])
def test_at_another_corner_cards_read_the_models(tmp_path, models):
    emit(tmp_path / "other", "net_a", 1, technology(corner="ff"), "library")
    emit(tmp_path / "changed", "net_a", 1, technology(), models)
    for name in ("net_a.ngspice.sp", "net_a.tb.ngspice.sp"):
        path = tmp_path / "changed" / name
        path.write_text(at_corner(path.read_text(), "ff"))
    assert alone(tmp_path / "changed", "net_a") == alone(tmp_path / "other", "net_a")


def test_the_cards_take_the_place_of_the_text_and_of_nothing_else(tmp_path):
    emit(tmp_path / "cards", "net_a", 1, technology(), "library")
    emit(tmp_path / "text", "net_a", 1, technology(), "inline")
    cards, text = ((tmp_path / x / "net_a.ngspice.sp").read_text() for x in ("cards", "text"))
    assert "\n.lib" not in text
    assert with_cards(text) == cards
    assert with_cards(cards) == cards


def test_no_line_of_the_models_ends_them_early():
    models = [END_OF_MODELS, ".model n nmos", f"{END_OF_MODELS} ", "* ohm: \N{OHM SIGN}"]
    lines = list(as_text(['.lib "models/a.lib" tt', '.include "models/b.inc"'], models))
    assert lines[2:] == [".model n nmos", "* ohm: ?", END_OF_MODELS]
    text = "\n".join(["* before", *lines, "* after"])
    expected = '* before\n.lib "models/a.lib" tt\n.include "models/b.inc"\n* after'
    assert with_cards(text) == expected
    assert at_corner(text, "s\\1") == expected.replace(" tt\n", " s\\1\n")
