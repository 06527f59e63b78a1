"""Checks of a circuit before it becomes text: names, and that everything is connected.

What a user's file says reaches a deck as the name of something or as a number; which names are
words and nothing more, `imnnc.spelling` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from imnnc import spelling
from imnnc.circuit.ir import (
    GROUND,
    Capacitor,
    CellArray,
    Circuit,
    Instance,
    ModelCell,
    Module,
    Reference,
    Resistor,
    Scaled,
    SinhResistor,
    Transistor,
    VoltageSource,
)
from imnnc.circuit.naming import clash, refusal
from imnnc.design import Network
from imnnc.diagnostics import CompileError, Label, Span, fail
from imnnc.spelling import LONGEST_NAME


def check_name(name: str, span: Span | None = None) -> str:
    """`name`, which is an identifier that every netlist dialect takes; else fails with IM501."""
    if not spelling.NAME.fits(name):
        raise fail(
            "IM501",
            "a name in a netlist must consist of letters, digits and `_` and start with no digit, "
            f"in at most {LONGEST_NAME} characters, was `{_shown(name)}`",
            span,
        )
    return name


def check_network_name(name: str, dialects: Iterable[str], span: Span | None = None) -> None:
    """Fail with IM501 where a network cannot be called so in some dialects."""
    if refused := refusal(name, dialects):
        raise fail(
            "IM501",
            f"a network cannot be called `{name}`",
            span,
            notes=[refused.reason],
            help=refused.help,
        )


def check_network(network: Network, dialects: Iterable[str]) -> None:
    """Fail with IM500 and IM501 where names of a network cannot be written in some dialects."""
    check_network_name(network.name, dialects, network.span)
    if found := clash(network, dialects):
        raise _same(found.name, found.name, "part", found.second.span, found.first.span)


def check_model_name(name: str, span: Span | None = None) -> str:
    """`name` of a device or corner, as model libraries have them; else fails with IM501."""
    if not spelling.MODEL.fits(name):
        raise fail(
            "IM501",
            "a device or a corner must be a name of letters, digits, `_` and `.`, "
            f"was `{_shown(name)}`",
            span,
        )
    return name


def check_file_name(name: str, span: Span | None = None) -> str:
    """`name` of a file without its folder, that a netlist can include; else fails with IM501."""
    if not spelling.FILE.fits(name):
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
    check_network_name(circuit.name, (), circuit.span)
    _check_distinct([(module.name, module.span) for module in circuit.modules], "subcircuit")
    known: dict[str, Module] = {}
    for module in circuit.modules:
        _check_module(module, known)
        known[module.name] = module
    for include in circuit.includes:
        if not (include.is_named and spelling.PATH.fits(include.file)):
            for part in include.file.split("/"):
                check_file_name(part, circuit.span)
        if include.section is not None:
            check_model_name(include.section, circuit.span)
    return circuit


def check_one_space(module: Module) -> None:
    """Fail with IM500 where a net has the name of an instance, which Verilog forbids.

    Letter case counts there, unlike in other netlists.
    """
    nets = {*module.ports, *module.nets}
    for item in module.items:
        if isinstance(item, Instance) and f"X{item.name}" in nets:
            raise _same(f"X{item.name}", f"X{item.name}", "net and part", item.span, module.span)


def _check_module(module: Module, known: dict[str, Module]) -> None:
    nets = (*module.ports, *module.nets)
    for name in (module.name, *nets, *(item.name for item in module.items)):
        if not spelling.PART.fits(name):
            check_name(name, module.span)
    _check_distinct([(net, module.span) for net in nets], "net")
    _check_distinct(list(_parts(module)), "part")
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
        elif isinstance(item, SinhResistor):
            _check_reference(item.ohms, parameters, where)
        elif isinstance(item, ModelCell):
            check_name(item.of, item.span)
            for parameter in item.parameters:
                check_name(parameter.name, item.span)
                _check_reference(parameter.value, parameters, where)
        elif isinstance(item, VoltageSource):
            _check_reference(item.volts, parameters, where)
        elif isinstance(item, CellArray):
            if item.cell is not None and item.cell.module not in known:
                raise ValueError(f"{where}: module {item.cell.module} is not declared before")
            if item.ohms.shape != (len(item.rows), len(item.columns)):
                raise ValueError(f"{where}: {item.ohms.shape} cells")
            if not (item.ohms > 0).all():
                raise ValueError(f"{where}: a resistance is not positive")
            if not np.isfinite(item.ohms).any(axis=0).all():
                raise ValueError(f"{where}: a column has no cell")


def _parts(module: Module) -> Iterator[tuple[str, Span | None]]:
    """What a netlist calls the parts of a module, a letter for their kind before their names."""
    for item in module.items:
        match item:
            case CellArray():
                letter = "R" if item.cell is None else "X"
                yield from ((f"{letter}{item.prefix}{row}_0", item.span) for row in item.row_names)
            case Resistor():
                yield f"R{item.name}", item.span
            case SinhResistor():
                yield f"B{item.name}", item.span
            case ModelCell():
                yield f"X{item.name}", item.span
            case Capacitor():
                yield f"C{item.name}", item.span
            case VoltageSource():
                yield f"V{item.name}", item.span
            case Transistor():
                yield f"{'X' if item.is_subcircuit else 'M'}{item.name}", item.span
            case Instance():
                yield f"X{item.name}", item.span


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
    if isinstance(value, Reference | Scaled) and value.parameter not in parameters:
        raise ValueError(f"{where}: parameter {value.parameter} is not declared")


def _check_distinct(named: Iterable[tuple[str, Span | None]], what: str) -> None:
    """Fail with IM500 where two names are the same to a simulator, which ignores case."""
    seen: dict[str, tuple[str, Span | None]] = {}
    for name, span in named:
        key = name.lower()
        if key in seen:
            first, first_span = seen[key]
            raise _same(name, first, what, span, first_span)
        seen[key] = (name, span)


def _same(
    name: str, first: str, what: str, span: Span | None, first_span: Span | None
) -> CompileError:
    secondary = []
    if span is not None and first_span is not None and first_span != span:
        secondary.append(Label(first_span, f"`{first}` comes from here"))
    return fail(
        "IM500",
        f"each {what} of a netlist must have a name of its own, "
        f"`{name}` and `{first}` are the same in it",
        span or first_span,
        secondary=secondary,
        notes=["netlists do not tell upper from lower case"],
        help="rename the network, the layer or the input that it is named after",
    )


def _shown(name: str) -> str:
    """`name` on one line and not too long."""
    printable = "".join(c if c.isprintable() else "�" for c in name)
    return printable if len(printable) <= LONGEST_NAME else f"{printable[:LONGEST_NAME]}..."
