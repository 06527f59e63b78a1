"""From text to tree, and that no text whatever does more harm than a diagnostic."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.diagnostics import CompileError, Source
from imnnc.lang import format_source, load_design
from imnnc.lang.parse import parse
from imnnc.lang.syntax import Let, Name, Number
from imnnc.units import UNITS
from tests.support.sources import source
from tests.support.strategies import sources

FRAGMENTS = [
    *"{}[]()\"'/*+-=,.;:%\\",
    *("//", "/*", "*/", "..", "->", " ", "\n", "\r\n", "\t", "\0", "\ufeff", "é", "µ", "\ud800"),
    *("let", "import", "technology", "network", "layer", "output", "input", "inverter", "size"),
    *("data", "set", "train", "emit", "programming", "x", "3", "0.25 V", "1e9", "120 nS", '"a"'),
]


def test_every_node_knows_its_place():
    text = "let a = 3\n\nlet bc = a  // c\n"
    first, second = parse(Source("net.imnn", text)).declarations
    assert isinstance(first, Let)
    assert isinstance(second, Let)
    assert text[first.start : first.end] == "let a = 3"
    assert text[second.name.start : second.name.end] == "bc"
    assert text[second.value.start : second.value.end] == "a"


def test_places_take_no_part_in_equality():
    assert parse(Source("a", "let a = 3")) == parse(Source("b", "\nlet  a=3"))
    assert parse(Source("a", "let a = 3")) != parse(Source("a", "let a = 3.0"))


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_the_grammar_knows_every_unit(unit):
    (let,) = parse(Source("net.imnn", f"let a = 3{unit}")).declarations
    assert let == Let(0, 0, Name(0, 0, "a"), Number(0, 0, "3", unit))


def test_a_unit_stands_on_the_line_of_its_number():
    with pytest.raises(CompileError):
        parse(Source("net.imnn", "let a = 3\nV"))


def test_sixty_four_levels_of_parentheses_are_fine():
    parse(Source("net.imnn", f"let a = {'(' * 64}3{')' * 64}"))


@pytest.mark.parametrize("opening", ["(", "{", "[", "let a = (", "network n {", "-", "/*", '"'])
def test_endless_nesting_is_a_diagnostic(opening):
    with pytest.raises(CompileError):
        parse(Source("net.imnn", opening * 20_000))


@given(st.text())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_text_parses_or_is_a_diagnostic(text):
    must_parse_or_explain(text)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(" ".join))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_words_parse_or_are_a_diagnostic(text):
    must_parse_or_explain(text)


@given(sources(), st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_damaged_source_parses_or_is_a_diagnostic(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    must_parse_or_explain(text[:start] + data.draw(st.sampled_from(["", *FRAGMENTS])) + text[end:])


def must_parse_or_explain(text: str) -> None:
    for work in (parse, format_source):
        try:
            work(Source("net.imnn", text))
        except CompileError as error:
            check_presentable(error)


def check_presentable(error: CompileError) -> None:
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        assert "\n" not in diagnostic.message
        diagnostic.render()
        diagnostic.to_json()


@given(contents=st.binary())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_any_bytes_are_a_diagnostic(tmp_path_factory, contents):
    path: Path = tmp_path_factory.getbasetemp() / "any.imnn"
    path.write_bytes(contents)
    with pytest.raises(CompileError):
        load_design(path)


@given(st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_damage_to_a_design_is_a_design_or_a_diagnostic(tmp_path_factory, data):
    text = source(before="let a = 3 V")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    path: Path = tmp_path_factory.getbasetemp() / "damaged.imnn"
    words = data.draw(st.lists(st.sampled_from(FRAGMENTS[:-1]), max_size=3).map(" ".join))
    damaged = (text[:start] + words + text[end:]).replace("\ud800", "")
    path.write_text(damaged, encoding="utf-8")
    try:
        load_design(path)
    except CompileError as error:
        check_presentable(error)
