"""The pass that writes the netlist and the testbench for ngspice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

from imnnc.artifacts.curves import InverterTables
from imnnc.artifacts.stored import Stimuli
from imnnc.circuit.ir import Circuit
from imnnc.design import Network, Technology
from imnnc.engine.base import Artifacts
from imnnc.engine.context import Context
from imnnc.files.codec import Files
from imnnc.passes.emission import EmitCircuit
from imnnc.physics.network import CrossbarProgram


@dataclass(frozen=True)
class NgspiceFiles(Files):
    """Netlist, cells, testbench and models, identified by what ngspice reads in them.

    The comments at the head of each file name the source with its hash.  They do not count, so
    that an edit of the source that leaves the circuit alone does not have it simulated again.
    """

    decks_sha256: tuple[str, ...] = ()  # of each file, without the comments at its head

    @classmethod
    def collect(cls, folder: Path) -> Self:
        """All files below `folder`, in the order of their names."""
        entries = Files.collect(folder).entries
        return cls(entries, folder, tuple(_deck_sha256(folder / x.name) for x in entries))

    def identity(self) -> object:
        """Names and decks."""
        names = tuple(entry.name for entry in self.entries)
        return names, self.decks_sha256


def _deck_sha256(path: Path) -> str:
    with path.open("rb") as file:
        start = 0
        for line in file:
            if not line.startswith(b"*"):
                break
            start += len(line)
        file.seek(start)
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class EmitNgspice(EmitCircuit):
    """The files that ngspice simulates: hierarchical netlist, testbench, models.

    `guesses` begins the testbench's operating point where the equilibrium of the circuit is, with
    `.nodeset`: for circuits that a simulator is long in converging to.  ngspice 39 needs half the
    iterations, and yet longer: it orders the matrix while nodes are held at their guesses, and
    keeps that poorer order.

    `models` says how the netlist comes to its models.  With `library` it reads them from `models/`,
    which ngspice looks for beside the deck that it is given: a testbench has to lie in the output
    folder.  With `inline` they stand in the netlist itself, which can be included from anywhere.
    With `testbench` the testbench reads them, for one that includes several networks of one kit:
    ngspice 39 cannot read the subcircuits of a kit twice.
    """

    guesses: bool = False
    models: Literal["library", "inline", "testbench"] = "library"
    name: ClassVar[str] = "emit-ngspice"
    version: ClassVar[int] = 5
    provides: ClassVar[tuple[type, ...]] = (NgspiceFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write the files; the first sample is the stimulus of the testbench."""
        from imnnc.emit.ngspice import write_netlist, write_testbench
        from imnnc.models.layout import copy_models, corner_text

        header, folder = self.header(inputs), context.new_folder()
        text = corner_text(inputs[Technology]) if self.models == "inline" else ()
        write_netlist(inputs[Circuit], folder, header, self.models, text)
        testbench = self.testbench(inputs, _guesses(inputs) if self.guesses else ())
        write_testbench(testbench, folder, header, self.models)
        copy_models(inputs[Technology], folder)
        return (NgspiceFiles.collect(folder),)


def _guesses(inputs: Artifacts) -> tuple[tuple[str, float], ...]:
    """Every net's voltage for the testbench's sample, as the equilibrium of the circuit has it."""
    from imnnc.circuit.names import Node, layer_nets
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.operating_point import OperatingPointSolver
    from imnnc.physics.threads import one_thread

    solver = OperatingPointSolver(Inverter(inputs[InverterTables].design))
    with one_thread():
        parameters = inputs[CrossbarProgram].parameters()
        found = solver.solve(parameters, inputs[Stimuli].inputs_volts[:1])
    if not found.converged.all():
        return ()  # the simulator begins where it would without
    nodes: tuple[Node, ...] = ("net", "minus", "plus")
    return tuple(
        (net, float(volts))
        for layer, at in zip(inputs[Network].layers, found.layers, strict=True)
        for node in nodes
        for net, volts in zip(
            layer_nets(layer.name, node, layer.width), getattr(at, node)[0], strict=True
        )
    )
