"""The network in SystemVerilog, as Icarus Verilog elaborates and simulates it."""

import subprocess
from dataclasses import replace

import pytest

from imnnc.circuit.ir import GROUND, Resistor, Testbench
from imnnc.diagnostics import CompileError
from imnnc.emit.verilog import write_verilog
from imnnc.lang import load_technology
from imnnc.simulate.characterize import characterize
from tests.support.decks import HEADER, write_deck
from tests.support.foreign import emit, ngspice, tool
from tests.support.goldens import invented_table
from tests.support.networks import technology

# The model has polynomials of degree 20 for currents; what they are off moves an output by 20 uV.
TOLERANCE_VOLTS = 1e-4
# An inverter of a gain of 50 makes more of 15 uV.
SHARP_TOLERANCE_VOLTS = 2e-4


@pytest.fixture(scope="module")
def measured():
    return characterize(technology(), timeout_seconds=100)


def simulated(folder):
    """V- of the output layer; a warning of the compiler is a failure."""
    log = tool(folder, "iverilog", "-g2012", "-Wall", "-o", "model.vvp", "sample.tb.verilog.sv")
    assert log == ""
    lines = tool(folder, "vvp", "-n", "model.vvp").split("\n")
    pairs = (line.split() for line in lines if line.startswith("label_minus_"))
    return {name: float(volts) for name, volts in pairs}


@pytest.mark.parametrize(
    ("widths", "parts"),
    [
        ([4, 2], {}),
        ([4, 3, 2], {}),
        ([5, 4, 3, 2], {}),
        ([4, 3, 2], {"resistor_ohms": 2.5e5}),
        ([4, 3, 2], {"bias_pairs": 3}),
    ],
)
def test_icarus_verilog_finds_the_operating_point_loading_included(
    tmp_path, measured, widths, parts
):
    emit(tmp_path, widths, "verilog", table=measured, **parts)
    found = simulated(tmp_path)
    assert len(found) == widths[-1]
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    for net, volts in found.items():
        assert volts == pytest.approx(expected[f"v({net})"], abs=TOLERANCE_VOLTS)


def test_a_network_of_40_000_cells_takes_seconds(tmp_path, measured):
    emit(tmp_path, [196, 100, 10], "verilog", table=measured)
    found = simulated(tmp_path)
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    assert len(found) == 10
    for net, volts in found.items():
        assert volts == pytest.approx(expected[f"v({net})"], abs=TOLERANCE_VOLTS)


def test_the_wrapper_has_the_ports_of_the_netlist_in_their_order(tmp_path):
    deck = emit(tmp_path, [4, 3, 2], "verilog")
    text = (tmp_path / "sample.verilog.sv").read_text()
    head = text[text.index("module sample (") :].split(");")[0]
    ports = [word.split()[-1] for word in head.split("(")[1].split(",")]
    assert ports == list(deck.circuit.top.ports)
    tool(tmp_path, "iverilog", "-g2012", "-tnull", "-s", "sample", "sample.verilog.sv")


def test_another_input_settles_anew(tmp_path, measured):
    emit(tmp_path, [2, 2], "verilog", table=measured)
    path = tmp_path / "sample.tb.verilog.sv"
    zero = "".join(
        f"    pixels_{sign}_{i}_volts = 0.0;\n" for sign in ("plus", "minus") for i in range(2)
    )
    before = simulated(tmp_path)
    text = path.read_text()
    waits = text[text.index("    #10;") : text.index('    $display("label')]
    path.write_text(text.replace(waits, waits + zero + waits))
    after = simulated(tmp_path)
    assert any(abs(after[net] - before[net]) > 1e-3 for net in before)
    bench = tmp_path / "sample.tb.ngspice.sp"
    lines = [
        line.rpartition(" ")[0] + " 0" if line.startswith("Vpixels") else line
        for line in bench.read_text().splitlines()
    ]
    bench.write_text("\n".join(lines) + "\n")
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    for net, volts in after.items():
        assert volts == pytest.approx(expected[f"v({net})"], abs=TOLERANCE_VOLTS)


@pytest.fixture(scope="module")
def sharp():
    """A foundry's inverter, of a gain of 50 between rails of +-0.7 V, and its table."""
    kit = load_technology("gf180mcu")
    return kit, characterize(kit, timeout_seconds=100)


def test_sharp_inverters_settle_where_substitution_swings_for_ever(tmp_path, sharp):
    kit, table = sharp
    emit(tmp_path, [10, 6, 3], "verilog", table=table, kit=kit)
    found = simulated(tmp_path)
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    assert len(found) == 3
    for net, volts in found.items():
        assert volts == pytest.approx(expected[f"v({net})"], abs=SHARP_TOLERANCE_VOLTS)

    # The same with the columns themselves in every round.
    path = tmp_path / "sample.verilog.sv"
    text = path.read_text()
    better = "worst < (1.0 - 0.1*factor)*best || halvings == 10"
    newton = "if (!(worst <= 1e-10) && worst > 0.5*best) newton;"
    assert better in text
    assert newton in text
    path.write_text(text.replace(better, "1'b1").replace(newton, ""))
    tool(tmp_path, "iverilog", "-g2012", "-o", "model.vvp", "sample.tb.verilog.sv")
    done = subprocess.run(
        ["vvp", "-n", "model.vvp"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "Xdut.Xcrossbar_label" in done.stdout
    assert "not settled after 200 rounds" in done.stdout
    assert "FATAL" in done.stdout
    assert "label_minus_" not in done.stdout


@pytest.mark.parametrize("kind", ["nets", "ports"])
def test_what_the_model_has_no_part_for_is_refused(tmp_path, kind):
    deck = write_deck(tmp_path / "whole", [2, 2, 2], technology())
    top = deck.circuit.top
    column_or_input = getattr(top, kind)[0]
    leaky = replace(top, items=(*top.items, Resistor("leak", column_or_input, GROUND, 1e6)))
    circuit = replace(deck.circuit, modules=(*deck.circuit.modules[:-1], leaky))
    testbench = Testbench(circuit, (), (), 27.0)
    with pytest.raises(CompileError) as caught:
        write_verilog(testbench, invented_table(), tmp_path, HEADER)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM505"
    assert diagnostic.message == "the model in SystemVerilog has no part for `leak` of `sample`"
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
