"""From tree to text, on one line; `format` breaks lines and puts the comments back."""

from __future__ import annotations

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

# Between two settings on one line, which no other sign separates.
GAP = "   "


def print_value(value: Value) -> str:
    """A value of a setting."""
    match value:
        case Text():
            return f'"{value.text}"'
        case Range():
            return f"{print_value(value.low)} .. {print_value(value.high)}"
        case Mapping():
            return f"{print_value(value.domain)} -> {print_value(value.image)}"
        case Law():
            return f"{value.name.text} {print_value(value.slope)}"
        case LawModel():
            words = (value.subcircuit, value.quantity, value.parameter)
            named = " ".join(word.text for word in words)
            return f"{value.name.text} {print_value(value.library)} {named}"
        case Foreign():
            names = ", ".join(name.text for name in value.sections)
            section = f" section {names}" if names else ""
            return f"{value.dialect.text} {print_value(value.file)}{section}"
        case Name():
            return value.text
        case Number():
            return value.digits if value.unit is None else f"{value.digits} {value.unit}"
        case Group():
            return f"({print_value(value.inner)})"
        case Negative():
            return f"-{print_value(value.operand)}"
        case Arithmetic():
            return _print_chain(value)


def _print_chain(chain: Arithmetic) -> str:
    parts = [print_value(chain.first)]
    parts += [f"{operator} {print_value(operand)}" for operator, operand in chain.rest]
    return " ".join(parts)


def print_setting(setting: Setting) -> str:
    """A setting with its block, if it has one."""
    head = print_setting_head(setting)
    return f"{head} {print_block(setting.block)}" if isinstance(setting.block, Block) else head


def print_setting_head(setting: Setting) -> str:
    """A setting without its block; its parts belong to it."""
    if isinstance(setting.block, Parts):
        parts = GAP.join(print_setting(part) for part in setting.block.settings)
        return f"{setting.key.text} {parts}"
    return f"{setting.key.text} {', '.join(map(print_value, setting.values))}"


def print_block(block: Block | Neurons) -> str:
    """A block on one line."""
    if isinstance(block, Block):
        members = [print_setting(setting) for setting in block.settings]
    else:
        members = [print_neuron(member) for member in block.members]
    return f"{{ {GAP.join(members)} }}" if members else "{ }"


def print_neuron(member: Inverter | Unformed) -> str:
    """A member of a layer."""
    if isinstance(member, Unformed):
        return f"unformed {', '.join(map(print_value, member.shares))}"
    return _print_inverter(member)


def _print_inverter(inverter: Inverter) -> str:
    text = f"inverter size {print_value(inverter.size)}"
    if inverter.step is not None:
        text += f" step {print_value(inverter.step)}"
    return f"{text} continuous" if inverter.continuous else text


def print_size(width: Expression, name: Name) -> str:
    """The name and the width of an input or a layer."""
    return f"{name.text}[{print_value(width)}]"


def print_declaration_head(declaration: Declaration) -> str:
    """A declaration without the block that it may have."""
    match declaration:
        case Import():
            return f"import {print_value(declaration.path)}"
        case Let():
            return f"let {declaration.name.text} = {print_value(declaration.value)}"
        case Network():
            return f"network {declaration.name.text}"
        case Emit():
            return f"emit {_print_targets(declaration)}"
        case Section():
            name = "" if declaration.name is None else f" {declaration.name.text}"
            return f"{declaration.keyword.text}{name}"


def _print_targets(declaration: Emit) -> str:
    parts = []
    if declaration.dialects:
        parts.append(", ".join(name.text for name in declaration.dialects))
    if declaration.programming:
        names = ", ".join(name.text for name in declaration.programming)
        parts.append(f"programming {names}")
    return ", ".join(parts)


def print_member_heads(members: tuple[Port | Layer, ...]) -> list[str]:
    """Inputs and layers without what follows their width, with the keywords in one column."""
    keywords = ["input" if isinstance(x, Port) else x.keyword.text for x in members]
    longest = max(map(len, keywords), default=0)
    return [
        f"{keyword:{longest}} {print_size(member.width, member.name)}"
        for keyword, member in zip(keywords, members, strict=True)
    ]
