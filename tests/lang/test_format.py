"""The canonical form: what it looks like, and that it changes nothing but the layout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from imnnc.diagnostics import CompileError, Source
from imnnc.lang import format_source
from imnnc.lang.parse import parse
from imnnc.lang.scan import scan
from imnnc.resources import resource
from tests.support.strategies import files, print_in_full, sources

SHIPPED = [
    *sorted(resource("technology").glob("*.imnn")),
    *sorted((Path(__file__).parents[2] / "examples").glob("*.imnn")),
]


def formatted(text: str) -> str:
    return format_source(Source("net.imnn", text))


def test_a_file_in_canonical_form():
    untidy = """

// what it is


let   hidden_units=100//neurons
technology lvt90{corner tt temperature 27C supply 0.25V}
network fashion14 { input pixels[ 14*14 ] in -0.25 V..0.25V
  layer hidden [hidden_units] { inverter size 1..10 step 0.5 } layer more[3]

  // the classes
  output label[10]{inverter size (1+2)*-3}}
data {set fashion-mnist pool 2 train 60000 test 10000 encode 0..1->-0.25 V..0.25 V /* volts */}
train latim{}
emit ngspice,programming csv,npz"""
    assert (
        formatted(untidy)
        == """\
// what it is

let hidden_units = 100  //neurons
technology lvt90 { corner tt   temperature 27 C   supply 0.25 V }
network fashion14 {
    input  pixels[14 * 14]      in -0.25 V .. 0.25 V
    layer  hidden[hidden_units] { inverter size 1 .. 10 step 0.5 }
    layer  more[3]

    // the classes
    output label[10]            { inverter size (1 + 2) * -3 }
}
data {
    set fashion-mnist
    pool 2
    train 60000
    test 10000
    encode 0 .. 1 -> -0.25 V .. 0.25 V  /* volts */
}
train latim { }
emit ngspice, programming csv, npz
"""
    )


def test_a_block_that_does_not_fit_on_a_line_has_a_line_for_each_setting():
    long = "a" * 33
    assert formatted(f"technology t {{ corner {long} prefix {long} }}") == (
        f"technology t {{ corner {long}   prefix {long} }}\n"
    )
    assert formatted(f"technology t {{ corner {long}a prefix {long} }}") == (
        f"technology t {{\n    corner {long}a\n    prefix {long}\n}}\n"
    )


def test_a_nested_block_stays_on_its_line():
    text = "technology t { nmos nlvt{width 120nm length 100nm} // fast\n}"
    assert formatted(text) == (
        "technology t {\n    nmos nlvt { width 120 nm   length 100 nm }  // fast\n}\n"
    )


def test_a_comment_inside_a_line_moves_in_front_of_it():
    assert formatted("let a = // three\n  /* not four */ 3 // done\n") == (
        "// three\n/* not four */\nlet a = 3  // done\n"
    )


def test_a_comment_of_several_lines_keeps_them():
    text = "let a = 3 /* one\n   two   \nthree */\nlet b = 4\n"
    assert formatted(text) == "let a = 3\n/* one\n   two\nthree */\nlet b = 4\n"


def test_comments_without_code_stay():
    assert formatted("\n\n// a\n\n\n/* b */ // c\n") == "// a\n\n/* b */\n// c\n"


def test_blank_lines_stay_single():
    assert formatted("let a = 1\n\n\n\nlet b = 2\nlet c = 3\n") == (
        "let a = 1\n\nlet b = 2\nlet c = 3\n"
    )


def test_an_empty_file_stays_empty():
    assert formatted("") == ""
    assert formatted("\n \n") == ""


def test_comments_behind_lines_one_below_the_other_are_in_one_column():
    assert formatted("let a = 1 // one\nlet bcd = 23    /* two */ // three\nlet e = 4\n") == (
        "let a = 1     // one\nlet bcd = 23  /* two */  // three\nlet e = 4\n"
    )
    assert formatted("let a = 1 // one\n\nlet bcd = 23 // two\n") == (
        "let a = 1  // one\n\nlet bcd = 23  // two\n"
    )


def test_windows_line_ends_become_newlines():
    assert formatted("let a = 1 // c\r\nlet b = 2\r\n") == "let a = 1  // c\nlet b = 2\n"


def test_spellings_of_units_stay():
    text = "let a = 3 \N{MICRO SIGN}S + 1 / 2 M\N{GREEK CAPITAL LETTER OMEGA}\n"
    assert formatted(text) == text


def test_what_does_not_parse_is_not_formatted():
    with pytest.raises(CompileError, match=r"^expected a value after `=`, found the end"):
        formatted("let a = ")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_built_in_files_and_examples_are_in_canonical_form(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


def test_the_first_example_of_the_readme_is_in_canonical_form():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("`iris.imnn`:")[2].split("```")[1].lstrip("\n")
    assert "network iris" in example
    assert formatted(example) == example


@given(files)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_what_is_printed_parses_to_the_same_tree(declarations):
    text = "\n".join(map(print_in_full, declarations))
    assert parse(Source("net.imnn", text)).declarations == declarations


@given(sources())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_formatting_changes_neither_meaning_nor_comments_and_is_done_once(text):
    once = formatted(text)
    assert parse(Source("net.imnn", once)) == parse(Source("net.imnn", text))
    assert formatted(once) == once
    assert comments(once) == comments(text)


def comments(text: str) -> list[str]:
    found = scan(Source("net.imnn", text)).comments
    return [re.sub(r"\s+", " ", comment.text).strip() for comment in found]
