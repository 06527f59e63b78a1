"""What the compiler says to the person who runs it: located, coded messages.

A failure that a user can cause is raised as `CompileError`, which carries one or more
`Diagnostic` values.  Anything else that escapes is a defect of the compiler.
"""

from __future__ import annotations

import json
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, cached_property, partial

from imnnc.painting import Severity, painted
from imnnc.resources import resource

_WIDEST = 160  # characters of a line that an excerpt shows


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    OK = 0
    SOURCE = 1
    USAGE = 2
    VERIFICATION = 3
    TOOL = 4
    INTERNAL = 70


@dataclass(frozen=True, eq=False)
class Source:
    """The text of one source file; `name` is how the user called it."""

    name: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_start(self, number: int) -> int:
        """The offset of the first character of a line counted from 1."""
        return self._line_starts[number - 1]

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its line end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]


@dataclass(frozen=True)
class Span:
    """The half-open range of characters `start` to `end` of a source."""

    source: Source
    start: int
    end: int

    @property
    def place(self) -> str:
        """`file:line:column`, as compilers print it."""
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))


@dataclass(frozen=True)
class Label:
    """A secondary place that a diagnostic points at, with what is to be seen there."""

    span: Span
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One message.  Style: lower case, no full stop, names of the source in backticks."""

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    severity: Severity = "error"

    def render(self, *, colour: bool = False) -> str:
        """The message with the excerpt of the source that it is about, as rustc lays it out.

        With `colour` it has the escape sequences of a terminal.
        """
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        labels = [] if self.span is None else [Label(self.span, self.label)]
        labels += self.secondary
        numbers = [label.span.source.position(label.span.start)[0] for label in labels]
        gutter = len(str(max(numbers, default=0)))
        for index, label in enumerate(labels):
            lines += _excerpt(label, gutter, mark="^" if index == 0 and self.span else "-")
        lines += [f"{'':{gutter}} {remark}" for remark in self.remarks()]
        text = _printable("\n".join(lines))
        return painted(text, self.severity) if colour else text

    def remarks(self) -> list[str]:
        """Notes and help, a line each."""
        lines = [f"= note: {note}" for note in self.notes]
        return lines if self.help is None else [*lines, f"= help: {self.help}"]

    def to_json(self) -> str:
        """The message as one line of JSON, for editors and CI."""
        return json.dumps(
            {
                "code": self.code,
                "severity": self.severity,
                "message": self.message,
                "span": _span_json(self.span),
                "label": self.label,
                "secondary": [
                    {"span": _span_json(label.span), "message": label.message}
                    for label in self.secondary
                ],
                "notes": list(self.notes),
                "help": self.help,
            }
        )


def _excerpt(label: Label, gutter: int, mark: str) -> list[str]:
    source = label.span.source
    line, column = source.position(label.span.start)
    text, before = _around(source.line(line), column - 1)
    # Tabs are kept in the padding so that the mark stands under the text in any tab width.
    padding = "".join("\t" if c == "\t" else " " for c in text[:before])
    width = max(1, min(label.span.end - label.span.start, len(text) - before))
    return [
        f"{'':{gutter}}--> {label.span.place}",
        f"{'':{gutter}} |",
        f"{line:{gutter}} | {text}",
        f"{'':{gutter}} | {padding}{mark * width} {label.message}".rstrip(),
    ]


def _around(line: str, index: int) -> tuple[str, int]:
    """What is shown of a line around a place in it, and how many characters that puts before."""
    if len(line) <= _WIDEST:
        return line, index
    start = max(0, min(index - _WIDEST // 2, len(line) - _WIDEST))
    left = "..." if start else ""
    right = "..." if start + _WIDEST < len(line) else ""
    return f"{left}{line[start : start + _WIDEST]}{right}", index - start + len(left)


def _printable(text: str) -> str:
    """The text without characters that would command a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def _span_json(span: Span | None) -> dict[str, object] | None:
    if span is None:
        return None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


class CompileError(Exception):
    """A failure that the user can act on; `exit_code` is what the command line returns."""

    def __init__(self, *diagnostics: Diagnostic, exit_code: ExitCode = ExitCode.SOURCE) -> None:
        super().__init__("\n".join(map(_sentence, diagnostics)))
        self.diagnostics = diagnostics
        self.exit_code = exit_code
        for diagnostic in diagnostics:
            # What a script's traceback shows below the message, which stays as it is.
            for line in diagnostic.remarks():
                self.add_note(line)

    def __reduce__(self) -> tuple[object, ...]:
        # An exception is pickled by its message alone, and workers hand theirs to their parent.
        return partial(CompileError, exit_code=self.exit_code), self.diagnostics

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: what the command line would print."""
        return [line for x in self.diagnostics for line in x.render().split("\n")]


def _sentence(diagnostic: Diagnostic) -> str:
    """The message, and where that is."""
    if diagnostic.span is None:
        return diagnostic.message
    return f"{diagnostic.message} ({diagnostic.span.place})"


def fail(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    label: str = "",
    secondary: Iterable[Label] = (),
    notes: Iterable[str] = (),
    help: str | None = None,
    exit_code: ExitCode = ExitCode.SOURCE,
) -> CompileError:
    """A `CompileError` with one diagnostic, for `raise fail(...)`."""
    diagnostic = Diagnostic(code, message, span, label, tuple(secondary), tuple(notes), help)
    return CompileError(diagnostic, exit_code=exit_code)


@dataclass(frozen=True)
class Explanation:
    """The long form of a diagnostic code, for `imnnc explain`."""

    code: str
    title: str
    text: str
    example: str = field(default="")


@cache
def explanations() -> dict[str, Explanation]:
    """Every diagnostic code that the compiler can print, with its explanation.

    They are data: `imnnc/explanations/*.toml`, one table a code with `title`, `text` and,
    where a source can provoke it, `example`.
    """
    found: dict[str, Explanation] = {}
    for path in sorted(resource("explanations").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[code] = Explanation(code, **entry)
    return found
