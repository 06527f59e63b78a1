"""Wires in netlists: beside the cells, in every dialect, and reduced to an exact equivalent."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import CellArray, Resistor
from imnnc.circuit.names import layer_nets
from imnnc.circuit.reduce import row_volts, thevenin
from imnnc.diagnostics import CompileError
from imnnc.emit.dialects import write_dialect
from imnnc.emit.ngspice import (
    probe_names,
    read_compiled_cells,
    write_netlist,
    write_reduced_deck,
)
from imnnc.parasitics import Wires
from imnnc.simulate.ngspice import run_deck
from tests.support.decks import (
    HEADER,
    cells_of,
    operating_point,
    subject_of,
    write_deck,
)
from tests.support.networks import SUPPLY_VOLTS, network, program, stimulus, technology

WIRES = Wires(20.0, 60.0, 500.0)
HALVES = Wires(20.0, 60.0, None, "halves")


def array(wires: Wires, prefix: str = "") -> CellArray:
    ohms = np.arange(1.0, 9.0).reshape(4, 2) * 1e6
    rows = ("plus_0", "bias_plus", "minus_0", "bias_minus")
    return CellArray("x", rows, ("net_0", "net_1"), ohms, prefix, wires)


def test_rows_go_from_their_drivers_to_the_right_and_columns_from_the_top_to_their_ends():
    segments = list(array(WIRES).segments())
    assert segments[:3] == [
        Resistor("plus_0_driver", "plus_0", "plus_0_driven", 500.0),
        Resistor("plus_0_wire_0", "plus_0_driven", "plus_0_at_0", 20.0),
        Resistor("plus_0_wire_1", "plus_0_at_0", "plus_0_at_1", 20.0),
    ]
    assert segments[-4:] == [
        Resistor("net_1_wire_0", "net_1_at_0", "net_1_at_1", 60.0),
        Resistor("net_1_wire_1", "net_1_at_1", "net_1_at_2", 60.0),
        Resistor("net_1_wire_2", "net_1_at_2", "net_1_at_3", 60.0),
        Resistor("net_1_wire_3", "net_1_at_3", "net_1", 60.0),
    ]
    assert len(segments) == 4 * 3 + 2 * 4


@pytest.mark.parametrize(
    ("layout", "places"), [("interleaved", [0, 2, 1, 3]), ("halves", [0, 1, 2, 3])]
)
def test_the_layout_says_at_which_place_of_its_columns_a_row_is(layout, places):
    found = array(replace(WIRES, layout=layout)).along_columns()
    assert [nets[0] for nets in found] == [f"net_0_at_{place}" for place in places]


def test_a_wire_without_resistance_is_one_net():
    only_columns = array(Wires(None, 60.0))
    assert only_columns.along_rows()[0] == ("plus_0", "plus_0")
    only_drivers = array(Wires(None, None, 500.0))
    assert only_drivers.along_rows()[0] == ("plus_0_driven", "plus_0_driven")
    assert only_drivers.along_columns()[2] == ("net_0", "net_1")
    assert [x.name for x in only_drivers.segments()] == [f"{x}_driver" for x in only_drivers.rows]


def test_reprogramming_writes_the_files_of_cells_only(tmp_path):
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, seed in zip(folders, (1, 2), strict=True):
        folder.mkdir()
        write_netlist(
            build_circuit(
                replace(
                    program(network([3, 4, 2]), seed, wires=(WIRES, HALVES)),
                    size_minus=(np.ones(4), np.ones(2)),
                    size_plus=(np.ones(4), np.ones(2)),
                ),
                network([3, 4, 2]),
                technology(),
            ),
            folder,
            HEADER,
        )
    names = sorted(x.name for x in folders[0].iterdir())
    differing = [x for x in names if len({(f / x).read_text() for f in folders}) > 1]
    assert [x for x in names if ".wires." in x] == [
        "sample.ngspice.wires.hidden.inc",
        "sample.ngspice.wires.label.inc",
    ]
    assert differing == ["sample.ngspice.cells.hidden.inc", "sample.ngspice.cells.label.inc"]


_RESISTOR = re.compile(r"(?m)^R(\S+) \(?(\S+) ([^\s)]+)\)? (?:resistor r=)?([-+.e0-9]+)")


def resistors(*files: Path) -> set[tuple[str, str, str, float]]:
    found = [x for file in files for x in _RESISTOR.findall(file.read_text())]
    assert len(set(found)) == len(found)
    return {(name, first, second, float(ohms)) for name, first, second, ohms in found}


@pytest.mark.parametrize("dialect", ["hspice", "spectre", "xyce", "ltspice", "cdl"])
def test_every_dialect_has_the_same_resistors(tmp_path, dialect):
    subject = subject_of(write_deck(tmp_path, [3, 4, 2], wires=WIRES, bias_pairs=2))
    names = write_dialect(dialect, subject, tmp_path)
    for layer in ("hidden", "label"):
        parts = [tmp_path / f"sample.ngspice.{x}.{layer}.inc" for x in ("cells", "wires")]
        expected = resistors(*parts)
        assert len(expected) == {"hidden": 10 * 4 * 3 + 10, "label": 12 * 2 * 3 + 12}[layer]
        if dialect == "cdl":
            text = (tmp_path / "sample.cdl").read_text()
            start = text.index(f".SUBCKT sample_crossbar_{layer}")
            part = tmp_path / "part"
            part.write_text(text[start : text.index(".ENDS", start)])
            assert resistors(part) == expected
            continue
        files = [x for x in names if f".wires.{layer}." in x or f".cells.{layer}." in x]
        assert len(files) == 2
        assert resistors(*(tmp_path / x for x in files)) == expected
        netlist = (tmp_path / next(x for x in names if ".tb." not in x)).read_text()
        assert all(name in netlist for name in files)


def test_the_model_in_systemverilog_has_no_part_for_wires(tmp_path):
    subject = subject_of(write_deck(tmp_path, [3, 2], wires=WIRES))
    with pytest.raises(CompileError) as caught:
        write_dialect("verilog", subject, tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM505"
    assert diagnostic.message == (
        "the model in SystemVerilog has no part for the wires of `sample_crossbar_label`"
    )


@pytest.mark.parametrize("wires", [WIRES, HALVES, Wires(None, 60.0), Wires(None, None, 1e3)])
@pytest.mark.parametrize(("widths", "pairs"), [([3, 4, 2], 1), ([600, 2], 1), ([3, 4, 2], 3)])
def test_cells_are_read_as_they_were_written(tmp_path, wires, widths, pairs):
    deck = write_deck(tmp_path, widths, wires=wires, bias_pairs=pairs)
    name = deck.network.layers[0].name
    compiled = cells_of(deck, name)
    blank = replace(compiled, ohms=np.ones_like(compiled.ohms))
    assert read_compiled_cells(tmp_path, "sample", blank) == compiled


@pytest.mark.parametrize(
    ("file", "pattern", "text", "reason"),
    [
        (
            "cells",
            r"(?m)^(Rplus_0_1 \S+ )\S+",
            r"\1net_0_at_0",
            "each cell must be at the crossing",
        ),
        ("cells", r"(?m)^Rplus_0_1 .*\n", "", "a cell is missing, there twice or not in its place"),
        ("cells", r"(?m)^(Rplus_0_1 .*) \S+$", r"\1 -5", "a resistance is not positive"),
        ("cells", r"(?m)^(Rplus_0_1 .*) \S+$", r"\1 x", "could not convert string to float"),
        (
            "wires",
            r"(?m)^(Rplus_0_wire_1 .*) \S+$",
            r"\1 21",
            "wires must be as they were compiled",
        ),
        ("wires", r"(?m)^Rnet_1_wire_1 .*\n", "", "wires must be as they were compiled"),
    ],
)
def test_another_crossbar_is_not_reduced(tmp_path, file, pattern, text, reason):
    compiled = cells_of(write_deck(tmp_path, [3, 2], wires=WIRES), "label")
    path = tmp_path / f"sample.ngspice.{file}.label.inc"
    path.write_text(re.sub(pattern, text, path.read_text(), count=1))
    with pytest.raises(CompileError) as caught:
        read_compiled_cells(tmp_path, "sample", compiled)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert reason in diagnostic.message


@pytest.mark.parametrize("wires", [WIRES, HALVES])
def test_the_reduced_deck_gives_the_voltages_of_the_full_one_at_rest_and_in_between(
    tmp_path, wires
):
    """A step at all rows: gates draw from columns, which hear one another through the rows."""
    full, scratch = tmp_path / "full", tmp_path / "reduced"
    full.mkdir(), scratch.mkdir()
    deck = write_deck(full, [16, 16, 2], wires=wires)
    before, after = deck.stimulus_volts, stimulus(16, 5)
    reduced = write_reduced_deck(
        full,
        "sample",
        "hidden",
        scratch,
        row_volts(before, SUPPLY_VOLTS),
        cells_of(deck, "hidden"),
    )
    nets = [*layer_nets("hidden", "net", 16), *layer_nets("label", "minus", 2)]
    probes = [probe_names(deck.circuit)[net] for net in nets]
    at_rest = [operating_point(folder) for folder in (full, scratch)]
    for probe in probes:
        assert at_rest[1][probe] == pytest.approx(at_rest[0][probe], abs=1e-9)
    volts = reduced.thevenin.volts(row_volts(after, SUPPLY_VOLTS))
    steps = {f"vpixels_{x}_{i}": s * v for x, s in (("plus", 1), ("minus", -1))
             for i, v in enumerate(after.tolist())}  # fmt: skip
    found = [
        transient(full, steps, probes),
        transient(scratch, dict(zip(reduced.sources, volts.tolist(), strict=True)), probes),
    ]
    assert np.abs(found[0][0] - found[0][-1]).max() > 1e-3
    assert np.abs(found[0] - found[1]).max() < 2e-5


def transient(folder: Path, steps: dict[str, float], probes: list[str]) -> np.ndarray:
    """Voltages (T, probes) on a grid of time, sources stepping to `steps` after 10 ps."""
    text = (folder / "sample.tb.ngspice.sp").read_text().replace(".op\n", "").replace(".end\n", "")
    text = text.replace('"sample.ngspice', f'"{folder}/sample.ngspice')
    for path in folder.glob("sample.ngspice.*"):
        content = path.read_text().replace('.include "', f'.include "{folder}/')
        content = content.replace('.lib "', f'.lib "{folder}/').replace(f"{folder}/{folder}/", "")
        path.write_text(content)
    lines = [text, ".control", "set numdgt=12"]
    operating = operating_volts(folder, list(steps))
    for source, end in steps.items():
        start = operating[source]
        lines.append(
            f"alter @{source}[pwl] = [ 0 {start:.12g} 1e-11 {start:.12g} 3e-11 {end:.12g} ]"
        )
    lines += [
        "tran 1e-12 4e-10 0 1e-12",
        "linearize",
        f"write result.raw {' '.join(probes)}",
        "quit",
    ]
    run = run_deck("\n".join([*lines, ".endc", ".end"]), workdir=folder, timeout_seconds=60)
    return np.array([vector.real for vector in run.require(probes)]).T


def operating_volts(folder: Path, sources: list[str]) -> dict[str, float]:
    """What sources begin at, from the files of the deck."""
    found = {}
    for path in folder.glob("sample*"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words and words[0].startswith("V") and "dc" in words:
                found[words[0].lower()] = float(words[-1])
    return {source: found[source.rpartition(".")[2]] for source in sources}


def test_a_column_of_the_equivalent_sees_what_gates_draw_from_the_others():
    wires = Wires(2e3, 3e3, None, "halves")
    cells = replace(array(wires), ohms=np.array([[1e4, 3e4], [2e4, 1e4], [5e4, 2e4], [1e4, 4e4]]))
    equivalent = thevenin(cells)
    rows, drawn = np.array([0.2, 0.25, -0.1, -0.25]), np.array([1e-6, -2e-6])
    floating, held = equivalent.floating_volts(rows), equivalent.volts(rows)
    between = equivalent.between - np.diag(np.diag(equivalent.between))
    laplacian = np.diag(1 / equivalent.ohms + between.sum(1)) - between
    expected = floating - np.linalg.solve(laplacian, drawn)
    found = np.linalg.solve(laplacian, held / equivalent.ohms - drawn)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
    # What rows then take is what leaves by the columns.
    taken = equivalent.row_amperes(rows[None], found[None])[0]
    assert taken.sum() == pytest.approx(drawn.sum(), abs=1e-18)
