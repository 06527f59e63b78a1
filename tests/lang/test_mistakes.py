"""Every kind of syntax error, with the whole message and the text that it marks."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import CompileError, Source
from imnnc.lang.parse import parse
from tests.support.sources import summary

DECLARATIONS = (
    "`import`, `let`, `technology`, `memristor`, `crossbar`, `network`, `data`, `train`, `verify`"
    ", `chips`, `program` or `emit`"
)

MISTAKES = [
    # brackets, quotes, comments, characters
    ("data { set iris", "1:6 '{': IM008 this `{` is never closed"),
    ("let a = (3 + 4", "1:9 '(': IM008 this `(` is never closed"),
    ("network n { input x[4 }", "1:23 '}': IM009 expected `]`, found `}`"),
    ("data { set iris } }", "1:19 '}': IM009 this `}` closes nothing"),
    (
        "network n { layer h[3] { inverter size 1\n output y[3] { inverter size 1 }\n}",
        "1:11 '{': IM008 this `{` is never closed",
    ),
    ("data { set iris\ntrain latim { loss mse }", "1:6 '{': IM008 this `{` is never closed"),
    ("let a = " + "(" * 65, "1:73 '(': IM010 brackets must not be nested deeper than 64 levels"),
    ('import "a.imnn', "1:8 '\"a.imnn': IM005 this file name has no closing quote"),
    ('import "a\nlet b = 1', "1:8 '\"a': IM005 this file name has no closing quote"),
    ("let a = 1 /* one", "1:11 '/*': IM006 this comment is never closed"),
    (
        "let a = 1\N{NO-BREAK SPACE}V",
        "1:10 '\\xa0': IM004 the character U+00A0 has no place in a source file",
    ),
    ("let a = \x00", "1:9 '\\x00': IM004 the character U+0000 has no place in a source file"),
    (
        "let größe = 3",
        "1:7 'ö': IM015 names are made of the letters a to z, digits and `_`, found `ö`",
    ),
    (
        'data { file "it\'s.npz" }',
        '1:16 "\'": IM007 a file name must be made of printable characters without quotes, '
        "this one has U+0027",
    ),
    (
        'data { file "a\tb" }',
        "1:15 '\\t': IM007 a file name must be made of printable characters without quotes, "
        "this one has U+0009",
    ),
    # declarations
    (
        "netwrok n { }",
        f"1:1 'netwrok': IM014 a declaration must begin with {DECLARATIONS}, not with `netwrok`",
    ),
    (
        "epochs 3",
        f"1:1 'epochs': IM014 a declaration must begin with {DECLARATIONS}, not with `epochs`",
    ),
    ("3", "1:1 '3': IM001 expected a declaration, found `3`"),
    ("let a = 3;", "1:10 ';': IM001 expected a declaration, found `;`"),
    ("network { }", "1:9 '{': IM001 expected a name, found `{`"),
    ("let = 3", "1:5 '=': IM001 expected a name, found `=`"),
    ("let 3a = 3", "1:5 '3': IM001 expected a name, found `3`"),
    ("let a 3", "1:7 '3': IM001 expected `=`, found `3`"),
    ("verify samples 3", "1:8 'samples': IM001 expected `{`, found `samples`"),
    ("train { loss mse }", "1:7 '{': IM001 expected a name, found `{`"),
    ("emit , ngspice", "1:6 ',': IM001 expected a name or `programming`, found `,`"),
    ("import shared.imnn", "1:8 'shared.imnn': IM017 `import` must be a file name in quotes"),
    # members of a network
    (
        "network n { inpt x[3] }",
        "1:13 'inpt': IM001 expected `input`, `layer`, `output` or `}`, found `inpt`",
    ),
    ("network n { layer h(3) }", "1:20 '(': IM001 expected `[`, found `(`"),
    (
        "network n { layer h[3] { invertr size 1 } }",
        "1:26 'invertr': IM001 expected `inverter`, `unformed` or `}`, found `invertr`",
    ),
    (
        "network n { input x[3] in -1 V 1 V }",
        "1:32 '1': IM011 expected `..` between the ends of a range, found `1`",
    ),
    (
        "network n { layer h[3] { inverter size 1 ... 10 } }",
        "1:42 '...': IM011 expected `..` between the ends of a range, found `...`",
    ),
    (
        "network n { layer h[3] { inverter size 1 10 } }",
        "1:42 '10': IM011 two values stand side by side, the second is `10`",
    ),
    (
        "network n { layer h[3] { inverter size } }",
        "1:40 '}': IM013 `size` needs a value, found `}`",
    ),
    # settings and values
    ("train latim { epochs = 20 }", "1:22 '=': IM001 expected a value, found `=`"),
    (
        "train latim { epochs 20; }",
        "1:24 ';': IM001 expected a setting, `{`, `}`, `,` or `..`, found `;`",
    ),
    ("train latim { epochs }", "1:22 '}': IM013 `epochs` needs a value, found `}`"),
    ("train latim { epochs batch 3 }", "1:22 'batch': IM013 `epochs` needs a value, found `batch`"),
    (
        "train latim { epochs 20 30 }",
        "1:25 '30': IM011 two values stand side by side, the second is `30`",
    ),
    (
        "train latim { epochs 20, batch 3 }",
        "1:24 ',': IM011 a list goes on after `,`, found the setting `batch`",
    ),
    (
        "train latim { loss mse, seed 3 }",
        "1:23 ',': IM011 a list goes on after `,`, found the setting `seed`",
    ),
    (
        "train latim { size 1, 2, batch 3 }",
        "1:24 ',': IM011 a list goes on after `,`, found the setting `batch`",
    ),
    (
        "data { normalize minmax,\ntrain 3 }",
        "1:24 ',': IM011 a list goes on after `,`, found the setting `train`",
    ),
    (
        "memristor m { conductance 1 uS : 3 uS }",
        "1:32 ':': IM011 expected `..` between the ends of a range, found `:`",
    ),
    ("data { file samples.npz }", "1:13 'samples.npz': IM017 `file` must be a file name in quotes"),
    ("let a = ", "1:8 '': IM013 expected a value after `=`, found the end of the text"),
    ("let a = (3 + )", "1:14 ')': IM013 expected a value after `+`, found `)`"),
    ("let a = 3 *\nlet b = 4", "2:1 'let': IM013 expected a value after `*`, found `let`"),
    ("let a = 120 nQ", "1:13 'nQ': IM012 unknown unit `nQ`"),
    ("let a = 120 mv", "1:13 'mv': IM012 unknown unit `mv`"),
    ("technology t { temperature 27 Q supply 1 V }", "1:31 'Q': IM012 unknown unit `Q`"),
    ("let a = 2 3", "1:11 '3': IM001 expected a declaration, found `3`"),
]


def messages(text: str) -> list[str]:
    with pytest.raises(CompileError) as caught:
        parse(Source("net.imnn", text))
    return [summary(diagnostic) for diagnostic in caught.value.diagnostics]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_is_named_at_its_place(text, message):
    assert messages(text) == [message]


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("# a remark", "a comment begins with `//`"),
        ("train latim { epochs 3 # a remark\n}", "a comment begins with `//`"),
        ("train latim { epochs 3, batch 3 }", "nothing separates settings, leave the `,` out"),
        (
            "network n { input x[3], layer h[3] }",
            "nothing separates declarations and settings, leave it out",
        ),
        ("netwrok n { }", "did you mean `network`?"),
        ("epochs 3", "`epochs` is a setting, it stands between the braces of `train`"),
        ("network n { inpt x[3] }", "did you mean `input`?"),
        ("let a = 120 mv", "did you mean `mV`?"),
        ("let a = 120 Ohms", "did you mean `Ohm`?"),
        (
            "train latim { epochs = 20 }",
            "a setting is a word and its value, without `=` between them",
        ),
        ("let a = 3;", "nothing separates declarations and settings, leave it out"),
    ],
)
def test_a_mistake_comes_with_a_remedy(text, help):
    with pytest.raises(CompileError) as caught:
        parse(Source("net.imnn", text))
    assert [diagnostic.help for diagnostic in caught.value.diagnostics] == [help]


def test_an_unclosed_brace_is_shown_with_the_declaration_that_it_swallowed():
    with pytest.raises(CompileError) as caught:
        parse(Source("net.imnn", "data {\n    set iris\n\ntrain latim { loss mse }\n"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.render() == (
        "error[IM008]: this `{` is never closed\n"
        " --> net.imnn:1:6\n"
        "  |\n"
        "1 | data {\n"
        "  |      ^\n"
        " --> net.imnn:4:1\n"
        "  |\n"
        "4 | train latim { loss mse }\n"
        "  | ----- a declaration that begins inside it\n"
        "  = help: put a `}` where it ends"
    )


def test_each_declaration_reports_its_own_syntax_error():
    text = "let a = 3 +\n\nlet b = 2\ntrain latim { epochs = 3 }\n// let c\nlet d = = 4\n"
    assert messages(text) == [
        "3:1 'let': IM013 expected a value after `+`, found `let`",
        "4:22 '=': IM001 expected a value, found `=`",
        "6:9 '=': IM001 expected a value, found `=`",
    ]


@pytest.mark.parametrize("character", ["\n", "\r", "\v", "\x1c", "\x85", "\u2028", "'", "`", '"'])
def test_no_file_name_can_begin_a_line_of_its_own_in_a_netlist(character):
    for place in ('technology t {{ library "a{}.control" }}', 'import "a{}.control"'):
        with pytest.raises(CompileError):
            parse(Source("net.imnn", place.format(character)))


@pytest.mark.parametrize("name", ["a.b", "a$b", "a;b", "a\nb", "a b", "0", "a-b", "é", '"a"', "*"])
def test_no_name_can_hold_what_a_netlist_would_read_otherwise(name):
    with pytest.raises(CompileError):
        parse(Source("net.imnn", f"network {name} {{ input x[1] }}"))


def test_an_avalanche_of_errors_is_cut_off():
    assert len(messages("let a = = 1\n" * 100)) == 20
