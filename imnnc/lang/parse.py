"""From text to tree: the grammar of `grammar/imnn.lark`, run by lark."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_interactive_parser import InteractiveParser

from imnnc.diagnostics import CompileError, Diagnostic, Source
from imnnc.lang.grammar import parser
from imnnc.lang.scan import Scan, scan
from imnnc.lang.syntax import (
    Arithmetic,
    Block,
    Declaration,
    Emit,
    Expression,
    File,
    Foreign,
    Group,
    Import,
    Inverter,
    Law,
    LawModel,
    Layer,
    Let,
    Mapping,
    Name,
    Negative,
    Network,
    Neurons,
    Number,
    Parts,
    Port,
    Range,
    Section,
    Setting,
    Text,
    Unformed,
)

# After so many syntax errors the rest is more likely a consequence than news.
_MAX_ERRORS = 20
_NUMBER = re.compile(r"(?P<digits>[0-9.]+(?:[eE][+-]?[0-9]+)?)[ \t]*(?P<unit>\S+(?:[ \t]+\S+)?)?")


def parse(source: Source) -> File:
    """The tree of a source file.

    Raises `CompileError` with every syntax error: after one, parsing goes on at the next
    declaration.
    """
    return parse_scanned(source, scan(source))


def parse_scanned(source: Source, lexical: Scan) -> File:
    """The tree of a source of which `scan` has been taken already."""
    if lexical.diagnostics:
        raise CompileError(*lexical.diagnostics[:_MAX_ERRORS])
    try:
        return File(source, _run(source.text, "start"))
    except UnexpectedInput as error:
        raise CompileError(*_every_error(source, lexical, error)) from None


def parse_stretch(source: Source, start: int, end: int) -> tuple[Declaration, ...]:
    """The declarations between two offsets; raises lark's `UnexpectedInput` where they are none."""
    # What is before is blanked, so that places are places in the whole.
    return _run(" " * start + source.text[start:end], "start")  # type: ignore[no-any-return]


def parser_behind(text: str) -> InteractiveParser | None:
    """The parser as it is behind a text, to be asked what may follow; None where that is wrong."""
    behind = _grammar().parse_interactive(text, start="start")
    try:
        behind.exhaust_lexer()
    except UnexpectedInput:
        return None
    return behind


def parse_expression(source: Source) -> Expression:
    """The tree of a source that is one expression, as in `-D name=expression`."""
    lexical = scan(source)
    if lexical.diagnostics:
        raise CompileError(*lexical.diagnostics)
    try:
        return _run(source.text, "define")  # type: ignore[no-any-return]
    except UnexpectedInput as error:
        raise CompileError(_explained(source, error)) from None


def _every_error(source: Source, lexical: Scan, error: UnexpectedInput) -> list[Diagnostic]:
    """The error and those of later declarations, each parsed with what precedes it blanked."""
    found = [_explained(source, error)]
    while len(found) < _MAX_ERRORS:
        offset = error.pos_in_stream if error.pos_in_stream is not None else len(source.text)
        resume = lexical.resume(source, offset)
        if resume is None:
            break
        try:
            _run(" " * resume + source.text[resume:], "start")
            break
        except UnexpectedInput as next_error:
            error = next_error
            found.append(_explained(source, error))
    return found


def _explained(source: Source, error: UnexpectedInput) -> Diagnostic:
    # What explains mistakes knows every word of the language: without one nobody waits for it.
    from imnnc.lang.mistakes import explain

    return explain(source, error)


def _run(text: str, start: str) -> Any:
    return _grammar().parse(text, start)


@cache
def _grammar() -> Lark:
    return parser(_Builder())


@cache
def _split(text: str) -> tuple[str, str | None]:
    """A number and its unit."""
    match = _NUMBER.fullmatch(text)
    assert match is not None, text
    unit = match["unit"]
    return match["digits"], None if unit is None else " ".join(unit.split())


def _name(token: Token) -> Name:
    return Name(token.start_pos, token.end_pos, str(token))  # type: ignore[arg-type]


