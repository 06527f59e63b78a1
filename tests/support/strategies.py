"""Random syntax trees, printed with random white space and comments in between."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from imnnc.design import METHODS
from imnnc.lang import printer
from imnnc.lang.syntax import (
    Arithmetic,
    Block,
    Declaration,
    Emit,
    Expression,
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
    Value,
)
from imnnc.lang.vocabulary import SETTINGS, WORDS
from imnnc.units import UNITS

HERE = (0, 0)  # places take no part in equality

# Names that are words of the language as well, where the grammar can tell them apart.
names = st.builds(
    lambda text: Name(*HERE, text),
    st.one_of(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True),
        st.sampled_from(sorted(WORDS)),
    ),
)
plain_names = names.filter(lambda name: name.text not in WORDS)
numbers = st.builds(
    lambda digits, unit: Number(*HERE, digits, unit),
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    st.one_of(st.none(), st.sampled_from(sorted(UNITS))),
)


def _grouped(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    atoms = st.one_of(numbers, names, st.builds(lambda x: Group(*HERE, x), inner))
    operands = st.one_of(atoms, st.builds(lambda x: Negative(*HERE, x), atoms))
    products = st.one_of(operands, _chains(operands, "*/"))
    return st.one_of(products, _chains(products, "+-"))


def _chains(
    operands: st.SearchStrategy[Expression], operators: str
) -> st.SearchStrategy[Expression]:
    rest = st.lists(st.tuples(st.sampled_from(operators), operands), min_size=1, max_size=3)
    return st.builds(lambda first, rest: Arithmetic(*HERE, first, tuple(rest)), operands, rest)


expressions: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(numbers, names), _grouped, max_leaves=6
)
texts = st.builds(lambda text: Text(*HERE, text), st.from_regex(r"[a-z0-9_./ é-]*", fullmatch=True))
ranges = st.builds(lambda low, high: Range(*HERE, low, high), expressions, expressions)
mappings = st.builds(lambda domain, image: Mapping(*HERE, domain, image), ranges, ranges)
values: st.SearchStrategy[Value] = st.one_of(expressions, texts, ranges, mappings)
# A word behind a number that is a unit belongs to the number.
_NO_KEYS = {"step", "in", "programming", "section", "set", "law", *UNITS}
keys = names.filter(lambda name: name.text not in _NO_KEYS)


def _settings(depth: int) -> st.SearchStrategy[Setting]:
    lists = st.lists(values, min_size=1, max_size=3).map(tuple)
    inner = st.none() if depth == 0 else st.one_of(st.none(), blocks(depth - 1))
    ordinary = st.builds(
        lambda key, items, block: Setting(*HERE, key, items, block), keys, lists, inner
    )
    data_sets = st.from_regex(r"[a-z]{1,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
    sets = st.builds(
        lambda text: Setting(*HERE, Name(*HERE, "set"), (Name(*HERE, text),)), data_sets
    )
    laws = st.builds(
        lambda name, slope: Setting(*HERE, Name(*HERE, "law"), (Law(*HERE, name, slope),)),
        names,
        expressions,
    )
    models = st.builds(
        lambda *parts: Setting(*HERE, Name(*HERE, "law"), (LawModel(*HERE, *parts),)),
        *(names, texts, names, names, names),
    )
    foreign = st.builds(
        lambda value, block: Setting(*HERE, Name(*HERE, "library"), (value,), block),
        st.builds(
            lambda name, file, sections: Foreign(*HERE, name, file, tuple(sections)),
            *(names, texts, st.lists(names, max_size=3)),
        ),
        inner,
    )
    return st.one_of(ordinary, sets, laws, models, foreign)


def blocks(depth: int = 1) -> st.SearchStrategy[Block]:
    return st.builds(
        lambda settings: Block(*HERE, tuple(settings)), st.lists(_settings(depth), max_size=4)
    )


inverters = st.one_of(
    st.builds(lambda size: Inverter(*HERE, size), st.one_of(expressions, ranges)),
    st.builds(lambda size, step: Inverter(*HERE, size, step), ranges, expressions),
    st.builds(lambda size: Inverter(*HERE, size, None, True), ranges),
)
unformed = st.builds(
    lambda shares: Unformed(*HERE, tuple(shares)), st.lists(expressions, min_size=1, max_size=3)
)
neurons = st.builds(
    lambda items: Neurons(*HERE, tuple(items)),
    st.lists(st.one_of(inverters, unformed), max_size=3),
)
ports = st.builds(
    lambda name, width, limits: Port(*HERE, name, width, limits),
    names,
    expressions,
    st.one_of(st.none(), ranges),
)
layers = st.builds(
    lambda keyword, name, width, inner: Layer(*HERE, Name(*HERE, keyword), name, width, inner),
    st.sampled_from(["layer", "output"]),
    names,
    expressions,
    st.one_of(st.none(), neurons),
)


def _section(keyword: str, name: Name | None, block: Block | None) -> Section:
    return Section(*HERE, Name(*HERE, keyword), name, block)


@st.composite
def _training(draw: st.DrawFn) -> Section:
    """A `train` block of a method that there is, with its settings and lists of their values."""
    method = draw(st.sampled_from(list(METHODS)))
    keys = draw(st.lists(st.sampled_from(SETTINGS[f"train {method}"]), unique=True))
    lists = st.lists(expressions, min_size=1, max_size=5).map(tuple)
    settings = tuple(Setting(*HERE, Name(*HERE, key), draw(lists)) for key in keys)
    return _section("train", Name(*HERE, method), Block(*HERE, settings))


trainings = _training()


@st.composite
def _crossbar(draw: st.DrawFn) -> Section:
    """A `crossbar` block, for all layers or for one, with wires among its settings."""

    def compound(word: str, *keys: str) -> st.SearchStrategy[Setting]:
        part = st.builds(
            lambda key, value: Setting(*HERE, Name(*HERE, key), (value,)),
            st.sampled_from(keys),
            expressions,
        )
        return st.lists(part, min_size=1, max_size=3).map(
            lambda parts: Setting(*HERE, Name(*HERE, word), (), Parts(*HERE, tuple(parts)))
        )

    wire = compound("wire", "row", "column")
    capacitance = compound("capacitance", "row", "column", "cell")
    words = ("wire", "capacitance", "row", "column", "cell", "set", "law", "library")
    other = _settings(0).filter(lambda x: x.key.text not in words)
    settings = draw(st.lists(st.one_of(wire, capacitance, other), max_size=4))
    name = draw(st.one_of(st.none(), names))
    return _section("crossbar", name, Block(*HERE, tuple(settings)))


crossbars = _crossbar()
declarations: st.SearchStrategy[Declaration] = st.one_of(
    st.builds(lambda text: Import(*HERE, text), texts),
    st.builds(lambda name, value: Let(*HERE, name, value), names, expressions),
    st.builds(
        _section,
        st.sampled_from(["technology", "memristor"]),
        names,
        st.one_of(st.none(), blocks()),
    ),
    st.builds(_section, st.just("train"), names, blocks()),
    trainings,
    crossbars,
    st.builds(
        _section, st.sampled_from(["data", "verify", "chips", "program"]), st.none(), blocks()
    ),
    st.builds(
        lambda name, members: Network(*HERE, name, tuple(members)),
        names,
        st.lists(st.one_of(ports, layers), max_size=4),
    ),
    st.builds(
        lambda dialects, formats: Emit(*HERE, tuple(dialects), tuple(formats)),
        st.lists(plain_names, min_size=1, max_size=3),
        st.lists(plain_names, max_size=3),
    ),
)
files = st.lists(declarations, max_size=5).map(tuple)


def print_in_full(declaration: Declaration) -> str:
    """A declaration on one line."""
    head = printer.print_declaration_head(declaration)
    if isinstance(declaration, Section) and declaration.block is not None:
        return f"{head} {printer.print_block(declaration.block)}"
    if isinstance(declaration, Network):
        heads = printer.print_member_heads(declaration.members)
        members = []
        for member, text in zip(declaration.members, heads, strict=True):
            if isinstance(member, Port) and member.limits is not None:
                text += f" in {printer.print_value(member.limits)}"
            elif isinstance(member, Layer) and member.neurons is not None:
                text += f" {printer.print_block(member.neurons)}"
            members.append(text)
        return f"{head} {{ {' '.join(members)} }}"
    return head


_TRIVIA = st.sampled_from(
    [
        " ",
        "  ",
        "\n",
        "\n\n\n",
        "\t",
        " // c\n",
        " /* c */",
        " /* a\n  b */ ",
        "\n// one\n\n// two\n",
    ]
)
# Between a number and its unit, and inside strings and names of data sets, white space is not free.
_PIECE = re.compile(
    r'"[^"]*"|set +[a-z0-9]+(?:-[a-z0-9]+)*(?!\w)'
    r"|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?: [^\W\d]\w*| %)?"
    r"|\w+|\.\.|->|\S"
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """The text of a random file with random white space and comments between its tokens."""
    printed = "\n".join(print_in_full(declaration) for declaration in draw(files))
    pieces = _PIECE.findall(printed)
    trivia = draw(st.lists(_TRIVIA, min_size=len(pieces) + 1, max_size=len(pieces) + 1))
    return "".join(x for pair in zip(trivia, [*pieces, ""], strict=True) for x in pair)
