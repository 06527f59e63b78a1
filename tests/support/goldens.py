"""Networks with stored parameters, and every file that is emitted of them; one is RIM's.

`python -m tests.support.goldens` writes the expected files anew, for a reader of the diff to judge.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.design import InputPort, InverterSizes, Layer, Network, Technology, Transistor
from imnnc.emit.dialect import Header
from imnnc.emit.dialects import DIALECTS, Subject, write_dialect
from imnnc.emit.ngspice import write_netlist, write_testbench
from imnnc.emit.programming import write_program
from imnnc.files.manifest import write_manifest
from imnnc.models.layout import copy_models
from imnnc.parasitics import Parasitics
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from imnnc.physics.table import InverterTable

HERE = Path(__file__).resolve().parents[1] / "golden"
CASES = ("iris433", "deep5432", "rim232")
SUPPLY_VOLTS = 0.25


def emit(case: str, folder: Path) -> None:
    """Write into a new folder all that the compiler emits of a case."""
    stored = json.loads((HERE / f"{case}.json").read_text())
    network = _network(stored)
    technology = _technology(stored)
    program = _program(stored)
    circuit = build_circuit(program, network, technology)
    testbench = build_testbench(
        circuit,
        network,
        technology,
        stimulus_volts=np.array(stored["stimulus_volts"]),
        load_farads=stored["load_farads"],
    )
    # The versions are those of the golden files, not of the day.
    header = Header(
        network.name,
        stored.get("method", "latim"),
        technology.name,
        technology.corner,
        stored["sha256"],
        version="0",
    )
    folder.mkdir(parents=True)
    write_netlist(circuit, folder, header)
    write_testbench(testbench, folder, header)
    subject = Subject(testbench, technology, program.memristor, invented_table(), header)
    for dialect in DIALECTS:
        write_dialect(dialect, subject, folder)
    write_program(program, folder)
    copy_models(technology, folder)
    write_manifest(folder, {"source": {"sha256": stored["sha256"]}})


def files(folder: Path) -> dict[str, bytes]:
    """The content of every file below `folder`; the manifest without the tool's version."""
    found = {}
    for path in sorted(x for x in folder.rglob("*") if x.is_file()):
        content = path.read_bytes()
        if path.name == "manifest.json":
            tree = json.loads(content)
            tree["tool"]["version"] = "0"
            content = json.dumps(tree, indent=2, sort_keys=True).encode() + b"\n"
        found[path.relative_to(folder).as_posix()] = content
    return found


def invented_table() -> InverterTable:
    """A smooth inverter that no simulator has measured, so that its files stay as they are."""
    axis = np.linspace(-0.27, 0.27, 55)
    v_in, v_out = np.meshgrid(axis, axis, indexing="ij")
    pull_up = 1e-6 * np.exp(-6 * v_in) * np.tanh(8 * (SUPPLY_VOLTS - v_out))
    pull_down = 1e-6 * np.exp(6 * v_in) * np.tanh(8 * (SUPPLY_VOLTS + v_out))
    return InverterTable(
        technology="plain",
        corner="typical",
        temperature_celsius=27.0,
        supply_volts=SUPPLY_VOLTS,
        low_volts=-0.27,
        high_volts=0.27,
        output_amperes=pull_up - pull_down,
        rail_amperes=pull_up,
        input_farads=2e-15,
        output_farads=1e-15,
        simulator="invented",
    )


def _network(stored: dict) -> Network:
    first = stored["layers"][0]
    port = InputPort(stored["input"], len(first["ohms_plus"]) - 1, -SUPPLY_VOLTS, SUPPLY_VOLTS)
    layers = [
        Layer(x["name"], len(x["size_minus"]), InverterSizes(1, 10)) for x in stored["layers"]
    ]
    return Network(stored["network"], port, tuple(layers))


def _technology(stored: dict) -> Technology:
    kit = stored["technology"]
    return Technology(
        name=kit["name"],
        library=HERE / "models" / kit["library"],
        includes=(),
        corners=(kit["corner"],),
        nmos=Transistor(kit["nmos"], 1.2e-7, 1e-7),
        pmos=Transistor(kit["pmos"], 2e-7, 1e-7),
        terminals=tuple(kit["terminals"]),
        instance_prefix=kit["prefix"],
        length_unit_meters=kit["length_unit_meters"],
        corner=kit["corner"],
        temperature_celsius=27.0,
        supply_volts=SUPPLY_VOLTS,
    )


def _program(stored: dict) -> CrossbarProgram:
    def level(layer: dict, key: str) -> np.ndarray | None:
        return np.array(layer[key], dtype=np.int64) if key in layer else None

    return CrossbarProgram(
        stored["memristor"],
        stored["tolerance"],
        tuple(
            ProgrammedCrossbar(
                x["name"],
                np.array(x["ohms_plus"]),
                np.array(x["ohms_minus"]),
                level(x, "level_plus"),
                level(x, "level_minus"),
            )
            for x in stored["layers"]
        ),
        tuple(np.array(x["size_minus"], dtype=float) for x in stored["layers"]),
        tuple(np.array(x["size_plus"], dtype=float) for x in stored["layers"]),
        Parasitics(stored.get("resistor_ohms")),
    )


def refresh() -> None:
    """Write the expected files of every case anew."""
    for case in CASES:
        shutil.rmtree(HERE / case, ignore_errors=True)
        emit(case, HERE / case)
        manifest = files(HERE / case)["manifest.json"]
        (HERE / case / "manifest.json").write_bytes(manifest)


if __name__ == "__main__":
    refresh()
