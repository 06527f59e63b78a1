"""CDL against ngspice's netlist, compared by netgen."""

import re
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.foreign import emit, lvs
from tests.support.goldens import HERE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lvs")
    emit(folder, [3, 2, 2], "cdl")
    return folder


def changed(folder, change):
    """A copy of the CDL in which one line is another."""
    lines = (folder / "sample.cdl").read_text().splitlines()
    index, line = change(lines)
    lines[index] = line
    (folder / "changed.cdl").write_text("\n".join(lines) + "\n")
    return "changed.cdl"


def test_cdl_and_ngspice_netlist_are_the_same_circuit(folder):
    assert lvs(folder, "sample.cdl", "sample.ngspice.sp")


def test_devices_that_a_kit_wraps_into_subcircuits_are_the_same_circuit(tmp_path):
    shutil.copytree(HERE / "deep5432", tmp_path, dirs_exist_ok=True)
    assert "*.SCALE MICRON" in (tmp_path / "arm.cdl").read_text()
    assert lvs(tmp_path, "arm.cdl", "arm.ngspice.sp", "arm")


def test_cdl_of_resistors_to_ground_is_the_same_circuit(tmp_path):
    emit(tmp_path, [3, 2], "cdl", resistor_ohms=2.5e5)
    text = (tmp_path / "sample.cdl").read_text()
    assert text.count("$[tio2]") == 16  # the cells, not the resistors
    assert text.count("Rground") == 4
    # ngspice's netlist does not tell cells from other resistors, so here CDL must not either.
    (tmp_path / "plain.cdl").write_text(text.replace(" $[tio2]", ""))
    assert lvs(tmp_path, "plain.cdl", "sample.ngspice.sp")


def test_cdl_has_no_source_no_model_and_no_analysis(folder):
    text = (folder / "sample.cdl").read_text()
    assert set(re.findall(r"^([^\s*+RXM])", text, re.MULTILINE)) == {"."}
    assert set(re.findall(r"^\.(\w+)", text, re.MULTILINE)) == {"SUBCKT", "ENDS"}
    assert not (folder / "sample.tb.cdl").exists()


def test_every_pin_has_a_direction(folder):
    text = (folder / "sample.cdl").read_text()
    inverter = text[text.index(".SUBCKT sample_inverter") :]
    assert "*.PININFO in:I out:O vdd:B vss:B\n" in inverter
    ports = re.search(r"^\.SUBCKT sample (.*(?:\n\+.*)*)", text, re.MULTILINE)
    pins = re.findall(r"(\w+):([IOB])", text[text.index(".SUBCKT sample ") :])
    assert ports is not None
    assert [name for name, _ in pins] == ports[1].replace("\n+", "").split()
    assert {name for name, way in pins if way == "B"} == {"vdd", "vss"}
    assert {name for name, way in pins if way == "O"} == {
        f"label_{node}_{j}" for node in ("minus", "plus") for j in range(2)
    }


# Each line that a mistake in a layout could change: cells, transistors, inverters.
DEVICES = r"(R|M|Xhidden|Xlabel)\w+ "


@settings(max_examples=12)
@given(data=st.data())
def test_a_missing_device_is_found(folder, data):
    def without(lines):
        indices = [i for i, line in enumerate(lines) if re.match(DEVICES, line)]
        return data.draw(st.sampled_from(indices)), "* missing"

    assert not lvs(folder, changed(folder, without), "sample.ngspice.sp")


@settings(max_examples=12)
@given(data=st.data())
def test_a_swapped_terminal_is_found(folder, data):
    # The two ends of a resistor and the drain and source of a transistor are no mistake, so what
    # is swapped are the input and the output of an inverter, and a cell's row and another row.
    def swapped(lines):
        inverters = [i for i, x in enumerate(lines) if re.match(r"X(hidden|label)_", x)]
        cells = [i for i, x in enumerate(lines) if re.match(r"R\w+ \w+_[0-9]+ ", x)]
        index = data.draw(st.sampled_from(inverters + cells))
        name, first, second, *rest = lines[index].split(" ")
        if index in cells:
            sign, row = first.split("_")
            other = {"plus": "minus", "minus": "plus"}[sign]
            return index, " ".join([name, f"{other}_{row}", second, *rest])
        return index, " ".join([name, second, first, *rest])

    assert not lvs(folder, changed(folder, swapped), "sample.ngspice.sp")


def test_another_resistance_is_found(folder):
    def other(lines):
        (index, *_) = (i for i, line in enumerate(lines) if line.startswith("R"))
        name, row, column, _, model = lines[index].split()
        return index, f"{name} {row} {column} 123456.7 {model}"

    assert not lvs(folder, changed(folder, other), "sample.ngspice.sp")
