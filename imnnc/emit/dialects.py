"""All that a circuit can be written as besides ngspice's netlist, by the words of `emit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from imnnc.circuit.ir import Include, Testbench
from imnnc.design import ForeignModels, Technology
from imnnc.emit.cdl import write_cdl
from imnnc.emit.dialect import Dialect, Header
from imnnc.emit.foreign import with_models
from imnnc.emit.hspice import HSPICE
from imnnc.emit.ltspice import LTSPICE
from imnnc.emit.spectre import SPECTRE
from imnnc.emit.verilog import write_verilog
from imnnc.emit.veriloga import write_veriloga
from imnnc.emit.xyce import XYCE
from imnnc.files.files import new_text
from imnnc.models.layout import corner_text
from imnnc.physics.table import InverterTable


@dataclass(frozen=True)
class Subject:
    """What is written: a circuit in its testbench, and what a dialect may need to know of it.

    Attributes:
        testbench: the circuit, and the sources around it.
        technology: for the models.
        memristor: the name of the device of the cells.
        table: the unit inverter.
        header: for the head of each file.
    """

    testbench: Testbench
    technology: Technology
    memristor: str
    table: InverterTable
    header: Header

    def models_of(self, dialect: Dialect) -> ForeignModels | None:
        """The models that a dialect names in place of the copies beside the netlist."""
        return next((x for x in self.technology.foreign if x.dialect == dialect.name), None)


def write_dialect(name: str, subject: Subject, folder: Path) -> list[str]:
    """Write all files of one dialect into `folder`; their names.

    Models are not copied: `copy_models` does that once for all dialects.  Fails with IM500, IM501
    and IM510, of LTspice also with IM504 and IM511.
    """
    return DIALECTS[name](subject, folder)


def _netlist(dialect: Dialect) -> Callable[[Subject, Path], list[str]]:
    def write(subject: Subject, folder: Path) -> list[str]:
        testbench, header = subject.testbench, subject.header
        if models := subject.models_of(dialect):
            circuit = with_models(testbench.circuit, subject.technology, models)
            testbench = replace(testbench, circuit=circuit)
        return [
            *dialect.write_netlist(testbench.circuit, folder, header),
            *dialect.write_testbench(testbench, folder, header),
        ]

    return write


def _ltspice(subject: Subject, folder: Path) -> list[str]:
    """LTspice cannot select a section, so the corner's is a file of its own."""
    if subject.models_of(LTSPICE):
        return _netlist(LTSPICE)(subject, folder)
    header = subject.header
    name = LTSPICE.models_name(header.network)
    with new_text(folder / name) as stream:
        stream.write(f"* models of technology {header.technology} at corner {header.corner}\n")
        for line in corner_text(subject.technology):
            # Comments of a kit may have letters that ASCII has not.
            stream.write(line.encode("ascii", "replace").decode().rstrip("\r") + "\n")
    circuit = replace(subject.testbench.circuit, includes=(Include(name),))
    testbench = replace(subject.testbench, circuit=circuit)
    return [*_netlist(LTSPICE)(replace(subject, testbench=testbench), folder), name]


def _cdl(subject: Subject, folder: Path) -> list[str]:
    """A netlist for comparison: no models, no testbench."""
    return write_cdl(subject.testbench.circuit, subject.memristor, folder, subject.header)


def _veriloga(subject: Subject, folder: Path) -> list[str]:
    return write_veriloga(subject.table, folder, subject.header)


def _verilog(subject: Subject, folder: Path) -> list[str]:
    return write_verilog(subject.testbench, subject.table, folder, subject.header)


DIALECTS: Mapping[str, Callable[[Subject, Path], list[str]]] = {
    "hspice": _netlist(HSPICE),
    "spectre": _netlist(SPECTRE),
    "xyce": _netlist(XYCE),
    "ltspice": _ltspice,
    "cdl": _cdl,
    "veriloga": _veriloga,
    "verilog": _verilog,
}
