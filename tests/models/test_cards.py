"""What a model library says that a simulator shall read."""

from __future__ import annotations

import pytest

from imnnc.models.cards import cards

TEXT = """* a library
.LIB tt
.include "a b.spice"
  .inc 'quoted.spice' ; comment
.lib corners.lib FF $ comment
.include /elsewhere/x.spice
.lib
* a comment between
+ 'more.lib' // ss
+ "sf"
.endl tt
"""


def test_cards_are_files_that_are_read_and_sections_that_open_and_end():
    assert [(x.kind, x.name, x.section) for x in cards(TEXT)] == [
        ("opens", "tt", None),
        ("reads", "a b.spice", None),
        ("reads", "quoted.spice", None),
        ("reads", "corners.lib", "FF"),
        ("reads", "/elsewhere/x.spice", None),
        ("reads", "more.lib", "sf"),
        ("ends", "", None),
    ]


def test_a_card_knows_its_lines():
    found = list(cards(TEXT))
    assert "\n".join(TEXT[x.start : x.stop] for x in found) + "\n" == TEXT.partition("\n")[2]


def test_a_card_is_written_plainly_and_keeps_its_lines():
    assert [x.written(x.name.replace(" ", "_"), TEXT) for x in cards(TEXT)] == [
        ".LIB tt",
        '.include "a_b.spice"',
        '.include "quoted.spice"',
        '.lib "corners.lib" FF',
        ".include /elsewhere/x.spice",
        '.lib "more.lib" sf\n\n\n',
        ".endl tt",
    ]


@pytest.mark.parametrize("text", [".include", '.include "a', ".include $A/b", ".inc ; x", ".lib"])
def test_a_card_may_name_nothing(text):
    (card,) = cards(text)
    assert (card.kind, card.name) == ("reads", "")
