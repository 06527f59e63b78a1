import io
import json
import pickle
import re
import traceback
from pathlib import Path

import pytest

import imnnc
from imnnc.diagnostics import (
    CompileError,
    Diagnostic,
    ExitCode,
    Label,
    Source,
    Span,
    explanations,
    fail,
)
from imnnc.painting import wants_colour

SOURCE = Source("net.imnn", "let a = 1\n\tlet b = a + 2 V\n")


def span_of(text: str) -> Span:
    start = SOURCE.text.index(text)
    return Span(SOURCE, start, start + len(text))


def test_a_diagnostic_is_rendered_as_rustc_renders_its_own():
    diagnostic = Diagnostic(
        "IM107",
        "the two sides differ",
        span_of("2 V"),
        label="a voltage",
        secondary=(Label(span_of("a + "), "a plain number"),),
        notes=("units matter",),
        help="is a unit missing?",
    )
    assert diagnostic.render() == (
        "error[IM107]: the two sides differ\n"
        " --> net.imnn:2:14\n"
        "  |\n"
        "2 | \tlet b = a + 2 V\n"
        "  | \t            ^^^ a voltage\n"
        " --> net.imnn:2:10\n"
        "  |\n"
        "2 | \tlet b = a + 2 V\n"
        "  | \t        ---- a plain number\n"
        "  = note: units matter\n"
        "  = help: is a unit missing?"
    )


def test_a_diagnostic_without_a_place_is_its_message():
    assert Diagnostic("IM600", "ngspice is missing").render() == "error[IM600]: ngspice is missing"


def test_a_span_over_several_lines_marks_the_first():
    diagnostic = Diagnostic("IM001", "wrong", Span(SOURCE, 4, len(SOURCE.text)))
    assert diagnostic.render().splitlines()[-1] == "  |     ^^^^^"


@pytest.mark.parametrize(
    ("start", "shown", "mark"),
    [
        (0, "abc" + "." * 157 + "...", 0),
        (1000, "..." + "." * 160 + "...", 83),
        (2002, "..." + "." * 157 + "xyz", 162),
    ],
)
def test_an_excerpt_of_a_long_line_is_cut_around_the_place(start, shown, mark):
    source = Source("net.imnn", "abc" + "." * 1997 + "xyz")
    *_, line, marks = Diagnostic("IM001", "no", Span(source, start, start + 1)).render().split("\n")
    assert (line, marks) == (f"1 | {shown}", f"  | {' ' * mark}^")


def test_control_characters_of_the_source_do_not_reach_the_terminal():
    source = Source("net.imnn", "let \x1b[31m")
    rendered = Diagnostic("IM004", "no `\x1b[31m`", Span(source, 4, 5)).render()
    assert "\x1b" not in rendered


def test_a_diagnostic_is_one_line_of_json():
    text = Diagnostic("IM101", "undefined", span_of("a + "), help="define it").to_json()
    assert "\n" not in text
    assert json.loads(text) == {
        "code": "IM101",
        "severity": "error",
        "message": "undefined",
        "span": {"file": "net.imnn", "line": 2, "column": 10, "end_line": 2, "end_column": 14},
        "label": "",
        "secondary": [],
        "notes": [],
        "help": "define it",
    }


def test_fail_makes_an_error_with_one_diagnostic_and_the_exit_code():
    error = fail("IM600", "ngspice is missing", exit_code=ExitCode.TOOL)
    assert isinstance(error, CompileError)
    assert str(error) == "ngspice is missing"
    assert error.exit_code == ExitCode.TOOL


def test_an_error_says_where_it_is_and_a_notebook_shows_no_traceback():
    error = fail("IM107", "no", span_of("2 V"))
    assert str(error) == "no (net.imnn:2:14)"
    assert error._render_traceback_() == error.diagnostics[0].render().split("\n")


def test_the_traceback_of_a_script_has_notes_and_help_below_the_message():
    error = fail("IM107", "no", span_of("2 V"), notes=["so"], help="ask")
    for found in (error, pickle.loads(pickle.dumps(error))):
        assert traceback.format_exception_only(found) == [
            "imnnc.diagnostics.CompileError: no (net.imnn:2:14)\n",
            "= note: so\n",
            "= help: ask\n",
        ]


def test_colours_change_nothing_but_colours():
    diagnostic = Diagnostic(
        "IM107", "no", span_of("2 V"), "here", (Label(span_of("a + "), "and here"),), ("so",), "ask"
    )
    coloured = diagnostic.render(colour=True)
    assert coloured.startswith("\x1b[1;31merror[IM107]\x1b[0m\x1b[1m: no\x1b[0m\n")
    assert "\x1b[1;31m^^^ here\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == diagnostic.render()


@pytest.mark.parametrize(
    ("environment", "on_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_terminals_and_for_who_asks(monkeypatch, environment, on_terminal, wanted):
    for name, value in {"NO_COLOR": "", "FORCE_COLOR": "", "TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: on_terminal)
    assert wants_colour(stream) is wanted


def test_every_code_in_the_compiler_is_explained():
    package = Path(imnnc.__file__).parent
    used = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r'"(IM\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert sorted(used - set(explanations())) == []


def test_every_explanation_says_something():
    for entry in explanations().values():
        assert re.fullmatch(r"IM\d{3}", entry.code)
        assert entry.title
        assert not entry.title.endswith(".")
        assert len(entry.text.split()) > 5, entry.code


@pytest.mark.parametrize(("offset", "position"), [(0, (1, 1)), (9, (1, 10)), (10, (2, 1))])
def test_positions_count_from_one(offset, position):
    assert SOURCE.position(offset) == position
