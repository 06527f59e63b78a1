"""Devices whose models are compiled from Verilog-A (OSDI), which are not supported.

ngspice 39 as it is distributed has no OSDI, and says of such a device no more than that its type
is unknown.  What counts is what the unit inverter is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from imnnc.design import Technology
from imnnc.diagnostics import fail

# The types of a `.model` that an instance which begins with `M` may have.
_BUILT_IN = {"nmos", "pmos", "nsoi", "psoi", "vdmos", "vdmosn", "vdmosp"}
_LOADERS = {"osdi", "pre_osdi", ".osdi", ".pre_osdi"}


def check_devices(technology: Technology, lines: Iterable[str]) -> None:
    """Fail with IM306 where a transistor of the unit inverter has a model compiled from Verilog-A.

    `lines` are those of its models, in any order of files.
    """
    models = _Models.parsed(lines)
    for device in (technology.nmos.device, technology.pmos.device):
        if technology.instance_prefix == "M":
            reason = models.of_model(device.lower())
        else:
            reason = models.of_subcircuit(device.lower())
        reason = reason or models.loads
        if reason is not None:
            raise fail(
                "IM306",
                f"device `{device}` of technology `{technology.name}` must have a model that "
                f"ngspice has built in, {reason}",
                technology.span,
                notes=[
                    "models compiled from Verilog-A (OSDI) are not supported: ngspice 39 as it is "
                    "distributed cannot load them"
                ],
                help="name devices with BSIM models, of this kit or of another one",
            )


@dataclass
class _Models:
    """What is needed to know of the models of a corner; all names in lower case."""

    kinds: dict[str, str] = field(default_factory=dict)  # of models
    instances: dict[str, list[list[str]]] = field(default_factory=dict)  # of subcircuits: N and X
    loads: str | None = None  # what is said where a line loads a compiled model

    @classmethod
    def parsed(cls, lines: Iterable[str]) -> _Models:
        models, inside = cls(), ""
        for line in whole_lines(lines):
            words = line.partition("=")[0].lower().split() or [""]
            if words[0] in _LOADERS:
                models.loads = f"its library says `{line.strip()[:60]}`"
            elif words[0] == ".model" and len(words) > 2:
                models.kinds[words[1]] = words[2].partition("(")[0]
            elif words[0] == ".subckt" and len(words) > 1:
                inside = words[1]
                models.instances[inside] = []
            elif words[0].startswith(".ends"):
                inside = ""
            elif inside and words[0][:1] in ("n", "x"):
                models.instances[inside].append(words)
        return models

    def of_model(self, device: str) -> str | None:
        """Why a model is none of ngspice's own; None where it is, or is not known."""
        kind = self.kinds.get(device, "nmos")
        return None if kind in _BUILT_IN else f"`.model {device}` is of type `{kind}`"

    def of_subcircuit(self, device: str) -> str | None:
        """Why a subcircuit, or one that it has in it, is not made of ngspice's own models."""
        pending, seen = [device], {device}
        while pending:
            name = pending.pop()
            for instance, *words in self.instances.get(name, ()):
                if instance[0] == "n":
                    return f"its subcircuit `{name}` has the compiled device `{instance}`"
                pending += set(words) - seen
                seen.update(words)
        return None


def whole_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines that are neither empty nor comments, with those that go on with them."""
    whole = ""
    for line in lines:
        text = line.strip()
        if text.startswith("+"):
            whole += f" {text[1:]}"
        elif text and not text.startswith(("*", "#", "$", ";", "//")):
            if whole:
                yield whole
            whole = text
    if whole:
        yield whole
