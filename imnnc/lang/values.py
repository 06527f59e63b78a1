"""What expressions mean: constants, and arithmetic on exact quantities with dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from imnnc.diagnostics import Label, Source, Span, fail
from imnnc.lang.problems import Problems, already_reported
from imnnc.lang.syntax import Arithmetic, Expression, Group, Name, Negative, Node, Number
from imnnc.nearby import suggestion
from imnnc.spelling import LONGEST_NAME
from imnnc.units import MAX_DIGITS, MAX_EXPONENT, PLAIN, UNITS, Quantity, literal

# Beyond these, exact arithmetic is no longer fast and no float could hold the result.
_MAX_BITS = 4096
_MAX_SCALE_BITS = 498  # 1e150


@dataclass(frozen=True)
class Constant:
    """What a `let` has defined; no value where it is wrong, which has been reported."""

    name: Span
    value: Quantity | None


@dataclass(frozen=True)
class Definition:
    """A `let`, or what `-D` puts in its place: where the name and the expression stand."""

    name: Span
    expression: Expression
    source: Source  # of the expression


class Scope:
    """Evaluates the expressions of one source with the constants that it sees."""

    def __init__(
        self,
        source: Source,
        constants: Mapping[str, Constant],
        names: Collection[str] | None = None,
    ) -> None:
        """`names` are those that may be suggested, all the constants unless it is given."""
        self.source = source
        self.constants = constants
        self._names = constants if names is None else names

    def span(self, node: Node) -> Span:
        """The place of a node of this source."""
        return node.span(self.source)

    def snippet(self, node: Node) -> str:
        """The text of a node, short enough for a message."""
        text = " ".join(self.source.text[node.start : node.end].split())
        return text if len(text) <= 40 else f"{text[:37]}..."

    def with_unit(self, symbol: str) -> Scope:
        """The same, where a unit may stand by itself, as in `/ V`; constants come before it."""
        unit = Constant(Span(self.source, 0, 0), UNITS[symbol])
        return Scope(self.source, {symbol: unit, **self.constants}, self._names)

    def evaluate(self, expression: Expression) -> Quantity:
        """The value of an expression; raises `CompileError` at the operand that is wrong."""
        match expression:
            case Number():
                return self._number(expression)
            case Name():
                return self._constant(expression)
            case Group():
                return self.evaluate(expression.inner)
            case Negative():
                # The sign belongs to a temperature in degrees Celsius: -40 C is a literal.
                operand = self.evaluate(expression.operand)
                return Quantity(-operand.value, operand.dimension, operand.celsius)
            case Arithmetic():
                return self._chain(expression)

    def _number(self, number: Number) -> Quantity:
        try:
            return literal(number.digits, number.unit)
        except OverflowError:
            raise fail(
                "IM016",
                f"a number must have at most {MAX_DIGITS} digits "
                f"and an exponent from -{MAX_EXPONENT} to {MAX_EXPONENT}",
                self.span(number),
            ) from None

    def _constant(self, name: Name) -> Quantity:
        constant = self.constants.get(name.text)
        if constant is None:
            raise fail(
                "IM101",
                f"undefined constant `{name.text[:60]}`",
                self.span(name),
                help=suggestion(name.text, self._names)
                or "constants are defined with `let name = value`",
            )
        if constant.value is None:
            raise already_reported()
        return constant.value

    def _chain(self, chain: Arithmetic) -> Quantity:
        result = self._operand(chain.first)
        left = chain.first
        for operator, expression in chain.rest:
            operand = self._operand(expression)
            result = self._apply(operator, result, operand, left, expression)
            self._check_size(result, chain)
            left = expression
        return result

    def _operand(self, expression: Expression) -> Quantity:
        quantity = self.evaluate(expression)
        if quantity.celsius:
            raise fail(
                "IM108",
                "a temperature in degrees Celsius takes no part in arithmetic",
                self.span(expression),
                help="compute in kelvins, `300 K`, or write the result",
            )
        return quantity

    def _apply(
        self,
        operator: str,
        left: Quantity,
        right: Quantity,
        left_node: Expression,
        right_node: Expression,
    ) -> Quantity:
        if operator == "*":
            return Quantity(left.value * right.value, left.dimension * right.dimension)
        if operator == "/":
            if right.value == 0:
                raise fail("IM103", "division by zero", self.span(right_node))
            return Quantity(left.value / right.value, left.dimension / right.dimension)
        if left.dimension != right.dimension:
            raise fail(
                "IM107",
                f"the two sides of `{operator}` must be of one kind, "
                f"not {left.dimension} and {right.dimension}",
                self.span(right_node),
                label=str(right.dimension),
                secondary=[Label(self.span(left_node), str(left.dimension))],
                help="is a unit missing?" if PLAIN in (left.dimension, right.dimension) else None,
            )
        value = left.value + right.value if operator == "+" else left.value - right.value
        return Quantity(value, left.dimension)

    def _check_size(self, result: Quantity, chain: Arithmetic) -> None:
        above = result.value.numerator.bit_length()
        below = result.value.denominator.bit_length()
        if above and (max(above, below) > _MAX_BITS or abs(above - below) > _MAX_SCALE_BITS):
            raise fail(
                "IM016",
                "the result must be between 1e-150 and 1e150 and have a moderate number of digits",
                self.span(chain),
            )
        if any(abs(exponent) > 50 for exponent in result.dimension.exponents):
            raise fail("IM016", "the result has an impossible power of a unit", self.span(chain))


def evaluate_constants(
    definitions: Mapping[str, Definition],
    inherited: Mapping[str, Constant],
    problems: Problems,
) -> dict[str, Constant]:
    """The inherited constants and those defined here, which may refer to each other.

    The order of definitions does not matter; a cycle is reported once.
    """
    constants = dict(inherited)
    for name in definitions:
        _evaluate_one(name, definitions, constants, problems)
    return constants


def _evaluate_one(
    name: str,
    definitions: Mapping[str, Definition],
    constants: dict[str, Constant],
    problems: Problems,
) -> None:
    """Evaluate a constant after those that it needs, without recursion: chains may be long."""
    path: dict[str, Iterator[Name]] = {}
    pending = [name]
    while pending:
        current = pending[-1]
        if current in constants:
            pending.pop()
            path.pop(current, None)
            continue
        definition = definitions[current]
        needed = path.setdefault(current, names_in(definition.expression))
        reference = next((x for x in needed if x.text in definitions), None)
        if reference is None:
            constants[current] = _constant(definition, constants, definitions, problems)
        elif reference.text in path:
            cycle = [*list(path)[list(path).index(reference.text) :], reference.text]
            _report_cycle(cycle, definition, reference, problems)
            for member in cycle:
                constants[member] = Constant(definitions[member].name, None)
        elif reference.text not in constants:
            pending.append(reference.text)


def _constant(
    definition: Definition,
    constants: Mapping[str, Constant],
    definitions: Mapping[str, Definition],
    problems: Problems,
) -> Constant:
    value = None
    with problems.gathered():
        scope = Scope(definition.source, constants, definitions)
        value = scope.evaluate(definition.expression)
    return Constant(definition.name, value)


def _report_cycle(
    cycle: list[str], definition: Definition, reference: Name, problems: Problems
) -> None:
    with problems.gathered():
        raise fail(
            "IM102",
            f"the constant `{cycle[0]}` is defined by itself",
            reference.span(definition.source),
            notes=[_chain_note(cycle)],
        )


def _chain_note(cycle: list[str]) -> str:
    shown = cycle if len(cycle) <= 8 else [*cycle[:4], "...", *cycle[-3:]]
    return " -> ".join(shown)


def names_in(expression: Expression) -> Iterator[Name]:
    """Every reference to a constant in an expression."""
    match expression:
        case Name():
            yield expression
        case Number():
            pass
        case Group():
            yield from names_in(expression.inner)
        case Negative():
            yield from names_in(expression.operand)
        case Arithmetic():
            yield from names_in(expression.first)
            for _, operand in expression.rest:
                yield from names_in(operand)


def declared(name: Name, scope: Scope) -> str:
    """The text of a name that the source gives to something; bounded, since files carry it."""
    if len(name.text) > LONGEST_NAME:
        raise fail(
            "IM018",
            f"a name must have at most {LONGEST_NAME} characters, this one has {len(name.text)}",
            scope.span(name),
        )
    return name.text
