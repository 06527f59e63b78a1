"""Checks of a circuit before it becomes text: names, and that everything is connected.

A deck can run shell commands.  What a user's file says reaches a deck as the name of something
or as a number, so this is the one place that decides which names are words and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from imnnc.circuit.ir import GROUND, CellArray, Circuit, Instance, Module, Reference, Transistor
from imnnc.diagnostics import Label, Span, fail

LONGEST_NAME = 64  # of what a user can name; the netlist makes longer ones of these

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")

# Words that simulators replace wherever a name of their own could stand.
_RESERVED = frozenset({"gnd", "temper"})


def check_name(name: str, span: Span | None = None) -> str:
    """`name`, which is an identifier that every netlist dialect takes; else fails with IM501."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise fail(
            "IM501",
            "a name in a netlist must consist of letters, digits and `_` and start with no digit, "
            f"in at most {LONGEST_NAME} characters, was `{_shown(name)}`",
            span,
        )
    return name


def check_word(name: str, reserved: frozenset[str], language: str, span: Span | None) -> None:
    """Fail with IM501 where a subcircuit has the name of a word of the netlist's language."""
    if name.lower() in reserved:
        raise fail(
            "IM501",
            f"a subcircuit cannot be called `{name}` in a netlist for {language}, "
            "where that is a word of the language",
            span,
            help=f"rename it, or leave `{language}` out of `emit`",
        )


def check_model_name(name: str, span: Span | None = None) -> str:
    """`name` of a device or corner, as model libraries have them; else fails with IM501."""
    if not _MODEL_NAME.fullmatch(name):
        raise fail(
            "IM501",
            "a device or a corner must be a name of letters, digits, `_` and `.`, "
            f"was `{_shown(name)}`",
            span,
        )
    return name


def check_file_name(name: str, span: Span | None = None) -> str:
    """`name` of a file without its folder, that a netlist can include; else fails with IM501."""
    if not _FILE_NAME.fullmatch(name):
        raise fail(
            "IM501",
            "the name of a model file must consist of letters, digits, `_`, `.`, `+` and `-`, "
            f"was `{_shown(name)}`",
            span,
            notes=["netlists include it by this name; the folder that it is in may have any name"],
        )
    return name


def check_circuit(circuit: Circuit) -> Circuit:
    """`circuit`, which is fit to be written.

    Fails with IM500 where names of the user's meet, with IM501 where one cannot be written.
    Raises ValueError where the circuit is not connected as it says: a defect of the compiler.
    """
    check_name(circuit.name, circuit.span)
    _check_distinct([(module.name, module.span) for module in circuit.modules], "subcircuit")
    known: dict[str, Module] = {}
    for module in circuit.modules:
        _check_module(module, known)
        known[module.name] = module
    for include in circuit.includes:
        for part in include.file.split("/"):
            check_file_name(part, circuit.span)
        if include.section is not None:
            check_model_name(include.section, circuit.span)
    return circuit


def _check_module(module: Module, known: dict[str, Module]) -> None:
    nets = (*module.ports, *module.nets)
    named = [(item.name, item.span) for item in module.items]
    names = [module.name, *nets, *(name for name, _ in named)]
    for name in names:
        if not _NAME.fullmatch(name):
            check_name(name, module.span)
    if module.name.lower() in _RESERVED:
        raise fail(
            "IM501",
            f"a subcircuit can have any name but {_listed(_RESERVED)}, was `{module.name}`",
            module.span,
            notes=["simulators have a meaning of their own for these"],
        )
    _check_distinct([(net, module.span) for net in nets], "net")
    _check_distinct(named, "part")
    declared = {*nets, GROUND}
    parameters = {parameter.name for parameter in module.parameters}
    for item in module.items:
        where = f"{module.name}.{item.name}"
        for net in item.nets:
            if net not in declared:
                raise ValueError(f"{where}: net {net} is not declared")
        if isinstance(item, Instance):
            _check_instance(item, known, parameters, where)
        elif isinstance(item, Transistor):
            check_model_name(item.device, item.span)
            _check_reference(item.multiplier, parameters, where)
            if sorted(item.terminals) != ["bulk", "drain", "gate", "source"]:
                raise ValueError(f"{where}: terminals {item.terminals}")
        elif isinstance(item, CellArray):
            if item.ohms.shape != (len(item.rows), len(item.columns)):
                raise ValueError(f"{where}: {item.ohms.shape} cells")
            if not (np.isfinite(item.ohms) & (item.ohms > 0)).all():
                raise ValueError(f"{where}: a resistance is not positive")


def _check_instance(
    item: Instance, known: dict[str, Module], parameters: set[str], where: str
) -> None:
    if item.of not in known:
        raise ValueError(f"{where}: module {item.of} is not declared before")
    module = known[item.of]
    if len(item.nets) != len(module.ports):
        raise ValueError(f"{where}: {len(item.nets)} nets for {len(module.ports)} ports")
    for parameter in item.parameters:
        if parameter.name not in {x.name for x in module.parameters}:
            raise ValueError(f"{where}: {item.of} has no parameter {parameter.name}")
        _check_reference(parameter.value, parameters, where)


def _check_reference(value: object, parameters: set[str], where: str) -> None:
    if isinstance(value, Reference) and value.parameter not in parameters:
        raise ValueError(f"{where}: parameter {value.parameter} is not declared")


def _check_distinct(named: Iterable[tuple[str, Span | None]], what: str) -> None:
    """Fail with IM500 where two names are the same to a simulator, which ignores case."""
    seen: dict[str, tuple[str, Span | None]] = {}
    for name, span in named:
        key = name.lower()
        if key in seen:
            first, first_span = seen[key]
            secondary = []
            if span is not None and first_span is not None and first_span != span:
                secondary.append(Label(first_span, f"`{first}` comes from here"))
            raise fail(
                "IM500",
                f"each {what} of a netlist must have a name of its own, "
                f"`{name}` and `{first}` are the same in it",
                span or first_span,
                secondary=secondary,
                notes=["netlists do not tell upper from lower case"],
                help="rename the network, the layer or the input that it is named after",
            )
        seen[key] = (name, span)


def _shown(name: str) -> str:
    """`name` on one line and not too long."""
    printable = "".join(c if c.isprintable() else "�" for c in name)
    return printable if len(printable) <= LONGEST_NAME else f"{printable[:LONGEST_NAME]}..."


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in sorted(names))
