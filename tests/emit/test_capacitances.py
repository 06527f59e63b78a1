"""Capacitances in netlists: beside cells and wires, in every dialect, and in the reduced deck."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.circuit.ir import GROUND, Capacitor, CellArray
from imnnc.circuit.reduce import row_volts, thevenin
from imnnc.diagnostics import CompileError
from imnnc.emit.dialects import write_dialect
from imnnc.emit.ngspice import NGSPICE, write_reduced_deck
from imnnc.parasitics import Capacitances, Wires
from imnnc.simulate.ngspice import run_deck
from tests.emit.test_wires import array
from tests.support.decks import cells_of, operating_point, subject_of, write_deck
from tests.support.networks import SUPPLY_VOLTS

FARADS = Capacitances(1e-16, 2e-16, 5e-17)
WIRES = Wires(20.0, 60.0, 500.0)


def with_capacitances(wires: Wires | None, farads: Capacitances = FARADS) -> CellArray:
    return replace(array(wires), capacitances=farads)


def test_wires_without_resistance_have_one_capacitor_each_and_cells_have_theirs():
    found = list(with_capacitances(None).capacitors())
    assert found[0] == Capacitor("plus_0_wire", "plus_0", GROUND, 2 * 1e-16)
    assert found[4:6] == [
        Capacitor("net_0_wire", "net_0", GROUND, 4 * 2e-16),
        Capacitor("net_1_wire", "net_1", GROUND, 4 * 2e-16),
    ]
    assert found[6:8] == [
        Capacitor("plus_0_0", "plus_0", "net_0", 5e-17),
        Capacitor("plus_0_1", "plus_0", "net_1", 5e-17),
    ]
    assert len(found) == 4 + 2 + 4 * 2


def test_wires_with_resistance_have_one_at_each_cell():
    found = list(with_capacitances(WIRES).capacitors())
    assert found[:2] == [
        Capacitor("plus_0_wire_0", "plus_0_at_0", GROUND, 1e-16),
        Capacitor("plus_0_wire_1", "plus_0_at_1", GROUND, 1e-16),
    ]
    assert found[8:10] == [
        Capacitor("net_0_wire_0", "net_0_at_0", GROUND, 2e-16),
        Capacitor("net_0_wire_1", "net_0_at_1", GROUND, 2e-16),
    ]
    assert found[-1] == Capacitor("bias_minus_1", "bias_minus_at_1", "net_1_at_3", 5e-17)
    assert len(found) == 3 * 4 * 2
    # Behind its driver a row without resistance is one net.
    (first, *_) = with_capacitances(Wires(driver_ohms=1e3)).capacitors()
    assert first == Capacitor("plus_0_wire", "plus_0_driven", GROUND, 2 * 1e-16)


def test_what_has_no_capacitance_has_no_capacitor():
    names = [
        x.name for x in with_capacitances(None, Capacitances(column_farads=1e-16)).capacitors()
    ]
    assert names == ["net_0_wire", "net_1_wire"]
    assert list(with_capacitances(WIRES, Capacitances()).capacitors()) == []


_CAPACITOR = re.compile(r"(?m)^C(\S+) \(?(\S+) ([^\s)]+)\)? (?:capacitor c=)?([-+.e0-9]+)")


def capacitors(text: str) -> set[tuple[str, ...]]:
    found = _CAPACITOR.findall(text)
    assert len(set(found)) == len(found)
    return set(found)


@pytest.mark.parametrize("wires", [None, WIRES])
@pytest.mark.parametrize("dialect", ["hspice", "spectre", "xyce", "ltspice", "cdl"])
def test_every_dialect_has_the_same_capacitors(tmp_path, dialect, wires):
    deck = write_deck(tmp_path, [3, 4, 2], wires=wires, capacitances=FARADS)
    names = write_dialect(dialect, subject_of(deck), tmp_path)
    for layer, rows, columns in (("hidden", 8, 4), ("label", 10, 2)):
        file = tmp_path / f"sample.ngspice.capacitances.{layer}.inc"
        expected = capacitors(file.read_text())
        cells = rows * columns
        assert len(expected) == (rows + columns + cells if wires is None else 3 * cells)
        if dialect == "cdl":
            text = (tmp_path / "sample.cdl").read_text()
            start = text.index(f".SUBCKT sample_crossbar_{layer}")
            assert capacitors(text[start : text.index(".ENDS", start)]) == expected
            continue
        (name,) = (x for x in names if f".capacitances.{layer}." in x)
        assert capacitors((tmp_path / name).read_text()) == expected
        assert name in (tmp_path / next(x for x in names if ".tb." not in x)).read_text()


@pytest.mark.parametrize("wires", [None, WIRES])
@pytest.mark.parametrize("widths", [[4, 3, 2], [600, 2]])
def test_capacitances_move_no_operating_point(tmp_path, wires, widths):
    found = []
    for number, farads in enumerate([None, FARADS]):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_deck(folder, widths, wires=wires, capacitances=farads)
        found.append(operating_point(folder))
    assert found[0].keys() == found[1].keys()
    for name, volts in found[0].items():
        assert found[1][name] == pytest.approx(volts, abs=1e-10)


def test_a_column_alone_is_one_time_constant(tmp_path):
    """Its pitches and the cells' capacitances to rows that are held, over the sum of its cells."""
    cells = with_capacitances(None, Capacitances(3e-16, 2e-16, 5e-17))
    siemens = (1 / cells.ohms).sum(0)
    seconds = 4 * (2e-16 + 5e-17) / siemens
    equivalent = thevenin(cells)
    np.testing.assert_allclose(equivalent.farads * equivalent.ohms, seconds, rtol=1e-12)
    before, after = (
        np.array([0.2, 0.25, -0.2, -0.25]),
        np.array([-0.1, 0.25, 0.1, -0.25]),
    )
    edge = 1e-12  # far shorter than the time constants
    sources = [
        f"V{row} {row} 0 pwl(0 {a} 10n {a} {10e-9 + edge} {b})"
        for row, a, b in zip(cells.rows, before, after, strict=True)
    ]
    lines = [
        "* a crossbar alone",
        *sources,
        *NGSPICE.format_capacitances(cells),
        *(x.rstrip() for x in NGSPICE.format_cell_rows(cells)),
        ".options reltol=1e-6 chgtol=1e-22",
        ".control",
        "set filetype=binary",
        "tran 1p 20n 9.9n 2p",
        "write result.raw time v(net_0) v(net_1)",
        "quit",
        ".endc",
        ".end",
    ]
    run = run_deck("\n".join(lines) + "\n", workdir=tmp_path, timeout_seconds=60)
    times, *columns = run.require(["time", "v(net_0)", "v(net_1)"])
    after_step = times.real > 10e-9 + edge
    since = times.real[after_step] - 10e-9 - edge / 2
    for column, volts in enumerate(columns):
        start, end = (equivalent.volts(x)[column] for x in (before, after))
        expected = end + (start - end) * np.exp(-since / seconds[column])
        assert np.abs(volts.real[after_step] - expected).max() < 2e-3 * abs(end - start)


