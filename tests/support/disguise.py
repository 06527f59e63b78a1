"""The same netlist written by somebody else: other names, another order, another layout."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from imnnc.check.netlist.deck import GROUND, TOP, VALUE, Deck, Device, Module, Value

_SUFFIXES = {"": 0, "k": 3, "meg": 6, "m": -3, "u": -6, "n": -9}


def disguised(
    deck: Deck,
    folder: Path,
    models: Path,
    seed: int,
    *,
    rename: bool = True,
    keep_outside: bool = False,
) -> Path:
    """Write a deck as one file, `other.sp`, with its models and programming; the file's path.

    `keep_outside` leaves the testbench's nets and sources their names, by which stimuli and
    voltages are called.
    """
    folder.mkdir(exist_ok=True)
    for part in (models, models.parent / "program"):
        shutil.copytree(part, folder / part.name, dirs_exist_ok=True)
    path = folder / "other.sp"
    path.write_text(_Writer(deck, random.Random(seed), rename, keep_outside).text())
    return path


class _Writer:
    def __init__(self, deck: Deck, chance: random.Random, rename: bool, keep_outside: bool) -> None:
        self.deck = deck
        self.chance = chance
        self.rename = rename
        self.keep_outside = keep_outside
        self.names: dict[tuple[str, str], str] = {}
        # The order of the ports of each module, as positions in the order before.
        self.orders = {
            name: self.shuffled(range(len(module.ports))) for name, module in deck.modules.items()
        }

    def text(self) -> str:
        parts = [self.module(module) for module in self.deck.modules.values()]
        parts += [[self.statement(line)] for line in self.settings()]
        parts += [[self.statement(self.device(self.deck.top, x))] for x in self.deck.top.devices]
        parts = self.shuffled(parts)
        lines = [line for part in parts for line in part]
        return "\n".join(["a title that is not a comment", *lines, ".end", ""])

    def module(self, module: Module) -> list[str]:
        ports = [self.net(module, module.ports[i]) for i in self.orders[module.name]]
        defaults = [f"{name}={self.value(value)}" for name, value in module.defaults]
        name = self.name("module", module.name)
        head = self.statement(" ".join([".subckt", name, *ports, *defaults]))
        body = [self.statement(self.device(module, x)) for x in module.devices]
        return [head, *self.shuffled(body), self.chance.choice([".ends", f".ENDS {name}"])]

    def device(self, module: Module, device: Device) -> str:
        name = self.name(f"device {module.name}", device.name, device.kind)
        nets = [self.net(module, net) for net in device.nets]
        if device.kind in "rc" and self.chance.random() < 0.5:
            nets.reverse()
        if self.deck.is_module(device):
            nets = [nets[i] for i in self.orders[device.model]]
            words = [name, *nets, self.name("module", device.model)]
        else:
            words = [name, *nets, device.model]
        for key, value in self.shuffled(list(device.values)):
            if key == VALUE:
                words.insert(1 + len(nets), self.source_value(device.kind, value))
            else:
                words.append(f"{key}{self.chance.choice(['=', ' = '])}{self.value(value)}")
        return " ".join(filter(None, words))

    def source_value(self, kind: str, value: Value) -> str:
        return f"{self.chance.choice(['dc ', 'DC ', '']) if kind == 'v' else ''}{self.value(value)}"

    def settings(self) -> list[str]:
        lines = [f'.lib "{file}" {section}' for file, section in self.deck.libraries]
        for name, value in self.deck.settings.items():
            kind, _, rest = name.partition(" ")
            if kind == "option":
                lines.append(f".options {rest}={self.value(value)}")
            elif kind == "analysis":
                lines.append(rest if value == "on" else f"{rest} {value}")
            else:
                lines.append(f".temp {self.value(value)}")
        return lines

    def value(self, value: Value) -> str:
        if isinstance(value, str):
            return f"{{ {value} }}" if self.chance.random() < 0.5 else f"'{value}'"
        forms: list[Callable[[], str]] = [
            lambda: repr(value),
            lambda: f"{value:.17e}",
            lambda: f"{value:.17E}",
        ]
        suffix, power = self.chance.choice(list(_SUFFIXES.items()))
        forms.append(lambda: f"{Decimal(repr(value)).scaleb(-power):f}{suffix}")
        return self.chance.choice(forms)()

    def statement(self, line: str) -> str:
        """A line with other case, blanks, comments and continuations."""
        words = line.split(" ")
        is_path = words[0] == ".lib"
        found = [words[0]]
        for word in words[1:]:
            between = self.chance.choice([" ", " ", "  ", "\t", "\n+ ", "\n* between\n+"])
            found.append((" " if is_path else between) + word)
        text = "".join(found)
        if not is_path and self.chance.random() < 0.5:
            text = text.upper()
        if self.chance.random() < 0.2:
            text += self.chance.choice([" ; a comment", " $ a comment", "\n\n* a comment"])
        return text

    def net(self, module: Module, net: str) -> str:
        if net == GROUND:
            return self.chance.choice([GROUND, "gnd"])
        return self.name(f"net {module.name}", net)

    def name(self, space: str, name: str, start: str = "") -> str:
        """A new name, the same for the same name."""
        outside = space in (f"device {TOP}", f"net {TOP}")
        if not self.rename or (self.keep_outside and outside):
            return name
        if (space, name) not in self.names:
            self.names[space, name] = f"{start}n{len(self.names)}_{self.chance.randrange(10**6)}"
        return self.names[space, name]

    def shuffled(self, items):
        found = list(items)
        self.chance.shuffle(found)
        return found
