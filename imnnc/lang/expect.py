"""What may be written at a place: the parser is asked, which knows the grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from imnnc.design import METHODS
from imnnc.lang.parse import parser_behind
from imnnc.lang.scan import declaration_starts
from imnnc.lang.syntax import Setting, Text
from imnnc.lang.vocabulary import BLOCKS_INSIDE, DECLARATIONS, PARTS, SETTINGS

_FIRST_METHOD = next(iter(METHODS))
_MARKS = frozenset(
    ("PLUS", "MINUS", "STAR", "SLASH", "LPAR", "_COMMA", "_DOTS", "_ARROW", "_EQUAL", "_LBRACKET")
)


@dataclass(frozen=True)
class Place:
    """A place in a source: the block that it is in, what is before it, what may be there."""

    accepts: frozenset[str]  # terminals of the grammar
    kind: str  # of the block, as `SETTINGS` has it, `network`, `layer`, or "" outside of all
    name: str  # of the thing whose block it is, ""
    word: str  # the keyword or setting that is next before it, ""
    # The kinds and words of settings that the block has already
    given: frozenset[tuple[str, str]] = frozenset()
    compound: str = ""  # the setting whose parts may go on here
    in_model: int = 0  # of a `law model`: what stands behind it already

    @property
    def wants_value(self) -> bool:
        """Whether an expression may begin here."""
        return "NUMBER" in self.accepts

    @property
    def wants_name(self) -> bool:
        """Whether a word may be here, and no setting."""
        return bool({"NAME", "SET_NAME"} & self.accepts) and "RBRACE" not in self.accepts

    @property
    def wants_setting(self) -> bool:
        """Whether a setting of the block may begin here."""
        return "RBRACE" in self.accepts and self.kind in SETTINGS

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """The kind and the word of settings that may begin here, parts of the last one first."""
        parts = PARTS.get((self.kind, self.compound), ())
        found = [(f"{self.kind} {self.compound}", word) for word in parts]
        if self.wants_setting:
            found += [(self.kind, word) for word in SETTINGS[self.kind] if word not in parts]
        return tuple(x for x in found if x not in self.given)

    @property
    def keywords(self) -> tuple[str, ...]:
        """Words of the grammar that may be here, outside of blocks of settings."""
        words = (terminal.strip("_").lower() for terminal in self.accepts)
        return tuple(sorted(word for word in words if word in _KEYWORDS[self._room]))

    @property
    def _room(self) -> str:
        return self.kind if self.kind in _KEYWORDS else "" if not self.kind else "settings"


_KEYWORDS: dict[str, tuple[str, ...]] = {
    "": (*DECLARATIONS, "programming"),
    "network": ("input", "layer", "output", "in"),
    "layer": ("inverter", "size", "step", "continuous", "unformed"),
    "settings": (),
}


def place_behind(text: str) -> Place | None:
    """What may follow a text; None where the text is wrong before that."""
    starts = declaration_starts(text)
    parser = parser_behind(text[starts[-1] :] if starts else text)
    if parser is None:
        return None
    accepts = frozenset(parser.accepts())  # type: ignore[no-untyped-call]
    stack = list(parser.parser_state.value_stack)
    braces = _open_braces(stack)
    if not braces:
        outside = [str(token) for token in _trailing(stack)]
        word = "programming" if "programming" in outside else next(iter(outside), "")
        return Place(accepts, "", "", word)
    kind, name = _block(stack, braces)
    tail = stack[braces[-1] + 1 :]
    count = next((i for i, x in enumerate(tail) if not _is_list(x)), len(tail))
    complete, pending = tail[:count], tail[count:]
    words = [token for token in _tokens(pending) if token.type not in _MARKS]
    first = str(words[0]) if words else ""
    compound = first if (kind, first) in PARTS else ""
    given = {(kind, x.key.text) for x in _settings(complete)}
    in_model = _behind_model(pending)
    word = first if in_model else _last_word(words)
    if compound and "NUMBER" in accepts and len(words) > 1:
        return Place(accepts, f"{kind} {compound}", name, word)
    if compound:
        parts = [*words[1:], *(x.key.text for x in _settings(pending))]
        given |= {(kind, first), *((f"{kind} {compound}", str(part)) for part in parts)}
    elif "RBRACE" in accepts and first:
        given.add((kind, first))
    return Place(accepts, kind, name, word, frozenset(given), compound, in_model)


def _open_braces(stack: Sequence[Any]) -> list[int]:
    """Where those stand that are not closed; what has just been closed is on the stack as well."""
    found: list[int] = []
    for index, item in enumerate(stack):
        if isinstance(item, Token) and item.type == "LBRACE":
            found.append(index)
        elif isinstance(item, Token) and item.type == "RBRACE":
            found.pop()
    return found


def _block(stack: Sequence[Any], braces: Sequence[int]) -> tuple[str, str]:
    """The kind of the innermost block, and the name of what it belongs to."""
    outer = braces[-2] + 1 if len(braces) > 1 else 0
    header = _trailing(stack[outer : braces[-1]])
    if header and header[-1].type == "RBRACKET":
        return "layer", ""
    if len(braces) > 1:
        keys = [str(token) for token in _tokens(stack[outer : braces[-1]])]
        return BLOCKS_INSIDE.get(keys[0] if keys else "", ""), ""
    keyword = str(header[0]) if header else ""
    name = str(header[1]) if len(header) > 1 else ""
    if keyword == "train":
        return f"train {name if name in METHODS else _FIRST_METHOD}", name
    return keyword, name


def _trailing(stack: Sequence[Any]) -> list[Token]:
    """The tokens at the end of a stack, behind what is complete."""
    count = 0
    for item in reversed(stack):
        if isinstance(item, Token | Tree) and not _is_list(item):
            count += 1
        else:
            break
    return list(_tokens(stack[len(stack) - count :]))


def _is_list(item: Any) -> bool:
    """Whether lark keeps what is repeated in it, such as the settings of a block."""
    return isinstance(item, Tree) and str(item.data).startswith("__")


def _tokens(items: Sequence[Any]) -> Iterator[Token]:
    """The tokens of what is not complete yet, those inside of single words too."""
    for item in items:
        if isinstance(item, Token):
            yield item
        elif isinstance(item, Tree) and not _is_list(item):
            yield from _tokens(item.children)


def _settings(items: Sequence[Any]) -> Iterator[Setting]:
    for item in items:
        if isinstance(item, Setting):
            yield item
        elif isinstance(item, Tree):
            yield from _settings(item.children)


def _last_word(tokens: Sequence[Token]) -> str:
    words = [str(token) for token in tokens if token.type not in _MARKS and token[:1].isalpha()]
    return words[-1] if words else ""


def _behind_model(tail: Sequence[Any]) -> int:
    """How many of a `law model` are there; 0: it is none."""
    for index, item in enumerate(tail):
        if isinstance(item, Token) and item.type == "LAW" and index + 2 < len(tail):
            return len(tail) - index - 2 if isinstance(tail[index + 2], Text | Token) else 0
    return 0
