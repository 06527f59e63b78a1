"""Cells that are no resistors in netlists: an instance each, of one subcircuit with their law."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import CellArray
from imnnc.circuit.names import layer_nets
from imnnc.circuit.reduce import row_volts
from imnnc.diagnostics import CompileError
from imnnc.emit.dialects import write_dialect
from imnnc.emit.ngspice import NGSPICE, probe_names, write_netlist, write_reduced_deck
from imnnc.parasitics import Parasitics
from tests.support.decks import HEADER, Deck, operating_point, subject_of, write_deck
from tests.support.networks import SUPPLY_VOLTS, network, program, technology

LAW = 3.0
# Beyond what is ever across a cell it is straight, so that no simulator overflows on its way.
_INSIDE = "min(max(3*v(row,column),-12),12)"
BENT = f"(sinh({_INSIDE})+81377.3957126*(3*v(row,column)-{_INSIDE}))"


def unwrapped(path: Path) -> str:
    """The text of a netlist, its lines without continuations."""
    return path.read_text().replace("\n+ ", " ").replace(" \\\n    ", " ")


def cells_of(deck: Deck) -> CellArray:
    """Those of the first crossbar, by the names that they have in the netlist."""
    first = deck.network.layers[0].name
    items = (x for m in NGSPICE.reachable(deck.circuit).modules for x in m.items)
    return next(x for x in items if isinstance(x, CellArray) and x.name == first)


def test_the_law_is_written_once_and_each_cell_is_a_line(tmp_path):
    write_deck(tmp_path, [3, 2], per_volt=LAW)
    netlist = unwrapped(tmp_path / "sample.ngspice.sp")
    assert (
        ".subckt sample_crossbar_cell row column ohms=1000000\n"
        f"Bcell row column i={BENT}/(3*{{ohms}})\n"
        ".ends sample_crossbar_cell\n"
    ) in netlist
    cells = (tmp_path / "sample.ngspice.cells.label.inc").read_text().splitlines()
    lines = [line for line in cells if not line.startswith("*")]
    assert len(lines) == 8 * 2
    assert all(
        re.fullmatch(r"X\S+ \S+ net_[01] sample_crossbar_cell ohms=[0-9.]+", x) for x in lines
    )


def test_reprogramming_writes_the_files_of_cells_only(tmp_path):
    of = network([3, 2])
    for name, seed in (("one", 1), ("other", 2)):
        (tmp_path / name).mkdir()
        cells = replace(program(of, seed), size_minus=(np.ones(2),), size_plus=(np.ones(2),))
        bent = replace(cells, parasitics=Parasitics(sinh_per_volt=LAW))
        write_netlist(build_circuit(bent, of, technology()), tmp_path / name, HEADER)
    names = [x.name for x in sorted((tmp_path / "one").iterdir())]
    changed = [
        x for x in names if len({(tmp_path / f / x).read_text() for f in ("one", "other")}) > 1
    ]
    assert changed == ["sample.ngspice.cells.label.inc"]
    assert names == ["sample.ngspice.cells.label.inc", "sample.ngspice.sp"]


@pytest.mark.parametrize(
    ("dialect", "law", "cell"),
    [
        (
            "hspice",
            f"Gcell row column cur='{BENT}/(3*ohms)'",
            "Xplus_0_1 plus_0 net_1 sample_crossbar_cell ohms=",
        ),
        (
            "spectre",
            f"Bcell (row column) bsource i={BENT}/(3*ohms)",
            "Xplus_0_1 (plus_0 net_1) sample_crossbar_cell ohms=",
        ),
        (
            "xyce",
            f"Bcell row column i={{{BENT}/(3*ohms)}}",
            "Xplus_0_1 plus_0 net_1 sample_crossbar_cell PARAMS: ohms=",
        ),
        (
            "ltspice",
            f"Bcell row column i={BENT}/(3*{{ohms}})",
            "Xplus_0_1 plus_0 net_1 sample_crossbar_cell ohms=",
        ),
    ],
)
def test_every_dialect_has_the_law_in_its_words(tmp_path, dialect, law, cell):
    subject = subject_of(write_deck(tmp_path, [3, 4, 2], per_volt=LAW))
    names = write_dialect(dialect, subject, tmp_path)
    (netlist,) = (x for x in names if ".tb." not in x and ".cells." not in x and "models" not in x)
    assert f"\n{law}\n" in unwrapped(tmp_path / netlist)
    (cells,) = (x for x in names if ".cells.hidden." in x)
    mine, ours = ((tmp_path / x).read_text() for x in (cells, "sample.ngspice.cells.hidden.inc"))
    assert f"\n{cell}" in mine
    ohms = [re.findall(r"ohms=([0-9.]+)", x) for x in (mine, ours)]
    assert ohms[0] == ohms[1]


def test_in_a_layout_a_cell_is_a_device_whatever_its_law(tmp_path):
    bent, plain = tmp_path / "bent", tmp_path / "plain"
    for folder, law in ((bent, LAW), (plain, None)):
        folder.mkdir()
        write_dialect("cdl", subject_of(write_deck(folder, [3, 4, 2], per_volt=law)), folder)
    assert (bent / "sample.cdl").read_text() == (plain / "sample.cdl").read_text()


def test_the_model_in_systemverilog_has_no_part_for_the_law(tmp_path):
    subject = subject_of(write_deck(tmp_path, [3, 2], per_volt=LAW))
    with pytest.raises(CompileError) as caught:
        write_dialect("verilog", subject, tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "IM505",
        "the model in SystemVerilog has no part for the law of cells of `sample_crossbar_label`",
    )


@pytest.mark.parametrize("widths", [[16, 6, 2], [600, 2]])
def test_the_reduced_deck_gives_the_voltages_of_the_full_one_at_rest(tmp_path, widths):
    # 600 inputs are too many ports: the cells stand among the parts of the network.
    full, scratch = tmp_path / "full", tmp_path / "reduced"
    full.mkdir(), scratch.mkdir()
    deck = write_deck(full, widths, per_volt=LAW)
    rows = row_volts(deck.stimulus_volts, SUPPLY_VOLTS)
    first = deck.network.layers[0]
    write_reduced_deck(full, "sample", first.name, scratch, rows, cells_of(deck))
    nets = [*layer_nets(first.name, "net", widths[1]), *layer_nets("label", "minus", 2)]
    probes = [probe_names(deck.circuit)[net] for net in nets]
    at_rest = [operating_point(folder) for folder in (full, scratch)]
    found = np.array([[volts[probe] for probe in probes] for volts in at_rest])
    assert np.abs(found[0] - found[1]).max() < 1e-7


@pytest.mark.parametrize(
    ("file", "pattern", "text", "reason"),
    [
        ("", r"max\(3", "max(2", "the law of cells must be as compiled"),
        (
            ".cells.label",
            r"(?m)^Xplus_0_1 .*\n",
            "",
            "a cell is missing, there twice or not in its place",
        ),
        (
            ".cells.label",
            r"(?m)^X(plus_0_1 \S+ \S+) \S+ ohms=",
            r"R\1 ",
            "a cell is missing, there twice or not in its place",
        ),
    ],
)
def test_another_crossbar_is_not_reduced(tmp_path, file, pattern, text, reason):
    full, scratch = tmp_path / "full", tmp_path / "reduced"
    full.mkdir(), scratch.mkdir()
    deck = write_deck(full, [3, 2], per_volt=LAW)
    path = full / f"sample.ngspice{file}.{'inc' if file else 'sp'}"
    changed, count = re.subn(pattern, text, path.read_text(), count=1)
    assert count == 1
    path.write_text(changed)
    rows = row_volts(deck.stimulus_volts, SUPPLY_VOLTS)
    with pytest.raises(CompileError) as caught:
        write_reduced_deck(full, "sample", "label", scratch, rows, cells_of(deck))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert reason in diagnostic.message
