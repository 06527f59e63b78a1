"""Constants given on the command line, `-D name=expression`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from imnnc.diagnostics import Source, Span, fail
from imnnc.lang.parse import parse_expression
from imnnc.lang.problems import Problems
from imnnc.lang.values import Definition
from imnnc.lang.vocabulary import listing
from imnnc.nearby import suggestion

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Overrides:
    """The definitions that take the place of those in the source."""

    def __init__(self, defines: Mapping[str, str], problems: Problems) -> None:
        self._problems = problems
        self.definitions: dict[str, Definition] = {}
        for name, text in defines.items():
            with problems.gathered():
                self.definitions[name] = _definition(name, text)

    def replace(self, definitions: Mapping[str, Definition]) -> dict[str, Definition]:
        """The definitions of a source, with those that are overridden replaced."""
        return {name: self.definitions.get(name, old) for name, old in definitions.items()}

    def report_unused(self, known: Iterable[str]) -> None:
        """An override that overrides nothing is a typing error, not a wish."""
        names = list(known)
        for name, definition in self.definitions.items():
            if name not in names:
                with self._problems.gathered():
                    raise fail(
                        "IM105",
                        f"there is no constant `{name}` to override",
                        definition.name,
                        help=suggestion(name, names) or _existing(names),
                    )


def _existing(names: list[str]) -> str:
    return f"there is {listing(names, 'and')}" if names else "the source has no `let`"


def _definition(name: str, text: str) -> Definition:
    source = Source("-D", f"{name}={text}")
    span = Span(source, 0, len(name))
    if _NAME.fullmatch(name) is None:
        raise fail(
            "IM106",
            "`-D` must be followed by `name=value`",
            span,
            help="a name is made of the letters a to z, digits and `_`",
        )
    # The name is blanked, so that places in the expression are places in the whole.
    blanked = Source("-D", " " * (len(name) + 1) + text)
    return Definition(span, parse_expression(blanked), blanked)
