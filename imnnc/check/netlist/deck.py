"""A netlist as a value: modules, the devices in them, and the settings of the simulation.

Names are in lower case, as simulators do not tell them apart; numbers are in SI units, so that
`1e6`, `1000k` and `1meg` are one value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

# A number in SI units, or the text of an expression without blanks.
Value = float | str

TOP = ""  # the name of the module that stands for the testbench itself
GROUND = "0"
VALUE = "value"  # the name of what a resistor, a capacitor or a source has without a name

SYMMETRIC = frozenset("rcl")  # their two terminals are alike


class Device(NamedTuple):
    """One element of a netlist: a primitive, an instance of a module, or a guess of a voltage.

    `kind` is the letter that its line starts with; `.nodeset` and `.ic` are guesses.  `model` is
    the model, or the module of which it is an instance.
    """

    kind: str
    name: str
    nets: tuple[str, ...]
    model: str
    values: tuple[tuple[str, Value], ...]
    place: str  # file:line


@dataclass(frozen=True)
class Module:
    """One `.subckt`: its ports in order, the defaults of its parameters, its devices."""

    name: str
    ports: tuple[str, ...]
    defaults: tuple[tuple[str, Value], ...]
    devices: tuple[Device, ...]
    place: str

    def by_name(self) -> dict[str, Device]:
        """The devices by their names."""
        return {device.name: device for device in self.devices}


@dataclass(frozen=True)
class Deck:
    """A testbench with everything that it includes, but for the device models.

    Attributes:
        top: the testbench's own devices.
        modules: the others, by name.
        libraries: the model files with the section that is taken of each, empty for all of it.
        settings: temperature, options, parameters and analyses, by what they are called.
        globals: nets that are the same in every module.
        files: every file that was read.
        models: statements of models that stand in the netlist itself, in place of `libraries`.
    """

    top: Module
    modules: dict[str, Module]
    libraries: tuple[tuple[str, str], ...]
    settings: dict[str, Value]
    globals: frozenset[str]
    files: tuple[Path, ...]
    models: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Value]:
        """The parameters of the whole deck."""
        start = "parameter "
        return {
            name.removeprefix(start): value
            for name, value in self.settings.items()
            if name.startswith(start)
        }

    def with_local_names(self) -> Deck:
        """The same deck, its modules without the name of the network before theirs.

        `iris_inverter` and `iris_crossbar_kind` become `inverter` and `crossbar_kind`, which is
        what netlists of earlier versions call them: neither of the two forms is a difference.
        """
        end = "_inverter"
        found = [name.removesuffix(end) for name in self.modules if name.endswith(end)]
        if len(found) != 1:
            return self
        start = f"{found[0]}_"
        local = {x: x.removeprefix(start) for x in self.modules if x.startswith(start)}
        if not self.modules.keys().isdisjoint(local.values()):
            return self

        def renamed(module: Module) -> Module:
            devices = tuple(
                x._replace(model=local[x.model]) if x.kind == "x" and x.model in local else x
                for x in module.devices
            )
            return replace(module, name=local.get(module.name, module.name), devices=devices)

        modules = {local.get(name, name): renamed(x) for name, x in self.modules.items()}
        return replace(self, top=renamed(self.top), modules=modules)

    def is_module(self, device: Device) -> bool:
        """Whether a device is an instance of one of the deck's own modules."""
        return device.kind == "x" and device.model in self.modules

    def terminals(self, device: Device) -> tuple[str, ...]:
        """What the terminals of a device are called."""
        if self.is_module(device):
            return self.modules[device.model].ports
        if device.kind == "m":
            return ("drain", "gate", "source", "bulk")
        if device.kind in "vid":
            return ("plus", "minus")
        return tuple(f"terminal {number}" for number in range(1, len(device.nets) + 1))