def test_the_reduced_deck_has_them_too(tmp_path):
    full, scratch = tmp_path / "full", tmp_path / "reduced"
    full.mkdir(), scratch.mkdir()
    deck = write_deck(full, [5, 3, 2], capacitances=FARADS)
    rows = row_volts(deck.stimulus_volts, SUPPLY_VOLTS)
    reduced = write_reduced_deck(full, "sample", "hidden", scratch, rows, cells_of(deck, "hidden"))
    np.testing.assert_allclose(reduced.thevenin.farads, 12 * (2e-16 + 5e-17), rtol=1e-12)
    text = (scratch / "sample.ngspice.cells.hidden.inc").read_text()
    assert "Cthevenin_2 net_2 0 3e-15" in text
    emptied = (scratch / "sample.ngspice.capacitances.hidden.inc").read_text()
    assert all(line.startswith("*") for line in emptied.splitlines())
    for probe, volts in operating_point(full).items():
        if probe.startswith("v(xdut"):
            assert operating_point(scratch)[probe] == pytest.approx(volts, abs=1e-9)


def test_others_than_were_compiled_are_not_reduced(tmp_path):
    deck = write_deck(tmp_path, [3, 2], capacitances=FARADS)
    path: Path = tmp_path / "sample.ngspice.capacitances.label.inc"
    path.write_text(
        path.read_text().replace("Cnet_1_wire net_1 0 1.6e-15", "Cnet_1_wire net_1 0 2e-15")
    )
    rows = row_volts(deck.stimulus_volts, SUPPLY_VOLTS)
    with pytest.raises(CompileError) as caught:
        write_reduced_deck(
            tmp_path, "sample", "label", tmp_path / "to", rows, cells_of(deck, "label")
        )
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert "capacitances must be as they were compiled" in diagnostic.message


def test_what_lies_far_up_a_column_counts_less(tmp_path):
    """A ladder of resistors: its first moment by solving the nodes, beside the lumped one."""
    ohms = np.full((6, 1), 1e4)
    rows = ("plus_0", "plus_1", "bias_plus", "minus_0", "minus_1", "bias_minus")
    farads = Capacitances(column_farads=1e-15, cell_farads=2e-15)
    cells = CellArray("x", rows, ("net_0",), ohms, "", Wires(None, 5e3, None, "halves"), farads)
    laplacian = np.zeros((7, 7))
    for i in range(6):
        laplacian[i, i] += 1e-4
        laplacian[i : i + 2, i : i + 2] += 2e-4 * np.array([[1, -1], [-1, 1]])
    from_end = np.linalg.inv(laplacian)[-1]  # volts at the nodes, an ampere into the end
    equivalent = thevenin(cells)
    expected = 3e-15 * from_end[:6].sum() / from_end[-1]
    assert equivalent.farads[0] == pytest.approx(expected, rel=1e-12)
    assert equivalent.farads[0] < 6 * 3e-15
