"""The reference has every word of the language, and says of each what the language does."""

from __future__ import annotations

import pytest

from imnnc.design import METHODS
from imnnc.lang.reference import base_kind, entries, entry
from imnnc.lang.vocabulary import DECLARATIONS, MEMBERS, SETTINGS
from tests.support.sources import Folder, source

NUMBERS = [
    x
    for x in entries().values()
    if x.value in ("number", "numbers") and x.kind in ("memristor", "train", "verify", "chips")
]
NAMES = [
    x
    for x in entries().values()
    if x.value in ("name", "names") and x.kind in ("memristor", "train", "verify", "data")
]
BLOCKS = {
    "memristor": "memristor tio2 {{ conductance 120 nS .. 1 uS   {} }}",
    "train": "train rim {{ loss cross_entropy   {} }}",
    "verify": "verify {{ {} }}",
    "chips": "chips {{ {} }}",
    "data": "data {{ {} }}",
}
OF_ANOTHER_KIND = {"IM100", "IM101", "IM113", "IM133", "IM134", "IM138"}


def test_every_word_is_explained_and_nothing_else():
    settings = {(base_kind(kind), word) for kind, words in SETTINGS.items() for word in words}
    members = {
        ("network" if x in ("input", "layer", "output", "in") else "layer", x) for x in MEMBERS
    }
    others = {("declarations", x) for x in DECLARATIONS} | {("methods", x) for x in METHODS}
    assert set(entries()) == settings | members | others | {("emit", "programming")}


def test_a_word_has_one_sentence_or_more_and_no_other_form():
    for found in entries().values():
        assert found.text[0] in f"`{found.text[0].upper()}", found.word
        assert found.text.endswith((".", "`.")), found.word


def test_a_default_is_that_of_the_field():
    assert entry("train latim", "epochs").default == "20"
    assert entry("verify", "tolerance").default == "5 mV"
    assert entry("memristor", "unformed").default == "1 nS"
    assert entry("train latim", "loss").default is None


@pytest.mark.parametrize("found", NUMBERS, ids=lambda x: f"{x.kind} {x.word}")
def test_what_is_a_number_may_be_a_constant(folder: Folder, found):
    value = found.bounds.show(found.bounds.high)
    block = BLOCKS[found.kind].format(f"{found.word} some")
    assert not OF_ANOTHER_KIND & codes(folder, f"let some = {value}", found.kind, block)


@pytest.mark.parametrize("found", NAMES, ids=lambda x: f"{x.kind} {x.word}")
def test_what_is_a_name_is_none_of_a_constant(folder: Folder, found):
    if found.word == "loss":
        block = "train rim { loss some }"
    else:
        block = BLOCKS[found.kind].format(f"{found.word} some")
    assert {*OF_ANOTHER_KIND, "IM131"} & codes(folder, "let some = 1", found.kind, block)


def codes(folder: Folder, before: str, kind: str, block: str) -> set[str]:
    text = source(
        before=before, **({"emit": f"emit ngspice\n{block}"} if kind == "chips" else {kind: block})
    )
    try:
        folder.design(text)
    except Exception as error:
        return {x.code for x in error.diagnostics}  # type: ignore[attr-defined]
    return set()
