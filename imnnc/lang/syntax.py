"""The abstract syntax tree, as the grammar has it: nothing is resolved or checked yet.

Every node knows where it stands, as offsets `start` and `end` into the text of its source;
places take no part in equality, so that two layouts of one program compare equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from imnnc.diagnostics import Source, Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that has a place in the source."""

    start: int = field(compare=False, repr=False)
    end: int = field(compare=False, repr=False)

    def span(self, source: Source) -> Span:
        """The place of the node, for a diagnostic."""
        return Span(source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A word: the name of a thing, a reference to a constant, one of a set of choices."""

    text: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as it was written, and its unit."""

    digits: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Group(Node):
    """An expression in parentheses."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """Unary minus."""

    operand: Name | Number | Group


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operands with operators of one precedence between them, from the left.

    A chain is flat, so that the depth of the tree is that of its parentheses alone.
    """

    first: Expression
    rest: tuple[tuple[str, Expression], ...]  # operator and right operand


Expression: TypeAlias = Name | Number | Group | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string; `text` is what stands between the quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`low .. high`."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """`low .. high -> low .. high`."""

    domain: Range
    image: Range


@dataclass(frozen=True, slots=True)
class Law(Node):
    """`name slope`: how the current of a cell bends with the voltage across it."""

    name: Name
    slope: Expression


@dataclass(frozen=True, slots=True)
class LawModel(Node):
    """`model "file" subcircuit conductance parameter`: cells as somebody has them for SPICE."""

    name: Name
    library: Text
    subcircuit: Name
    quantity: Name
    parameter: Name


@dataclass(frozen=True, slots=True)
class Foreign(Node):
    """`spectre "file" section name, name`: a library as another simulator reads it."""

    dialect: Name
    file: Text
    sections: tuple[Name, ...] = ()


Value: TypeAlias = Expression | Text | Range | Mapping | Law | LawModel | Foreign


@dataclass(frozen=True, slots=True)
class Parts(Node):
    """Words with a value each behind a word that has none itself: `wire row 1 Ohm column 2 Ohm`."""

    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """A word of a block with its values, and a block of its own where it is a compound.

    Without values it has parts.
    """

    key: Name
    values: tuple[Value, ...]
    block: Block | Parts | None = None


@dataclass(frozen=True, slots=True)
class Block(Node):
    """Settings in braces."""

    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`import "file"`."""

    path: Text


@dataclass(frozen=True, slots=True)
class Let(Node):
    """`let name = expression`."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Section(Node):
    """A `technology`, `memristor`, `crossbar`, `data`, `train` or `verify` block."""

    keyword: Name
    name: Name | None
    block: Block | None


@dataclass(frozen=True, slots=True)
class Inverter(Node):
    """`inverter size low .. high step x`; without a step and not `continuous`: whole units."""

    size: Expression | Range
    step: Expression | None = None
    continuous: bool = False


@dataclass(frozen=True, slots=True)
class Port(Node):
    """`input name[width] in low .. high`."""

    name: Name
    width: Expression
    limits: Range | None = None


@dataclass(frozen=True, slots=True)
class Unformed(Node):
    """`unformed share, share`: how many of a crossbar's cells are not formed."""

    shares: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Neurons(Node):
    """The braces behind a layer."""

    members: tuple[Inverter | Unformed, ...]

    @property
    def inverters(self) -> tuple[Inverter, ...]:
        """What is said of the inverters."""
        return tuple(x for x in self.members if isinstance(x, Inverter))

    @property
    def unformed(self) -> tuple[Unformed, ...]:
        """What is said of cells that are not formed."""
        return tuple(x for x in self.members if isinstance(x, Unformed))


@dataclass(frozen=True, slots=True)
class Layer(Node):
    """`layer name[width] { inverter ... }`, or `output` in the place of `layer`."""

    keyword: Name
    name: Name
    width: Expression
    neurons: Neurons | None = None


@dataclass(frozen=True, slots=True)
class Network(Node):
    """`network name { ... }`."""

    name: Name
    members: tuple[Port | Layer, ...]


@dataclass(frozen=True, slots=True)
class Emit(Node):
    """`emit dialects, programming formats`."""

    dialects: tuple[Name, ...]
    programming: tuple[Name, ...]


Declaration: TypeAlias = Import | Let | Section | Network | Emit


@dataclass(frozen=True, slots=True)
class File:
    """One parsed source file."""

    source: Source = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
