"""Reads the settings of one block: each by its name, as the kind of value that it must be."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from imnnc.diagnostics import CompileError, Label, Span, fail
from imnnc.lang.amounts import Amount, amount_of, different_amounts, evaluate_range, wrong_kind
from imnnc.lang.bounds import BOUNDS, within
from imnnc.lang.mistakes import unknown_unit
from imnnc.lang.problems import Problems
from imnnc.lang.syntax import (
    Block,
    Foreign,
    Law,
    LawModel,
    Mapping,
    Name,
    Node,
    Number,
    Parts,
    Range,
    Setting,
    Text,
    Value,
)
from imnnc.lang.values import Scope, declared
from imnnc.lang.vocabulary import (
    BLOCKS_INSIDE,
    INSTANCE_PREFIXES,
    LAWS,
    PARTS,
    SETTINGS,
    TERMINALS,
    WORDS,
    listing,
)
from imnnc.limits import Bounds, settings_of
from imnnc.nearby import suggestion
from imnnc.units import UNITS


@dataclass(frozen=True)
class Word:
    """A name that was given as a value, and where."""

    text: str
    span: Span


def one_of(word: Word, what: str, known: Iterable[str], code: str) -> str:
    """The text of a word that is among the known ones."""
    choices = list(known)
    if word.text not in choices:
        raise fail(
            code,
            f"`{what}` must be {listing(choices)}, not `{word.text[:60]}`",
            word.span,
            help=suggestion(word.text, choices),
        )
    return word.text


def _where_known(key: str, kind: str) -> str | None:
    """Which other blocks of the same keyword have a setting, if any."""
    keyword = kind.split()[0]
    homes = [x for x, words in SETTINGS.items() if x.split()[0] == keyword and key in words]
    return f"`{key}` is a setting of {listing(homes, 'and')}" if homes else None


class Settings:
    """The settings of a block; every reader answers None where one is absent or wrong.

    What is wrong goes to `problems`, at its place.
    """

    def __init__(
        self, block: Block | Parts | None, kind: str, owner: str, scope: Scope, problems: Problems
    ) -> None:
        self.scope = scope
        self.problems = problems
        self._settings: dict[str, Setting] = {}
        previous: Setting | None = None
        for setting in block.settings if block is not None else ():
            with problems.gathered():
                self._admit(setting, previous, kind, owner)
            previous = setting

    def _admit(self, setting: Setting, previous: Setting | None, kind: str, owner: str) -> None:
        key = setting.key.text
        known = SETTINGS[kind]
        if key not in known:
            parts = () if previous is None else PARTS.get((kind, previous.key.text), ())
            near = suggestion(key, (*known, *parts))
            if previous and near is None and self._looks_like_unit(previous, setting.key):
                diagnostic = unknown_unit(key, self.scope.span(setting.key))
                self.problems.found.append(diagnostic)
                return
            raise fail(
                "IM110",
                f"`{owner}` has no setting `{key[:60]}`",
                self.scope.span(setting.key),
                notes=[f"its settings are {listing(known, 'and')}"],
                help=_where_known(key, kind) or near,
            )
        value = setting.values[0] if setting.values else None
        if isinstance(value, Foreign):
            key = f"{key} {value.dialect.text}"  # one for each simulator
        if key in self._settings:
            raise fail(
                "IM111",
                f"`{key}` is given twice",
                self.scope.span(setting.key),
                secondary=[Label(self.scope.span(self._settings[key].key), "first given here")],
            )
        self._settings[key] = setting
        takes_block = setting.key.text in BLOCKS_INSIDE and kind != "foreign"
        if isinstance(setting.block, Block) and not takes_block:
            raise fail("IM113", f"`{key}` takes no block", self.scope.span(setting.block))

    def _looks_like_unit(self, previous: Setting, key: Name) -> bool:
        """Whether a word that is no setting stands behind a bare number, where a unit would."""
        if isinstance(previous.block, Parts):
            previous = previous.block.settings[-1]
        value: Node = previous.values[-1]
        while isinstance(value, Range | Mapping | Law):
            match value:
                case Range():
                    value = value.high
                case Mapping():
                    value = value.image
                case Law():
                    value = value.slope
        text = self.scope.source.text
        return (
            isinstance(value, Number)
            and value.unit is None
            and "\n" not in text[value.end : key.start]
            and key.text not in UNITS
            and key.text not in WORDS
            and len(key.text) <= 4
        )

    def __contains__(self, key: str) -> bool:
        return key in self._settings

    def require(self, keys: Iterable[str], owner: str, span: Span) -> None:
        """Report those that the block has to have and has not."""
        missing = [key for key in keys if key not in self]
        with self.problems.gathered():
            if missing:
                raise fail("IM112", f"`{owner}` must have {listing(missing, 'and')}", span)

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the settings that the block has."""
        return tuple(self._settings)

    def setting(self, key: str) -> Setting:
        """A setting that the block has."""
        return self._settings[key]

    def span(self, key: str) -> Span:
        """The place of a setting that the block has."""
        return self.scope.span(self._settings[key])

    def amount(self, key: str, bounds: str | None = None) -> Fraction | None:
        """A number within its bounds, which are `BOUNDS[key]` unless named otherwise."""
        with self.problems.gathered():
            value = self._single(key)
            if value is None:
                return None
            return self._amount(key, value, BOUNDS[bounds or key], "one number")
        return None

    def amounts(self, key: str) -> tuple[Amount, ...]:
        """Different numbers within `BOUNDS[key]`: those that are right, none if not given."""
        if key not in self._settings:
            return ()
        values = self._settings[key].values
        return different_amounts(key, values, BOUNDS[key], self.scope, self.problems)

    def whole(self, key: str) -> int | None:
        """A whole number within its bounds."""
        value = self.amount(key)
        return None if value is None else int(value)

    def parts(self, key: str, kind: str) -> Settings:
        """The words behind a word of the block, each with its value; `kind` has them."""
        parts = self.setting(key).block
        assert isinstance(parts, Parts)
        return Settings(parts, kind, key, self.scope, self.problems)

    def numbers(self, kind: type, but: Container[str] = ()) -> dict[str, float]:
        """The fields of a dataclass that the block gives one number, `but` for some words."""
        found: dict[str, float] = {}
        for word, name in settings_of(kind).items():
            value = None if word in but else self.amount(word)
            if value is not None:
                found[name] = int(value) if BOUNDS[word].whole else float(value)
        return found

    def range(self, key: str, bounds: str | None = None) -> tuple[Fraction, Fraction] | None:
        """Two different ends within bounds, which are `BOUNDS[key]` unless named otherwise."""
        with self.problems.gathered():
            value = self._single(key)
            if value is None:
                return None
            if not isinstance(value, Range):
                raise self._wrong_kind(key, value, "a range, `low .. high`")
            return evaluate_range(value, key, BOUNDS[bounds or key], self.scope)
        return None

    def mapping(self, key: str) -> Mapping | None:
        """`low .. high -> low .. high`, not evaluated yet."""
        with self.problems.gathered():
            value = self._single(key)
            if value is None or isinstance(value, Mapping):
                return value
            raise self._wrong_kind(key, value, "a map, `low .. high -> low .. high`")
        return None

    def law(self, key: str) -> Fraction | LawModel | None:
        """The law of cells: a number per volt within `BOUNDS[key]`, or whose model they are."""
        with self.problems.gathered():
            value = self._single(key)
            if value is None:
                return None
            assert isinstance(value, Law | LawModel), "the grammar has no other value for it"
            name = one_of(self._word(key, value.name), key, LAWS, "IM138")
            if isinstance(value, LawModel) != (name == "model"):
                what = "a file name in quotes" if name == "model" else "a number per volt"
                raise self._wrong_kind(f"{key} {name}", value, what)
            if isinstance(value, LawModel):
                return value
            slope = self.scope.with_unit("V").evaluate(value.slope)
            return within(key, slope, BOUNDS[key], self.scope.span(value.slope))
        return None

    def is_word(self, key: str, word: str) -> bool:
        """Whether the setting is given and is this one word."""
        setting = self._settings.get(key)
        if setting is None or len(setting.values) != 1:
            return False
        value = setting.values[0]
        return isinstance(value, Name) and value.text == word

    def word(self, key: str) -> Word | None:
        """One name."""
        with self.problems.gathered():
            value = self._single(key)
            return None if value is None else self._word(key, value)
        return None

    def words(self, key: str) -> tuple[Word, ...] | None:
        """A list of different names; different also where case does not count, as in SPICE."""
        with self.problems.gathered():
            if key not in self._settings:
                return None
            words: dict[str, Word] = {}
            for value in self._settings[key].values:
                word = self._word(key, value)
                if word.text.lower() in words:
                    raise fail(
                        "IM111",
                        f"`{word.text}` is given twice",
                        word.span,
                        secondary=[Label(words[word.text.lower()].span, "first given here")],
                    )
                words[word.text.lower()] = word
            return tuple(words.values())
        return None

    @property
    def foreign(self) -> tuple[str, ...]:
        """The names of the settings that are libraries of other simulators."""
        found = self._settings.items()
        return tuple(k for k, x in found if x.values and isinstance(x.values[0], Foreign))

    def terminals(self) -> tuple[str, ...] | None:
        """The order of the terminals of a transistor."""
        words = self.words("terminals")
        if words is None:
            return None
        with self.problems.gathered():
            for word in words:
                one_of(word, "terminals", TERMINALS, "IM138")
            if len(words) != len(TERMINALS):
                raise fail(
                    "IM113",
                    f"`terminals` must be {listing(TERMINALS, 'and')} in the order of the kit",
                    self.span("terminals"),
                )
        return tuple(word.text for word in words)

    def prefix(self) -> Literal["M", "X"] | None:
        """What the name of a transistor begins with."""
        word = self.word("prefix")
        with self.problems.gathered():
            if word is not None:
                return "X" if one_of(word, "prefix", INSTANCE_PREFIXES, "IM138") == "X" else "M"
        return None

    def text(self, key: str) -> str | None:
        """One text in quotes that is not empty."""
        with self.problems.gathered():
            value = self._single(key)
            return None if value is None else self._text(key, value, "a text")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts in quotes, none of them empty; none if not given."""
        with self.problems.gathered():
            setting = self._settings.get(key)
            values = () if setting is None else setting.values
            return tuple(self._text(key, value, "a text") for value in values)
        return ()

    def file(self, key: str, folder: Path) -> Path | None:
        """A file name, relative to the folder of the source."""
        files = self.files(key, folder, single=True)
        return files[0] if files else None

    def files(self, key: str, folder: Path, *, single: bool = False) -> tuple[Path, ...] | None:
        """A list of file names; `~/` is the user's home."""
        with self.problems.gathered():
            if single:
                self._single(key)
            if key not in self._settings:
                return None
            values = self._settings[key].values
            names = [self._text(key, value, "a file name") for value in values]
            return tuple(
                folder / (os.path.expanduser(name) if name.startswith("~/") else name)
                for name in names
            )
        return None

    def _single(self, key: str) -> Value | None:
        setting = self._settings.get(key)
        if setting is None:
            return None
        if len(setting.values) > 1:
            raise fail(
                "IM113",
                f"`{key}` takes one value, not {len(setting.values)}",
                self.scope.span(setting.values[1]),
            )
        return setting.values[0]

    def _amount(self, key: str, value: Value, bounds: Bounds, expected: str) -> Fraction:
        return amount_of(key, value, bounds, self.scope, expected)

    def _text(self, key: str, value: Value, what: str) -> str:
        if not isinstance(value, Text) or not value.text:
            raise fail(
                "IM017",
                f"`{key}` must be {what} in quotes, not `{self.scope.snippet(value)}`",
                self.scope.span(value),
            )
        return value.text

    def _word(self, key: str, value: Value) -> Word:
        if not isinstance(value, Name):
            raise self._wrong_kind(key, value, "a name")
        return Word(declared(value, self.scope), self.scope.span(value))

    def _wrong_kind(self, key: str, value: Value, expected: str) -> CompileError:
        return wrong_kind(key, value, self.scope, expected)
