"""The grammar by which editors colour sources, made of the words of the language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from imnnc.lang.reference import CHOICES
from imnnc.lang.vocabulary import DECLARATIONS, MEMBERS, SETTINGS
from imnnc.units import UNITS


def textmate_grammar() -> dict[str, Any]:
    """A TextMate grammar: comments, file names, quantities, words."""
    settings = {word for words in SETTINGS.values() for word in words}
    members = {*MEMBERS, "programming", "section"}
    choices = {word for words in CHOICES.values() for word in words}
    units = _any_of(UNITS)
    patterns = [
        {"name": "comment.line.double-slash.imnn", "match": "//.*$"},
        {"name": "comment.block.imnn", "begin": r"/\*", "end": r"\*/"},
        {"name": "string.quoted.double.imnn", "match": r'"[^"\n]*"'},
        {
            "name": "constant.numeric.imnn",
            "match": rf"\b[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?([ \t]*({units})(?![A-Za-z0-9_]))?",
        },
        # Only where nothing is before it on its line: `train` is a setting too.
        {"name": "keyword.control.imnn", "match": rf"^\s*({_any_of(DECLARATIONS)})\b"},
        {"name": "support.constant.imnn", "match": rf"\b({_any_of(choices - settings)})\b(?!-)"},
        {"name": "keyword.other.imnn", "match": rf"\b({_any_of(members - settings)})\b"},
        {"name": "support.type.property-name.imnn", "match": rf"\b({_any_of(settings)})\b"},
        {"name": "keyword.operator.imnn", "match": r"\.\.|->|[-+*/=]"},
    ]
    return {
        "name": "imnn",
        "scopeName": "source.imnn",
        "fileTypes": ["imnn"],
        "patterns": patterns,
    }


def _any_of(words: Iterable[str]) -> str:
    """A pattern of words, longer ones first, so that none is taken for the beginning of another."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))
