"""The words of a tree with what each of them is: for hovering, going to definitions, renaming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from imnnc.lang.reference import base_kind, entry
from imnnc.lang.syntax import (
    Block,
    Declaration,
    Emit,
    Expression,
    File,
    Foreign,
    Import,
    Inverter,
    Law,
    LawModel,
    Layer,
    Let,
    Mapping,
    Name,
    Network,
    Parts,
    Port,
    Range,
    Section,
    Setting,
    Text,
    Value,
)
from imnnc.lang.values import names_in
from imnnc.lang.vocabulary import BLOCKS_INSIDE

Role = Literal[
    "constant",  # a reference to one
    "definition",  # of a constant
    "technology",
    "memristor",
    "method",
    "layer",  # of the network, where a crossbar names it
    "dialect",
    "file",
    "word",  # of the language, which `reference` explains
    "choice",  # a word as the value of a setting
]


@dataclass(frozen=True)
class Occurrence:
    """A word in a source: what it is, and of a word of the language in which block it stands."""

    start: int
    end: int
    text: str
    role: Role
    kind: str = ""
    word: str = ""  # the setting whose value it is, or the word itself


def occurrence_at(file: File, offset: int) -> Occurrence | None:
    """The word at an offset, or that ends there."""
    found = [x for x in occurrences(file) if x.start <= offset <= x.end]
    return min(found, key=lambda x: (x.end == offset, x.end - x.start), default=None)


def occurrences(file: File) -> Iterator[Occurrence]:
    """All words of a file, declaration by declaration."""
    for declaration in file.declarations:
        yield from _declaration(declaration, file.source.text)


def _declaration(declaration: Declaration, text: str) -> Iterator[Occurrence]:
    match declaration:
        case Import():
            yield _keyword(declaration.start, "import", "declarations")
            yield _file(declaration.path, "declarations", "import")
        case Let():
            yield _keyword(declaration.start, "let", "declarations")
            name = declaration.name
            yield Occurrence(name.start, name.end, name.text, "definition")
            yield from _constants(declaration.value)
        case Section():
            yield from _section(declaration)
        case Network():
            yield _keyword(declaration.start, "network", "declarations")
            for member in declaration.members:
                yield from _member(member, text)
        case Emit():
            yield _keyword(declaration.start, "emit", "declarations")
            for name in declaration.dialects:
                yield Occurrence(name.start, name.end, name.text, "dialect")
            if declaration.programming:
                first = declaration.programming[0].start
                start = text.rindex("programming", declaration.start, first)
                yield _keyword(start, "programming", "emit")


def _section(section: Section) -> Iterator[Occurrence]:
    keyword, name = section.keyword, section.name
    yield _keyword(keyword.start, keyword.text, "declarations")
    kind = keyword.text
    if name is not None:
        roles: dict[str, Role] = {"train": "method", "crossbar": "layer"}
        role = roles.get(kind) or ("technology" if kind == "technology" else "memristor")
        yield Occurrence(name.start, name.end, name.text, role)
    if section.block is not None:
        yield from _settings(section.block, kind)


def _settings(block: Block | Parts, kind: str) -> Iterator[Occurrence]:
    for setting in block.settings:
        yield _keyword(setting.key.start, setting.key.text, kind)
        for value in setting.values:
            yield from _value(value, setting, kind)
        if setting.block is not None:
            yield from _settings(setting.block, _inner_kind(kind, setting.key.text, setting.block))


def _inner_kind(kind: str, word: str, block: Block | Parts | None) -> str:
    """The kind of what stands behind a setting: parts, or a block in braces."""
    if isinstance(block, Parts):
        return f"{kind} {word}"
    return BLOCKS_INSIDE.get(word, kind)


def _value(value: Value, setting: Setting, kind: str) -> Iterator[Occurrence]:
    word = setting.key.text
    known = entry(kind, word)
    match value:
        case Text():
            yield _file(value, base_kind(kind), word)
        case Range():
            yield from _constants(value.low)
            yield from _constants(value.high)
        case Mapping():
            yield from _value(value.domain, setting, kind)
            yield from _value(value.image, setting, kind)
        case Law():
            # A unit may stand there by itself, as in `/ V`.
            yield from _constants(value.slope)
        case LawModel():
            yield _file(value.library, kind, word)
        case Foreign():
            name = value.dialect
            yield Occurrence(name.start, name.end, name.text, "dialect")
        case Name() if known is not None and (
            not known.takes_numbers or value.text in known.choices
        ):
            yield Occurrence(value.start, value.end, value.text, "choice", base_kind(kind), word)
        case _:
            yield from _constants(value)


def _member(member: Port | Layer, text: str) -> Iterator[Occurrence]:
    keyword = "input" if isinstance(member, Port) else member.keyword.text
    yield _keyword(member.start, keyword, "network")
    yield from _constants(member.width)
    if isinstance(member, Port):
        if member.limits is not None:
            yield from _constants(member.limits.low)
            yield from _constants(member.limits.high)
        return
    for part in member.neurons.members if member.neurons is not None else ():
        if isinstance(part, Inverter):
            yield from _inverter(part, text)
        else:
            yield _keyword(part.start, "unformed", "layer")
            for share in part.shares:
                yield from _constants(share)


def _inverter(inverter: Inverter, text: str) -> Iterator[Occurrence]:
    yield _keyword(inverter.start, "inverter", "layer")
    yield _keyword(text.index("size", inverter.start), "size", "layer")
    sizes = inverter.size
    for size in (sizes.low, sizes.high) if isinstance(sizes, Range) else (sizes,):
        yield from _constants(size)
    if inverter.step is not None:
        start = text.rindex("step", inverter.size.end, inverter.step.start)
        yield _keyword(start, "step", "layer")
        yield from _constants(inverter.step)
    if inverter.continuous:
        yield _keyword(inverter.end - len("continuous"), "continuous", "layer")


def _keyword(start: int, word: str, kind: str) -> Occurrence:
    return Occurrence(start, start + len(word), word, "word", base_kind(kind), word)


def _file(text: Text, kind: str, word: str) -> Occurrence:
    return Occurrence(text.start, text.end, text.text, "file", kind, word)


def _constants(expression: Expression) -> Iterator[Occurrence]:
    for name in names_in(expression):
        yield Occurrence(name.start, name.end, name.text, "constant")
