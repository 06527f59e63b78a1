"""What the language lets through can be written in every dialect that it was looked at for."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.check import check_network
from imnnc.circuit.inline import inline_wide_modules
from imnnc.circuit.naming import clash, refusal
from imnnc.design import Network
from imnnc.diagnostics import CompileError
from imnnc.emit.dialects import DIALECTS, Subject, write_dialect
from imnnc.emit.ngspice import write_netlist
from tests.support.decks import HEADER
from tests.support.foreign import tool
from tests.support.goldens import invented_table
from tests.support.networks import network, program, technology

# Of what names are that could meet.
WORDS = ["crossbar", "hidden", "minus", "plus", "net", "0", "1", "X", "x", "volts", "a", "bias"]
WORDS += ["inverter", "ground", "settled", "siemens", "module", "resistor", "gnd", "tb", "thevenin"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("_".join)
NAMES = NAMES.filter(lambda name: not name[0].isdigit())


def called(name: str, port: str, *layers: str) -> Network:
    of = network([2] * (len(layers) + 1), name, port)
    renamed = (replace(x, name=y) for x, y in zip(of.layers, layers, strict=True))
    return replace(of, layers=tuple(renamed))


def subject(of: Network) -> Subject:
    circuit = build_circuit(program(of), of, technology())
    bench = build_testbench(
        circuit, of, technology(), stimulus_volts=np.zeros(2), load_farads=1e-16
    )
    return Subject(bench, technology(), "tio2", invented_table(), replace(HEADER, network=of.name))


def code_of_writing(of: Network, dialect: str, folder: Path) -> str | None:
    """The code of the diagnostic where a network cannot be written in a dialect."""
    try:
        if dialect != "ngspice":
            write_dialect(dialect, subject(of), folder)
            return None
        circuit = build_circuit(program(of), of, technology())
        write_netlist(circuit, folder, replace(HEADER, network=of.name))
        inline_wide_modules(circuit, 4)
    except CompileError as error:
        return error.diagnostics[0].code
    return None


@settings(max_examples=150)
@given(
    name=NAMES,
    parts=st.lists(NAMES, min_size=2, max_size=4, unique_by=str.lower),
    dialect=st.sampled_from(["ngspice", *DIALECTS]),
)
def test_names_that_pass_before_training_can_be_written(tmp_path_factory, name, parts, dialect):
    of = called(name, *parts)
    code = code_of_writing(of, dialect, tmp_path_factory.mktemp("names"))
    if refusal(name, (dialect,)) or clash(of, (dialect,)):
        with pytest.raises(CompileError):
            check_network(of, (dialect,))
    else:
        assert code is None


@settings(max_examples=50)
@given(names=st.lists(NAMES, min_size=2, max_size=2, unique_by=str.lower), layer=NAMES)
def test_two_networks_have_no_subcircuit_in_common(names, layer):
    found = []
    for name in names:
        if refusal(name):
            return
        of = called(name, "x_in", layer, f"{layer}_y")
        if clash(of):
            return
        circuit = build_circuit(program(of), of, technology())
        found.append({module.name.lower() for module in circuit.modules})
    assert found[0].isdisjoint(found[1])


def elaborated(folder: Path, of: Network) -> str:
    write_dialect("verilog", subject(of), folder)
    return tool(folder, "iverilog", "-g2012", "-tnull", f"{of.name}.tb.verilog.sv")


@pytest.mark.parametrize(
    "names",
    [
        ("n", "x", "volts_x"),
        ("tb_n", "tb_n", "n_settled"),
        ("settled", "settled", "n"),
        ("resistor", "siemens", "ohms"),
        ("n", "xhidden", "hidden"),
        ("crossbars", "hidden", "crossbar_x"),
        ("n" * 64, "x" * 64, "y" * 64),
    ],
)
def test_icarus_verilog_takes_the_names_that_pass(tmp_path, names):
    of = called(*names)
    assert clash(of, ("verilog",)) is None
    assert elaborated(tmp_path, of) == ""


def test_icarus_verilog_refuses_a_net_with_the_name_of_an_instance(tmp_path):
    # Should others take it, the language need not refuse it: this is why it does.
    of = called("n", "Xhidden", "hidden")
    assert clash(of, ("verilog",)) is not None
    named = called("n", "Xhidde", "hidden")
    write_dialect("verilog", subject(named), tmp_path)
    for path in tmp_path.glob("n.*.sv"):
        path.write_text(path.read_text().replace("Xhidde_", "Xhidden_"))
    done = subprocess.run(
        ["iverilog", "-g2012", "-tnull", "n.verilog.sv"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode != 0
