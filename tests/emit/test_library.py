"""What a model library says that a simulator shall read."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imnnc.emit.library import beside, cards

TEXT = """* a library
.LIB tt
.include "a b.spice"
  .inc 'quoted.spice' ; comment
.lib corners.lib FF $ comment
.include /elsewhere/x.spice
.library of nothing
.endl tt
"""


def test_cards_are_files_that_are_read_and_sections_that_open_and_end():
    assert [(x.kind, x.name, x.section) for x in cards(TEXT)] == [
        ("opens", "tt", None),
        ("reads", "a b.spice", None),
        ("reads", "quoted.spice", None),
        ("reads", "corners.lib", "FF"),
        ("reads", "/elsewhere/x.spice", None),
        ("ends", "", None),
    ]


def test_a_card_knows_its_line():
    lines = [TEXT[x.start : x.stop] for x in cards(TEXT)]
    assert lines == [x for x in TEXT.splitlines() if "." in x[:3] and not x.startswith(".library")]


def test_only_what_has_a_place_of_its_own_is_not_relative():
    assert [x.name for x in cards(TEXT) if x.kind == "reads" and not x.is_relative] == [
        "/elsewhere/x.spice"
    ]


@pytest.mark.parametrize(
    ("reference", "found"),
    [("b", "models/b"), ("../b", "b"), ("c/../b", "models/b"), ("../../b", None)],
)
def test_references_lead_from_the_folder_of_their_file(reference, found):
    expected = None if found is None else PurePosixPath(found)
    assert beside(PurePosixPath("models/a"), reference) == expected
