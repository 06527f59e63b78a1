"""A compile with every dialect: its files, and what does not run again for another choice."""

from imnnc.report.page import explained
from tests.support.foreign import lvs, ngspice, tool
from tests.support.stored import SOURCE, compile_points

EVERY = "emit ngspice, hspice, spectre, xyce, ltspice, cdl, verilog, veriloga"


def test_a_compile_writes_every_dialect_that_is_asked_for(tmp_path):
    compilation = compile_points(tmp_path, SOURCE.replace("emit ngspice, programming csv", EVERY))
    out = tmp_path / "out"
    names = {path.name for path in out.iterdir()}
    assert {
        "points.ngspice.sp",
        "points.hspice.sp",
        "points.tb.hspice.sp",
        "points.hspice.cells.layer0.inc",
        "points.spectre.scs",
        "points.tb.spectre.scs",
        "points.xyce.sp",
        "points.tb.xyce.sp",
        "points.ltspice.sp",
        "points.ltspice.models.inc",
        "points.tb.ltspice.sp",
        "points.cdl",
        "points.veriloga.va",
        "points.verilog.sv",
        "points.tb.verilog.sv",
        "points.verilog.cells.layer1.svh",
    } <= names
    assert set(compilation.manifest["files"]) >= {name for name in names if "points." in name}
    assert all(text for _, text in explained(sorted(names - {"models", "program"})))

    # The folder stands on its own, for each tool.
    assert lvs(out, "points.cdl", "points.ngspice.sp", "points")
    volts = ngspice(out, "points.tb.ngspice.sp")
    other = ngspice(out, "points.tb.hspice.sp", "hs")
    assert max(abs(other[name] - x) for name, x in volts.items()) < 1e-9
    tool(out, "iverilog", "-g2012", "-o", "model.vvp", "points.tb.verilog.sv")
    found = dict(
        line.split()
        for line in tool(out, "vvp", "-n", "model.vvp").splitlines()
        if "_minus_" in line
    )
    assert len(found) == 3
    assert all(abs(float(x) - volts[f"v({net})"]) < 1e-4 for net, x in found.items())


def test_ngspice_is_there_whatever_is_asked_for(tmp_path):
    compile_points(tmp_path, SOURCE.replace("emit ngspice, programming csv", "emit cdl"))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"points.ngspice.sp", "points.cdl"} <= names
    assert "points.hspice.sp" not in names


def test_another_dialect_does_not_simulate_again(tmp_path):
    compile_points(tmp_path)
    again = compile_points(tmp_path, SOURCE.replace("emit ngspice", "emit ngspice, cdl"))
    cached = {timing.name: timing.cached for timing in again.timings}
    assert cached["verify"]
    assert not cached["emit-dialects"]


def test_files_of_any_dialect_are_explained():
    names = ["net.other.cir", "net.tb.other.cir", "net.other.cells.hidden.cir"]
    first = [text.split(",")[0].split(":")[0] for name, text in explained(names) if name in names]
    assert first == ["cells of one crossbar", "netlist of the network", "testbench"]
