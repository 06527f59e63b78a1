"""Every word of a source is found where it stands, and what may be written there is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.diagnostics import Source
from imnnc.lang import read_source
from imnnc.lang.expect import place_behind
from imnnc.lang.occurrences import occurrence_at, occurrences
from imnnc.lang.parse import parse
from imnnc.lang.recover import parse_recovering
from imnnc.lang.reference import entry
from imnnc.resources import resource

SHIPPED = [
    *sorted(resource("technology").glob("*.imnn")),
    *sorted((Path(__file__).parents[2] / "examples").glob("*.imnn")),
]
ARRAYS = """
let ohms = 1 Ohm
crossbar { wire row ohms   column 2 * ohms   layout halves   capacitance row 1 fF   cell 2 fF }
memristor m { conductance 1 uS .. 2 uS   stuck low 1 %   high 2 %   law sinh 0.1 / V }
network n {
    input x[3] in -0.1 V .. 0.1 V
    layer h[2] { inverter size 1 .. 3 step 0.5  unformed 80 % }
}
emit ngspice, programming csv
"""
TEXTS = {path.name: read_source(path).text for path in SHIPPED} | {"arrays": ARRAYS}


@pytest.mark.parametrize("name", TEXTS)
def test_a_word_is_where_it_is_said_to_be_and_explained(name: str):
    source = Source(name, TEXTS[name])
    for found in occurrences(parse(source)):
        text = source.text[found.start : found.end]
        assert text.strip('"') == found.text
        assert found.role != "word" or entry(found.kind, found.word) is not None, found
        assert occurrence_at(parse(source), found.start) == found


@pytest.mark.parametrize("name", TEXTS)
def test_a_word_is_proposed_where_it_stands(name: str):
    source = Source(name, TEXTS[name])
    for found in occurrences(parse(source)):
        if found.role != "word":
            continue
        place = place_behind(source.text[: found.start])
        assert place is not None
        proposed = {*place.keywords, *(word for _, word in place.settings)}
        assert found.text in proposed, found


def test_parts_go_on_where_they_are_not_given_yet():
    place = place_behind("crossbar { wire row 1 Ohm ")
    assert place is not None
    assert place.settings == (
        ("crossbar wire", "column"),
        *(("crossbar", word) for word in ("driver", "layout", "capacitance", "bias")),
    )


def test_nothing_is_known_behind_what_is_wrong():
    assert place_behind("let = 3\n") is None


def test_what_is_wrong_is_left_out_and_the_rest_is_kept():
    text = ARRAYS.replace("layout halves", "layout").replace("let ohms", "let ohms = 2\nlet ohms")
    whole = parse(Source("net.imnn", ARRAYS)).declarations
    found = parse_recovering(Source("net.imnn", text.replace("stuck low", "stuck {")))
    assert found.declarations[1:] == (whole[0], *whole[3:])


def test_a_brace_that_is_left_open_costs_its_own_declaration_alone():
    whole = parse(Source("net.imnn", ARRAYS)).declarations
    found = parse_recovering(Source("net.imnn", ARRAYS.replace("0.1 / V }", "0.1 / V")))
    assert found.declarations == (*whole[:2], *whole[3:])
