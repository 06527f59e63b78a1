"""Takes modules apart that have more ports than a simulator can connect to a subcircuit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from imnnc.circuit.check import check_circuit
from imnnc.circuit.ir import (
    GROUND,
    Capacitor,
    CellArray,
    Circuit,
    Instance,
    Item,
    ModelCell,
    Module,
    Parameter,
    Reference,
    Resistor,
    SinhResistor,
    Transistor,
    Value,
    VoltageSource,
)
from imnnc.circuit.names import joined


def inline_wide_modules(circuit: Circuit, largest_ports: int) -> Circuit:
    """The same circuit, in which only the top can have more than `largest_ports` ports.

    An instance of a wider module is replaced by what is in the module.  Parts and nets of its
    own get the instance's name before theirs; the name of a cell array stays, as it is the name
    of a crossbar wherever its cells lie.
    """
    wide = {
        module.name: module for module in circuit.modules[:-1] if len(module.ports) > largest_ports
    }
    if not wide:
        return circuit
    modules: dict[str, Module] = {}
    for module in circuit.modules:
        items: list[Item] = []
        nets = list(module.nets)
        for item in module.items:
            if isinstance(item, Instance) and item.of in wide:
                inner = modules[item.of]
                items += _inlined(item, inner)
                nets += [joined((item.name, net)) for net in inner.nets]
            else:
                items.append(item)
        modules[module.name] = replace(module, items=tuple(items), nets=tuple(nets))
    kept = tuple(module for name, module in modules.items() if name not in wide)
    return check_circuit(replace(circuit, modules=kept))


def _inlined(instance: Instance, module: Module) -> list[Item]:
    """The items of `module` as `instance` has them, in the terms of the module around it."""
    nets = {GROUND: GROUND, **dict(zip(module.ports, instance.nets, strict=True))}
    nets.update((net, joined((instance.name, net))) for net in module.nets)
    values = {parameter.name: parameter.value for parameter in module.parameters}
    values.update((parameter.name, parameter.value) for parameter in instance.parameters)

    def value(old: Value) -> Value:
        return values[old.parameter] if isinstance(old, Reference) else old

    return [_moved(item, instance.name, nets, value) for item in module.items]


def _moved(
    item: Item, prefix: str, nets: Mapping[str, str], value: Callable[[Value], Value]
) -> Item:
    name = joined((prefix, item.name))
    match item:
        case Resistor() | Capacitor():
            return replace(item, name=name, plus=nets[item.plus], minus=nets[item.minus])
        case ModelCell():
            return replace(item, name=name, plus=nets[item.plus], minus=nets[item.minus])
        case SinhResistor():
            plus, minus = nets[item.plus], nets[item.minus]
            return replace(item, name=name, plus=plus, minus=minus, ohms=value(item.ohms))
        case VoltageSource():
            return replace(
                item,
                name=name,
                plus=nets[item.plus],
                minus=nets[item.minus],
                volts=value(item.volts),
            )
        case Transistor():
            return replace(
                item,
                name=name,
                drain=nets[item.drain],
                gate=nets[item.gate],
                source=nets[item.source],
                bulk=nets[item.bulk],
                multiplier=value(item.multiplier),
            )
        case Instance():
            return replace(
                item,
                name=name,
                nets=tuple(nets[net] for net in item.nets),
                parameters=tuple(Parameter(x.name, value(x.value)) for x in item.parameters),
            )
        case CellArray():
            return replace(
                item,
                rows=tuple(nets[net] for net in item.rows),
                columns=tuple(nets[net] for net in item.columns),
                prefix=joined((prefix, item.prefix)),
            )
