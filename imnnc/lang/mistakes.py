"""Syntax errors in the words of the language: what was expected, what was found.

The parser knows which tokens it would have accepted.  From these, from what was found and from
the words just before it, the common mistakes are recognised and called by their names; each
function below knows one of them, and the first that recognises its own has the word.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lark.exceptions import UnexpectedInput

from imnnc.diagnostics import Diagnostic, Source, Span
from imnnc.lang.misspelt import misspelt_word, unknown_declaration
from imnnc.lang.stumble import DECLARATION_START, Lexeme, Stumble, look
from imnnc.lang.vocabulary import (
    DECLARATIONS,
    FILE_SETTINGS,
    LAWS,
    SETTINGS,
    WORDS,
)
from imnnc.nearby import suggestion
from imnnc.units import UNITS

_VALUE_START = frozenset({"NAME", "NUMBER", "LPAR", "MINUS"})
_AFTER_COMMA = 4  # lexemes until what stands behind a comma between settings is no list
_SETTINGS = frozenset(word for words in SETTINGS.values() for word in words)
_OF_MODEL = 4  # words of `law model`
_OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "SLASH"})
_PUNCTUATION = {
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "_LBRACKET": "`[`",
    "RBRACKET": "`]`",
    "RPAR": "`)`",
    "_EQUAL": "`=`",
    "_COMMA": "`,`",
    "_DOTS": "`..`",
    "_ARROW": "`->`",
}
UNIT_NOTE = (
    "units are V, A, S, Ohm, s, m, F, W, J, K, Hz, C (degrees Celsius) and %, "
    "with the prefixes a, f, p, n, u, m, k, M, G and T"
)


def explain(source: Source, error: UnexpectedInput) -> Diagnostic:
    """The diagnostic of an error of the parser."""
    seen = look(source, error)
    for mistake in _MISTAKES:
        diagnostic = mistake(seen)
        if diagnostic is not None:
            return diagnostic
    return _unexpected(seen)


def _foreign_letter(error: Stumble) -> Diagnostic | None:
    if error.found.text.isascii() or not error.found.text[:1].isalpha():
        return None
    foreign = next(c for c in error.found.text if not c.isascii())
    start = error.found.start + error.found.text.index(foreign)
    return Diagnostic(
        "IM015",
        f"names are made of the letters a to z, digits and `_`, found `{foreign}`",
        Span(error.source, start, start + 1),
    )


def _unknown_unit(error: Stumble) -> Diagnostic | None:
    for number, word in (
        (error.preceding(1), error.found),
        (error.preceding(2), error.preceding(1)),
        (error.preceding(3), error.preceding(2)),
    ):
        if (
            number.kind == "number"
            and word.kind == "word"
            and error.same_line(number, word)
            and not word.text.isdigit()
            and word.text not in WORDS
            and word.text not in UNITS
            and suggestion(word.text, WORDS) is None
        ):
            return unknown_unit(word.text, error.at(word))
    return None


def unknown_unit(unit: str, span: Span) -> Diagnostic:
    """The diagnostic of a word behind a number that is not a unit."""
    return Diagnostic(
        "IM012",
        f"unknown unit `{unit[:60]}`",
        span,
        notes=(UNIT_NOTE,),
        # Of short units, each is near to every other; case alone is a likely mistake.
        help=suggestion(unit, UNITS, cutoff=0.6 if len(unit) > 2 else 1.0),
    )


def _unquoted_file(error: Stumble) -> Diagnostic | None:
    if error.accepts == {"STRING"}:
        word: Lexeme | None = error.preceding()
    else:
        line = [x for x in error.before if error.same_line(x, error.found)]
        word = next((x for x in line if x.text in FILE_SETTINGS), None)
        if error.wants_value and error.found.kind == "end":
            word = None
    if word is None or error.preceding().kind == "string" or error.found.text == "}":
        return None
    first = next((x for x in error.before if x.start > word.start), error.found)
    end = re.compile(r"[^\s{}]*").match(error.source.text, error.found.start)
    return Diagnostic(
        "IM017",
        f"`{word.text[:60]}` must be a file name in quotes",
        Span(error.source, first.start, max(error.found.end, end.end() if end else 0)),
        help=f'write `{word.text[:60]} "path/to/file"`',
    )


def _equal_sign(error: Stumble) -> Diagnostic | None:
    word = error.preceding()
    if error.found.text not in ("=", ":") or not error.wants_value or word.kind != "word":
        return None
    return Diagnostic(
        "IM001",
        f"expected a value, found `{error.found.text}`",
        error.span,
        help=f"a setting is a word and its value, without `{error.found.text}` between them",
    )


def _incomplete_model(error: Stumble) -> Diagnostic | None:
    last = error.before[-_OF_MODEL - 1 :]
    words = next((last[i + 1 :] for i, x in enumerate(last) if x.text == "law"), ())
    if not words or words[0].text != "model" or error.found.kind == "number":
        return None
    wanted = ("a file name in quotes", "the name of a subcircuit", "its quantity", "its parameter")
    unquoted = words[1:2] if len(words) > 1 and words[1].kind != "string" else ()
    missing = wanted[0] if unquoted else wanted[len(words) - 1]
    found = f"`{unquoted[0].text[:60]}`" if unquoted else error.found_text
    return Diagnostic(
        "IM001",
        f"`law model` needs {missing}, found {found}",
        error.at(unquoted[0]) if unquoted else error.span,
        help='write `law model "cell.lib" my_cell conductance g`',
    )


def _nameless_law(error: Stumble) -> Diagnostic | None:
    if error.preceding().text != "law" or error.found.kind != "number":
        return None
    return Diagnostic(
        "IM001",
        f"`law` must be a word and a number, found {error.found_text}",
        error.span,
        help=f"write `law {LAWS[0]} 0.05 / V`",
    )


def _swallowed_word(error: Stumble) -> Diagnostic | None:
    """A word of the language that was read as the value that is missing before it."""
    before, word = error.preceding(2), error.preceding(1)
    if error.wants_value or word.text not in WORDS:
        return None
    if before.text in WORDS:
        message = f"`{before.text}` needs a value, found `{word.text}`"
    elif before.text in ("=", "+", "-", "*", "/", "..", "->"):
        message = f"expected a value after `{before.text}`, found `{word.text}`"
    else:
        return None
    return Diagnostic("IM013", message, error.at(word))


def _comma_between(error: Stumble) -> Diagnostic | None:
    """A comma between two settings, whose word was taken for one more value of the first."""
    for back in range(2, _AFTER_COMMA + 1):
        comma, word = error.preceding(back), error.preceding(back - 1)
        if comma.text == "," and word.text in _SETTINGS and error.preceding(back + 1).text:
            return Diagnostic(
                "IM011",
                f"a list goes on after `,`, found the setting `{word.text}`",
                error.at(comma),
                help="nothing separates settings, leave the `,` out",
            )
    return None


def _three_dots(error: Stumble) -> Diagnostic | None:
    last = error.preceding()
    if error.found.text != "." or not last.text.startswith("..") or last.end != error.found.start:
        return None
    return Diagnostic(
        "IM011",
        "expected `..` between the ends of a range, found `...`",
        error.at(last).to(error.span),
        help="a range is written `low .. high`",
    )


def _missing_dots(error: Stumble) -> Diagnostic | None:
    if "_DOTS" not in error.accepts:
        return None
    looks_like_dots = error.found.text in (".", "\N{HORIZONTAL ELLIPSIS}", "to", ":")
    only_dots = error.accepts <= _OPERATORS | {"_DOTS", "RPAR"}
    if looks_like_dots or only_dots:
        return Diagnostic(
            "IM011",
            f"expected `..` between the ends of a range, found {error.found_text}",
            error.span,
            help="a range is written `low .. high`",
        )
    if error.found.kind in ("number", "string") or error.found.text == "(":
        return Diagnostic(
            "IM011",
            f"two values stand side by side, the second is {error.found_text}",
            error.span,
            help="a range is written `low .. high`, a list with commas",
        )
    return None


def _missing_value(error: Stumble) -> Diagnostic | None:
    last = error.preceding()
    if not error.wants_value or error.wants_declaration or "LET" in error.accepts:
        return None
    if error.found.kind not in ("end", "word") and error.found.text not in ("}", ")", "]", "{"):
        return None
    if last.kind == "word":
        message = f"`{last.text[:60]}` needs a value, found {error.found_text}"
    elif last.kind == "none":
        message = f"expected a value, found {error.found_text}"
    else:
        message = f"expected a value after `{last.text[:60]}`, found {error.found_text}"
    return Diagnostic("IM013", message, error.span)


def _unknown_declaration(error: Stumble) -> Diagnostic | None:
    word = error.found.text
    if not error.wants_declaration or error.found.kind != "word":
        return None
    homes = [block for block, words in SETTINGS.items() if word in words]
    help: str | None
    if homes:
        block = homes[0].split()[0]
        help = f"`{word}` is a setting, it stands between the braces of `{block}`"
    else:
        help = suggestion(word, DECLARATIONS)
    code, message, help = unknown_declaration(word, help)
    return Diagnostic(code, message, error.span, help=help)


def _unexpected(error: Stumble) -> Diagnostic:
    help = None
    if error.found.text in (";", ","):
        help = "nothing separates declarations and settings, leave it out"
    elif error.found.text.startswith("#"):
        help = "a comment begins with `//`"
    elif error.found.kind == "word":
        keywords = [x.strip("_").lower() for x in error.accepts if x.isalpha() or x[0] == "_"]
        help = suggestion(error.found.text, [x for x in keywords if x in WORDS])
    return Diagnostic(
        "IM001", f"expected {_expected(error)}, found {error.found_text}", error.span, help=help
    )


def _expected(error: Stumble) -> str:
    """What would have been right, in few words: the operators go without saying."""
    accepts = set(error.accepts) - {"$END"}
    items: list[str] = []
    if error.wants_value:
        items.append("a value")
        accepts -= _VALUE_START | {"STRING", "SET_NAME"}
    else:
        accepts -= _OPERATORS
    if accepts >= DECLARATION_START:
        items.append("a setting" if "NAME" in accepts else "a declaration")
        accepts = {x for x in accepts if x in _PUNCTUATION}
    for terminal, text in (
        ("NAME", "a name"),
        ("SET_NAME", "the name of a data set"),
        ("STRING", "a file name in quotes"),
    ):
        if terminal in accepts:
            items.append(text)
    words = sorted(x.strip("_").lower() for x in accepts if x.strip("_").lower() in WORDS)
    items += [f"`{word}`" for word in words]
    items += [text for terminal, text in _PUNCTUATION.items() if terminal in accepts]
    if not items:
        return "an operator"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


_MISTAKES: tuple[Callable[[Stumble], Diagnostic | None], ...] = (
    misspelt_word,
    _unquoted_file,
    _unknown_unit,
    _foreign_letter,
    _equal_sign,
    _incomplete_model,
    _nameless_law,
    _swallowed_word,
    _comma_between,
    _three_dots,
    _missing_dots,
    _missing_value,
    _unknown_declaration,
)
