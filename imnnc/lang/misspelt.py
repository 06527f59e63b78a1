"""Words that are misspelt so that the parser stumbles, at them or a little later.

A setting that the language does not have is told where settings are read.  But what only some words
can have behind them, `wire row 1 Ohm`, is no sentence behind another one, so that the parser finds
fault with the number.  Here the words before it are looked at, of the block that they stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imnnc.diagnostics import Diagnostic
from imnnc.lang.stumble import Lexeme, Stumble
from imnnc.lang.vocabulary import (
    BLOCKS_INSIDE,
    DECLARATIONS,
    PARTS,
    SETTINGS,
    WORDS,
    listing,
)
from imnnc.nearby import suggestion
from imnnc.units import UNITS

_NEAR = 8  # lexemes before the error: those of a setting
_MEMBERS = ("input", "layer", "output")
_NEURON = ("inverter", "size", "step", "continuous", "unformed")
# In front of these a word is a value, or a part of one.
_OPERATORS = frozenset(("=", "+", "-", "*", "/", "(", ",", "..", "->", "["))


class _Block(NamedTuple):
    """The block that the parser was in: what it is, as `SETTINGS` and as messages have it."""

    kind: str
    owner: str
    inside: tuple[Lexeme, ...]  # from its opening brace on


class _Misspelt(NamedTuple):
    word: Lexeme
    owner: str
    choices: tuple[str, ...]
    help: str


def misspelt_word(error: Stumble) -> Diagnostic | None:
    """The diagnostic of a word that is nearly one of the language, where it led to the error."""
    block = _block(error)
    if error.is_glued:
        return _glued(error, error.found, block)
    if block is None:
        return _misspelt_programming(error) or _glued_before(error)
    for found in _candidates(error, block):
        if block.kind == "layer":
            message = f"there is no word `{found.word.text[:60]}` for layers"
            return Diagnostic("IM001", message, error.at(found.word), help=found.help)
        return Diagnostic(
            "IM110",
            f"`{found.owner}` has no setting `{found.word.text[:60]}`",
            error.at(found.word),
            notes=(f"its settings are {listing(found.choices, 'and')}",),
            help=found.help,
        )
    return None


def unknown_declaration(word: str, help: str | None) -> tuple[str, str, str | None]:
    """The code, the message and the help of a word that begins no declaration."""
    known = listing(DECLARATIONS)
    return "IM014", f"a declaration must begin with {known}, not with `{word[:60]}`", help


def _glued(error: Stumble, word: Lexeme, block: _Block | None) -> Diagnostic | None:
    """A word that begins as one of the language does, and goes on."""
    text = word.text
    if block is None and any(text.startswith(x) for x in DECLARATIONS):
        code, message, help = unknown_declaration(text, suggestion(text, DECLARATIONS))
        return Diagnostic(code, message, error.at(word), help=help)
    help = suggestion(text, WORDS)
    if help is None:
        return None
    return Diagnostic("IM001", f"there is no word `{text[:60]}` here", error.at(word), help=help)


def _glued_before(error: Stumble) -> Diagnostic | None:
    """The same where what goes on was taken for a name, `inputx x[3]`, so that that is too much."""
    word, before = error.preceding(), error.preceding(2)
    names = before.text in (*DECLARATIONS, *_MEMBERS)
    if word.kind != "word" or word.text in WORDS or names or error.found.kind != "word":
        return None
    begins = any(word.text.startswith(x) for x in (*DECLARATIONS, *_MEMBERS))
    return _glued(error, word, None) if begins else None


def _misspelt_programming(error: Stumble) -> Diagnostic | None:
    word, before = error.preceding(), error.preceding(2)
    help = suggestion(word.text, ("programming",))
    if not error.wants_declaration or before.text not in (",", "emit") or help is None:
        return None
    return Diagnostic(
        "IM001",
        f"expected `,` or a declaration behind `{word.text[:60]}`, found {error.found_text}",
        error.at(word),
        help=help,
    )


def _block(error: Stumble) -> _Block | None:
    """The block around the error, where its beginning is near."""
    depth = 0
    for index in range(len(error.before) - 1, 0, -1):
        text = error.before[index].text
        depth += (text == "}") - (text == "{")
        if depth < 0:
            inside = error.before[index:]
            last, first = error.before[index - 1], error.before[index - 2 : index - 1]
            if last.text == "]":
                return _Block("layer", "layer", inside)
            if first and first[0].text in BLOCKS_INSIDE:
                kind = BLOCKS_INSIDE[first[0].text]
                return _Block(kind, first[0].text, inside)
            if first and first[0].text in DECLARATIONS:
                keyword, name = first[0].text, f" {last.text[:60]}"
            else:
                keyword, name = last.text, ""
            kind = f"{keyword}{name}" if keyword == "train" else keyword
            return _Block(kind, f"{keyword}{name}", inside) if kind in SETTINGS else None
    return None


def _candidates(error: Stumble, block: _Block) -> Iterator[_Misspelt]:
    """Words that no block of the kind has and that are nearly one, the last one first."""
    settings = _NEURON if block.kind == "layer" else SETTINGS[block.kind]
    compounds = {word: PARTS[block.kind, word] for word in settings if (block.kind, word) in PARTS}
    own = {*settings, *(part for parts in compounds.values() for part in parts)}
    # For layers the parser itself knows what it would have taken in place of what it found.
    words = block.inside if block.kind == "layer" else (*block.inside, error.found)
    for index in range(len(words) - 1, max(0, len(words) - _NEAR - 1), -1):
        word, before = words[index], words[index - 1]
        is_unit = before.kind == "number" and word.text in UNITS
        if word.kind != "word" or word.text in own or is_unit or before.text in _OPERATORS:
            continue
        if before.text in compounds:
            choices: tuple[str, ...] = compounds[before.text]
            owner = before.text
        elif before.text in own and before.text != "inverter":
            continue  # the name of something
        else:
            owner, choices = block.owner, tuple(settings)
        help = suggestion(word.text, choices)
        if help is None and owner == block.owner:
            compound = _compound(words[:index], compounds)
            if compound is not None:
                owner, choices = compound, compounds[compound]
                help = suggestion(word.text, choices)
        if help is not None:
            yield _Misspelt(word, owner, choices, help)


def _compound(words: Sequence[Lexeme], compounds: dict[str, tuple[str, ...]]) -> str | None:
    """The last word before with parts behind it, if these are all that there is."""
    for number, word in enumerate(reversed(words)):
        if word.text in compounds:
            return word.text
        if number > _NEAR:
            break
    return None