class _Builder(Transformer[Token, Any]):
    """Builds the nodes of `syntax` while lark reduces; one method a rule of the grammar."""

    def start(self, children: list[Any]) -> Any:
        return tuple(children)

    def define(self, children: list[Any]) -> Any:
        return children[0]

    def name(self, children: list[Any]) -> Any:
        return _name(children[0])

    def number(self, children: list[Any]) -> Any:
        token = children[0]
        return Number(token.start_pos, token.end_pos, *_split(str(token)))

    def group(self, children: list[Any]) -> Any:
        return Group(children[0].start_pos, children[2].end_pos, children[1])

    def negative(self, children: list[Any]) -> Any:
        return Negative(children[0].start_pos, children[1].end, children[1])

    def sum(self, children: list[Any]) -> Any:
        operators = [str(token) for token in children[1::2]]
        return Arithmetic(
            children[0].start,
            children[-1].end,
            children[0],
            tuple(zip(operators, children[2::2], strict=True)),
        )

    product = sum

    def range(self, children: list[Any]) -> Any:
        low, high = children
        return Range(low.start, high.end, low, high)

    def mapping(self, children: list[Any]) -> Any:
        domain, image = children
        return Mapping(domain.start, image.end, domain, image)

    def law(self, children: list[Any]) -> Any:
        name, slope = children
        return Law(name.start_pos, slope.end, _name(name), slope)

    def law_model(self, children: list[Any]) -> Any:
        name, library, *words = children
        subcircuit, quantity, parameter = map(_name, words)
        return LawModel(
            name.start_pos, parameter.end, _name(name), library, subcircuit, quantity, parameter
        )

    def foreign(self, children: list[Any]) -> Any:
        dialect, file, *words = children
        sections = tuple(map(_name, words[1:]))
        end = sections[-1].end if sections else file.end
        return Foreign(dialect.start_pos, end, _name(dialect), file, sections)

    def string(self, children: list[Any]) -> Any:
        token = children[0]
        return Text(token.start_pos, token.end_pos, str(token)[1:-1])

    def setting(self, children: list[Any]) -> Any:
        key, *values = children
        end = values[-1].end if isinstance(values[-1], Block) else None
        block = values.pop() if isinstance(values[-1], Block) else None
        if isinstance(values[0], Token):  # the name of a data set
            values[0] = _name(values[0])
        return Setting(key.start_pos, end or values[-1].end, _name(key), tuple(values), block)

    def part(self, children: list[Any]) -> Any:
        key, value = children
        return Setting(key.start_pos, value.end, _name(key), (value,))

    def compound(self, children: list[Any]) -> Any:
        key, *parts = children
        inner = Parts(parts[0].start, parts[-1].end, tuple(parts))
        return Setting(key.start_pos, inner.end, _name(key), (), inner)

    def block(self, children: list[Any]) -> Any:
        return Block(children[0].start_pos, children[-1].end_pos, tuple(children[1:-1]))

    def section(self, children: list[Any]) -> Any:
        keyword, *rest = children
        block = rest.pop() if rest and isinstance(rest[-1], Block) else None
        name = _name(rest[0]) if rest else None
        end = block.end if block is not None else rest[-1].end_pos
        return Section(keyword.start_pos, end, _name(keyword), name, block)

    def crossbar(self, children: list[Any]) -> Any:
        keyword, *rest = children
        name = rest.pop(0) if rest[0].type == "NAME" else None
        opening, *settings, closing = rest
        block = Block(opening.start_pos, closing.end_pos, tuple(settings))
        named = None if name is None else _name(name)
        return Section(keyword.start_pos, block.end, _name(keyword), named, block)

    def import_(self, children: list[Any]) -> Any:
        return Import(children[0].start_pos, children[1].end, children[1])

    def let(self, children: list[Any]) -> Any:
        let, name, value = children
        return Let(let.start_pos, value.end, _name(name), value)

    def network(self, children: list[Any]) -> Any:
        keyword, name, _, *members, closing = children
        return Network(keyword.start_pos, closing.end_pos, _name(name), tuple(members))

    def port(self, children: list[Any]) -> Any:
        keyword, name, width, bracket, *limits = children
        end = limits[0].end if limits else bracket.end_pos
        return Port(keyword.start_pos, end, _name(name), width, limits[0] if limits else None)

    def layer(self, children: list[Any]) -> Any:
        keyword, name, width, bracket, *rest = children
        neurons = rest[0] if rest else None
        end = neurons.end if neurons is not None else bracket.end_pos
        return Layer(keyword.start_pos, end, _name(keyword), _name(name), width, neurons)

    def neuron(self, children: list[Any]) -> Any:
        return Neurons(children[0].start_pos, children[-1].end_pos, tuple(children[1:-1]))

    def inverter(self, children: list[Any]) -> Any:
        keyword, size, *rest = children
        start = keyword.start_pos
        if not rest:
            return Inverter(start, size.end, size)
        if isinstance(rest[0], Token):
            return Inverter(start, rest[0].end_pos, size, None, continuous=True)  # type: ignore[arg-type]
        return Inverter(start, rest[0].end, size, rest[0])

    def unformed(self, children: list[Any]) -> Any:
        keyword, *shares = children
        return Unformed(keyword.start_pos, shares[-1].end, tuple(shares))

    def step(self, children: list[Any]) -> Any:
        return children[0]

    def emit(self, children: list[Any]) -> Any:
        keyword, *words = children
        # What is named behind `programming` is programming files, what before it netlists.
        marker = next((i for i, x in enumerate(words) if x.type == "PROGRAMMING"), len(words))
        names = [_name(token) for token in words]
        return Emit(
            keyword.start_pos, names[-1].end, tuple(names[:marker]), tuple(names[marker + 1 :])
        )
