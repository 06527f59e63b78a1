"""The network in SystemVerilog, as Icarus Verilog elaborates and simulates it."""

import pytest

from imnnc.simulate.characterize import characterize
from tests.circuit.networks import technology
from tests.emit.foreign import emit, ngspice, tool

# The model has polynomials of degree 20 for currents; what they are off moves an output by 20 uV.
TOLERANCE_VOLTS = 1e-4


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
    ("widths", "resistor_ohms"),
    [([4, 2], None), ([4, 3, 2], None), ([5, 4, 3, 2], None), ([4, 3, 2], 2.5e5)],
)
def test_icarus_verilog_finds_the_operating_point_loading_included(
    tmp_path, measured, widths, resistor_ohms
):
    emit(tmp_path, widths, "verilog", table=measured, resistor_ohms=resistor_ohms)
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
        f"    volts_pixels_{sign}_{i} = 0.0;\n" for sign in ("plus", "minus") for i in range(2)
    )
    before = simulated(tmp_path)
    text = path.read_text()
    path.write_text(text.replace("#1000;\n", f"#1000;\n{zero}    #1000;\n"))
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
