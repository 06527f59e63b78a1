"""The technologies that come with the compiler."""

from __future__ import annotations

import pytest

from imnnc import api
from imnnc.diagnostics import CompileError
from imnnc.lang import load_technology, technology_names
from imnnc.technology import builtin_technologies, definition_path


def test_every_definition_in_the_language_is_listed() -> None:
    assert builtin_technologies() == ("gf180mcu", "lvt90", "sky130")
    assert set(technology_names()) == set(builtin_technologies())


def test_a_definition_stands_beside_its_models() -> None:
    assert load_technology("lvt90").library == definition_path("lvt90").with_suffix(".lib")


def test_another_name_has_no_definition() -> None:
    with pytest.raises(KeyError):
        definition_path("memristors")


def test_a_corner_to_characterize_is_one_of_the_technology():
    """The library has a section `devices` too, which the corners share."""
    with pytest.raises(CompileError) as caught:
        api.characterize("lvt90", corner="devices")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "IM131",
        "`corner` must be `tt`, `ff`, `ss`, `sf` or `fs`, not `devices`",
    )
