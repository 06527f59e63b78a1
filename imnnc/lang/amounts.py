"""Numbers of settings: one, several, a range, each within what it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from imnnc.diagnostics import CompileError, Label, Span, fail
from imnnc.lang.bounds import within
from imnnc.lang.problems import Problems, already_reported
from imnnc.lang.syntax import Foreign, Law, LawModel, Mapping, Range, Text, Value
from imnnc.lang.values import Scope
from imnnc.limits import Bounds

MAX_VALUES = 32  # of a setting that is swept: each is trained with


@dataclass(frozen=True)
class Amount:
    """A number that was given as a value, and where."""

    value: Fraction
    span: Span


def evaluate_range(
    node: Range, what: str, bounds: Bounds, scope: Scope, *, may_be_equal: bool = False
) -> tuple[Fraction, Fraction]:
    """Both ends of a range, each within its bounds, the lower one first."""
    problems = Problems()
    ends: list[Fraction] = []
    for end in (node.low, node.high):
        with problems.gathered():
            ends.append(within(what, scope.evaluate(end), bounds, scope.span(end)))
    problems.check()
    if len(ends) < 2:  # reported where the constant is defined
        raise already_reported()
    low, high = ends
    if low > high:
        raise fail(
            "IM116",
            f"a range must go from low to high, not from {bounds.show(low)} to {bounds.show(high)}",
            scope.span(node),
            help="exchange its ends",
        )
    if low == high and not may_be_equal:
        raise fail(
            "IM116",
            f"`{what}` must be a range with two different ends, both are {bounds.show(low)}",
            scope.span(node),
        )
    return low, high


def different_amounts(
    key: str, values: Sequence[Value], bounds: Bounds, scope: Scope, problems: Problems
) -> tuple[Amount, ...]:
    """The numbers of a list, different and within bounds: those that are right."""
    amounts: dict[float, Amount] = {}
    for value in values[:MAX_VALUES]:
        with problems.gathered():
            amount = amount_of(key, value, bounds, scope, "a number or a list of numbers")
            span = scope.span(value)
            first = amounts.setdefault(float(amount), Amount(amount, span))
            if first.span != span:
                raise fail(
                    "IM111",
                    f"`{key}` has the value {bounds.show(amount)} twice",
                    span,
                    secondary=[Label(first.span, "first given here")],
                )
    with problems.gathered():
        if len(values) > MAX_VALUES:
            raise fail(
                "IM113",
                f"`{key}` takes at most {MAX_VALUES} values, not {len(values)}",
                scope.span(values[MAX_VALUES]),
            )
    return tuple(amounts.values())


def amount_of(key: str, value: Value, bounds: Bounds, scope: Scope, expected: str) -> Fraction:
    """The number that a value is, within bounds; `expected` is what else it would have to be."""
    if isinstance(value, Text | Range | Mapping | Law | LawModel | Foreign):
        raise wrong_kind(key, value, scope, expected)
    return within(key, scope.evaluate(value), bounds, scope.span(value))


def wrong_kind(key: str, value: Value, scope: Scope, expected: str) -> CompileError:
    """The failure of a value that is none of its setting, which must be what is `expected`."""
    return fail(
        "IM113", f"`{key}` must be {expected}, not `{scope.snippet(value)}`", scope.span(value)
    )
