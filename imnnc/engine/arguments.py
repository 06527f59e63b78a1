"""Diagnostics of what a user has written on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from imnnc.diagnostics import CompileError, ExitCode, Source, Span, fail


def argument_span(argument: str, part: str) -> Span:
    """Where `part` stands in an argument of the command line, for diagnostics."""
    start = max(argument.find(part), 0)
    return Span(Source("command line", argument), start, start + max(len(part), 1))


def unknown(code: str, what: str, name: str, known: Iterable[str], argument: str) -> CompileError:
    """The error that the user wrote a name that does not exist, with the nearest that does."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return fail(
        code,
        f"no {what} is called `{name}`",
        argument_span(argument, name),
        notes=[f"there are {', '.join(f'`{x}`' for x in names)}"] if names else [],
        help=f"did you mean `{near[0]}`?" if near else None,
        exit_code=ExitCode.USAGE,
    )
