"""Netlists as KLayout reads them, the layout-against-schematic tool of the open kits."""

from __future__ import annotations

import shutil
from pathlib import Path

import klayout.db as klayout
import numpy as np
import pytest

from tests.support.decks import Deck
from tests.support.foreign import emit
from tests.support.goldens import HERE

CELLS = ("$[TIO2]", "RES")  # what KLayout calls the device of a cell in CDL, and in the others


def read(path: Path) -> klayout.Netlist:
    netlist = klayout.Netlist()
    netlist.read(str(path), klayout.NetlistSpiceReader())
    return netlist


def same(first: klayout.Netlist, second: klayout.Netlist) -> bool:
    comparer = klayout.NetlistComparer()
    cells = [
        device
        for netlist in (first, second)
        for device in netlist.each_device_class()
        if device.name in CELLS
    ]
    comparer.same_device_classes(*cells)
    return bool(comparer.compare(first, second))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Path, Deck]:
    folder = tmp_path_factory.mktemp("klayout")
    return folder, emit(folder, [4, 3, 2], "cdl", "hspice")


@pytest.mark.parametrize("name", ["sample.cdl", "sample.hspice.sp", "sample.ngspice.sp"])
def test_klayout_finds_every_port_and_every_cell(written, name):
    folder, deck = written
    netlist = read(folder / name)
    top = netlist.circuit_by_name("SAMPLE")
    assert [pin.name().lower() for pin in top.each_pin()] == list(deck.circuit.top.ports)
    assert sum(1 for _ in top.each_subcircuit()) == 2 + 2 * (3 + 2)
    for crossbar in deck.program.crossbars:
        circuit = netlist.circuit_by_name(f"SAMPLE_CROSSBAR_{crossbar.name.upper()}")
        ohms = sorted(device.parameter("R") for device in circuit.each_device())
        expected = np.sort(np.vstack([crossbar.ohms_plus, crossbar.ohms_minus]), axis=None)
        assert ohms == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["sample.hspice.sp", "sample.ngspice.sp"])
def test_klayout_finds_the_circuit_of_the_cdl_in_other_netlists(written, name):
    folder, _ = written
    assert same(read(folder / "sample.cdl"), read(folder / name))


def test_klayout_finds_a_cell_that_is_another(written):
    folder, _ = written
    found = read(folder / "sample.hspice.sp")
    device = next(found.circuit_by_name("SAMPLE_CROSSBAR_HIDDEN").each_device())
    device.set_parameter("R", 1.1 * device.parameter("R"))
    assert not same(read(folder / "sample.cdl"), found)


def test_klayout_reads_devices_that_a_kit_wraps_into_subcircuits(tmp_path):
    shutil.copyfile(HERE / "deep5432" / "arm.cdl", tmp_path / "arm.cdl")
    netlist = read(tmp_path / "arm.cdl")
    top = netlist.circuit_by_name("ARM")
    assert sum(1 for _ in top.each_subcircuit()) == 3 + 2 * (4 + 3 + 2)
