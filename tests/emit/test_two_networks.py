"""Two networks in one testbench: each has its own cells, as readers that are not ours find."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from imnnc.circuit.ir import Instance
from imnnc.emit.hspice import HSPICE
from imnnc.emit.ltspice import LTSPICE
from imnnc.emit.ngspice import NGSPICE
from imnnc.emit.spectre import SPECTRE
from imnnc.emit.xyce import XYCE
from imnnc.simulate.characterize import characterize
from tests.emit.test_veriloga import needs_openvaf
from tests.support.decks import operating_point
from tests.support.foreign import NMOS, PMOS, deck_lines, emit, gnucap, lvs, ngspice, tool
from tests.support.networks import technology

WIDTHS = [4, 3, 2]
NAMES = ("net_a", "net_b")
OUTPUTS = [f"label_{node}_{j}" for node in ("minus", "plus") for j in range(2)]
OTHERS = [net.replace("label", "other") for net in OUTPUTS]  # those of the second network
DIALECTS = {x.name: x for x in (NGSPICE, HSPICE, SPECTRE, XYCE, LTSPICE)}


def emit_both(folder: Path, dialect: str) -> Path:
    """Two networks, and one testbench with both, the second one's outputs at `OTHERS`."""
    of = DIALECTS[dialect]
    for seed, name in enumerate(NAMES, 1):
        deck = emit(folder, WIDTHS, *{dialect} - {"ngspice"}, name=name, seed=seed)
    first, second = (of.netlist_name(name) for name in NAMES)
    bench = folder / of.testbench_name(NAMES[0])
    text = bench.read_text()
    (include,) = (line for line in text.splitlines() if first in line)
    nets = (net.replace("label", "other") for net in deck.circuit.top.ports)
    instance = of.wrap(of.format_item(Instance("two", NAMES[1], tuple(nets)), ""))
    more = f"{include}\n{include.replace(first, second)}\n{instance}"
    bench.write_text(text.replace(include, more))
    (folder / of.testbench_name(NAMES[1])).unlink()
    return bench


def alone(folder: Path, library: str | None = None) -> list[list[float]]:
    """The outputs of either network by itself, with a library of models in place of its own."""
    found = []
    for seed, name in enumerate(NAMES, 1):
        emit(folder, WIDTHS, name=name, seed=seed)
        if library is not None:
            (folder / "models" / "lvt90.lib").write_text(library)
        volts = operating_point(folder, network=name)
        found.append([volts[f"v({net})"] for net in OUTPUTS])
    assert found[0] != pytest.approx(found[1], abs=1e-3)
    return found


def outputs(volts: dict[str, float], nets: Iterable[str]) -> list[float]:
    return [volts[f"v({net})"] for net in nets]


@pytest.mark.parametrize(
    ("dialect", "mode"),
    [("ngspice", None), ("hspice", "hs"), ("ltspice", "lt"), ("xyce", None)],
)
def test_ngspice_gives_each_network_its_own_voltages(tmp_path, dialect, mode):
    first, second = alone(tmp_path / "alone")
    bench = emit_both(tmp_path, dialect)
    found = ngspice(tmp_path, bench.name, mode)
    assert outputs(found, OUTPUTS) == pytest.approx(first, abs=1e-9)
    assert outputs(found, OTHERS) == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("dialect", ["spectre", "hspice", "ltspice"])
def test_gnucap_gives_each_network_its_own_voltages(tmp_path, dialect):
    library = f".lib tt\n.model nlvt {NMOS}\n.model plvt {PMOS}\n.endl tt\n"
    first, second = alone(tmp_path / "alone", library)
    emit_both(tmp_path, dialect)
    dot = "" if dialect == "spectre" else "."
    models = [f"{dot}model nlvt {NMOS}", f"{dot}model plvt {PMOS}"]
    lines = [*models, *deck_lines(tmp_path, dialect)]
    found = gnucap(tmp_path, lines, [*OUTPUTS, *OTHERS], dialect)
    assert found == pytest.approx([*first, *second], abs=2e-6)


def test_a_subcircuit_of_the_user_called_inverter_changes_nothing(tmp_path):
    first, _ = alone(tmp_path)
    bench = tmp_path / "net_a.tb.ngspice.sp"
    title, _, rest = bench.read_text().partition("\n")
    own = [".subckt inverter in out vdd vss size=1", "R1 in out 1", ".ends inverter"]
    own += [x.replace("inverter", "crossbar_hidden") for x in own]
    bench.write_text("\n".join([title, *own, rest]))
    volts = operating_point(tmp_path, network="net_a")
    assert outputs(volts, OUTPUTS) == pytest.approx(first, abs=1e-9)


def test_netgen_finds_both_networks_in_one_cdl(tmp_path):
    for seed, name in enumerate(NAMES, 1):
        emit(tmp_path, [3, 2, 2], "cdl", name=name, seed=seed)
    both = "".join((tmp_path / f"{name}.cdl").read_text() for name in NAMES)
    (tmp_path / "both.cdl").write_text(both)
    for name in NAMES:
        assert lvs(tmp_path, "both.cdl", f"{name}.ngspice.sp", name)


def test_icarus_verilog_gives_each_network_its_own_voltages(tmp_path):
    table = characterize(technology(), timeout_seconds=100)
    first, second = alone(tmp_path / "alone")
    for seed, name in enumerate(NAMES, 1):
        deck = emit(tmp_path, WIDTHS, "verilog", name=name, seed=seed, table=table)
    bench = tmp_path / "net_a.tb.verilog.sv"
    links = [f".{x}({x.replace('label', 'other')})" for x in deck.circuit.top.ports]
    wires = "".join(f"  wire real {net};\n" for net in OTHERS)
    waits = "    while (Xtwo.settled == 0.0) #10;\n"
    shows = "".join(f'    $display("{net} %.12e", {net});\n' for net in (*OUTPUTS[2:], *OTHERS))
    text = bench.read_text()
    text = text.replace('`include "net_a', '`include "net_b.verilog.sv"\n`include "net_a')
    text = text.replace("  initial", f"{wires}  net_b Xtwo ({', '.join(links)});\n  initial")
    bench.write_text(text.replace("    $finish", f"{waits}    #10;\n{shows}    $finish"))
    assert tool(tmp_path, "iverilog", "-g2012", "-Wall", "-o", "model.vvp", bench.name) == ""
    lines = tool(tmp_path, "vvp", "-n", "model.vvp").splitlines()
    volts = {x.split()[0]: float(x.split()[1]) for x in lines if len(x.split()) == 2}
    assert [volts[net] for net in OUTPUTS] == pytest.approx(first, abs=1e-4)
    assert [volts[net] for net in OTHERS] == pytest.approx(second, abs=1e-4)


@needs_openvaf
def test_openvaf_compiles_the_neurons_of_both_networks_as_one_text(tmp_path):
    import openvaf_py

    for name in NAMES:
        emit(tmp_path, [2, 1], "veriloga", name=name)
    both = "".join((tmp_path / f"{name}.veriloga.va").read_text() for name in NAMES)
    (tmp_path / "both.va").write_text(both)
    found = {module.name for module in openvaf_py.compile_va(str(tmp_path / "both.va"))}
    assert found == {"net_a_neuron", "net_b_neuron"}
