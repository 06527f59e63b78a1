"""The canonical form of a source file, for `imnnc fmt`: one layout, comments kept.

A block stands on one line where that has room and no comment is inside; else each of its
members has a line of its own.  The members of a network always have.  A comment behind
something on the same line stays behind it, those of lines one below the other in one column; any
other gets a line of its own, in front of what it was written into.  Single blank lines are kept,
several become one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from imnnc.diagnostics import Source
from imnnc.lang.parse import parse_scanned
from imnnc.lang.printer import (
    print_block,
    print_declaration_head,
    print_member_heads,
    print_neuron,
    print_setting_head,
    print_value,
)
from imnnc.lang.scan import Comment, scan
from imnnc.lang.syntax import (
    Block,
    Declaration,
    Layer,
    Network,
    Neurons,
    Node,
    Port,
    Section,
    Setting,
)

WIDTH = 100
INDENT = "    "
_GAP = "  "  # before a comment behind something


def format_source(source: Source) -> str:
    """The text of a source in canonical form; raises `CompileError` where it does not parse."""
    lexical = scan(source)
    file = parse_scanned(source, lexical)
    layout = _Layout(source.text, lexical.comments)
    items = [_declaration(declaration) for declaration in file.declarations]
    layout.sequence(items, start=0, end=len(source.text), depth=0)
    return "".join(f"{line}\n" for line in layout.finished())


@dataclass(frozen=True)
class _Item:
    """Something that stands on a line, with the members of its block, if it has one."""

    node: Node
    head: str
    body: Block | Neurons | Network | None = None
    members: tuple[_Item, ...] = ()

    @property
    def head_end(self) -> int:
        """Where the comments of the head end and those of the block begin."""
        if isinstance(self.body, Network):
            return self.body.name.end
        return self.node.end if self.body is None else self.body.start

    @property
    def one_line(self) -> str | None:
        """The whole on one line; None where it may not stand on one."""
        if isinstance(self.body, Network) and self.members:
            return None
        if self.body is None:
            return self.head
        block = "{ }" if isinstance(self.body, Network) else print_block(self.body)
        return f"{self.head} {block}"


def _declaration(declaration: Declaration) -> _Item:
    head = print_declaration_head(declaration)
    if isinstance(declaration, Network):
        return _Item(declaration, head, declaration, _members(declaration.members))
    if isinstance(declaration, Section) and declaration.block is not None:
        return _Item(declaration, head, declaration.block, _settings(declaration.block))
    return _Item(declaration, head)


def _settings(block: Block) -> tuple[_Item, ...]:
    return tuple(_setting(setting) for setting in block.settings)


def _setting(setting: Setting) -> _Item:
    head = print_setting_head(setting)
    if not isinstance(setting.block, Block):
        return _Item(setting, head)
    return _Item(setting, head, setting.block, _settings(setting.block))


def _members(members: tuple[Port | Layer, ...]) -> tuple[_Item, ...]:
    heads = print_member_heads(members)
    # What follows the widths is aligned as well.
    column = max(map(len, heads), default=0)
    items = []
    for member, head in zip(members, heads, strict=True):
        if isinstance(member, Port):
            if member.limits is not None:
                head = f"{head:{column}} in {print_value(member.limits)}"
            items.append(_Item(member, head))
        elif member.neurons is None:
            items.append(_Item(member, head))
        else:
            inner = tuple(_Item(x, print_neuron(x)) for x in member.neurons.members)
            items.append(_Item(member, f"{head:{column}}", member.neurons, inner))
    return tuple(items)


class _Layout:
    """Writes lines.  Comments are written in the order of the source, each one once."""

    def __init__(self, text: str, comments: tuple[Comment, ...]) -> None:
        self._text = text
        self._comments = deque(comments)
        self._behind: dict[int, str] = {}  # the comment behind a line, by the line's index
        self.lines: list[str] = []

    def finished(self) -> list[str]:
        """The lines with the comments behind them, aligned where lines follow on each other."""
        column = 0
        finished = []
        for index, line in enumerate(self.lines):
            if index not in self._behind:
                finished.append(line)
                continue
            if index - 1 not in self._behind:
                group = takewhile(self._behind.__contains__, count(index))
                column = max(len(self.lines[i]) for i in group) + len(_GAP)
            finished.append(f"{line:{column}}{self._behind[index]}")
        return finished

    def sequence(self, items: Sequence[_Item], *, start: int, end: int, depth: int) -> None:
        """Items and comments one below the other, from one offset of the source to another."""
        previous = start
        first = True
        for item in items:
            for comment in self._take(before=item.node.start):
                self._blank(first, previous, comment.start)
                self._write(comment.text, depth)
                previous, first = comment.end, False
            self._blank(first, previous, item.node.start)
            for comment in self._take(before=item.head_end):
                self._write(comment.text, depth)
            self._item(item, depth)
            previous, first = self._trailing(item.node.end, end), False
        for comment in self._take(before=end):
            self._blank(first, previous, comment.start)
            self._write(comment.text, depth)
            previous, first = comment.end, False

    def _item(self, item: _Item, depth: int) -> None:
        line = item.one_line
        has_comment = bool(self._comments) and self._comments[0].start < item.node.end
        # A line without a block has nowhere to be broken.
        fits = not item.members or len(line or "") + depth * len(INDENT) <= WIDTH
        if line is not None and fits and not has_comment:
            self._write(line, depth)
            return
        self._write(f"{item.head} {{", depth)
        self.sequence(item.members, start=item.head_end, end=item.node.end, depth=depth + 1)
        self._write("}", depth)

    def _take(self, before: int) -> list[Comment]:
        """The comments that begin before an offset and are not written yet."""
        taken = []
        while self._comments and self._comments[0].start < before:
            taken.append(self._comments.popleft())
        return taken

    def _trailing(self, previous: int, end: int) -> int:
        """Put the comments that follow on the same line behind the last one written.

        The answer is the offset where the last of them ends.
        """
        parts = []
        while self._comments:
            comment = self._comments[0]
            between = self._text[previous : comment.start]
            if comment.start >= end or between.strip(" \t\r") or "\n" in comment.text:
                break
            parts.append(comment.text.rstrip())
            previous = comment.end
            self._comments.popleft()
        if parts:
            self._behind[len(self.lines) - 1] = _GAP.join(parts)
        return previous

    def _blank(self, first: bool, previous: int, position: int) -> None:
        """One blank line, where the source has one or more and something stands above."""
        if not first and self._text.count("\n", previous, position) >= 2:
            self.lines.append("")

    def _write(self, text: str, depth: int) -> None:
        head, *rest = text.split("\n")
        self.lines.append(f"{INDENT * depth}{head}".rstrip())
        self.lines += [line.rstrip() for line in rest]
