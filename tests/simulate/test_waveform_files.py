"""Each format is read back by somebody else's reader."""

import csv
import signal
import sys
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spicelib import RawRead

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.simulate.rawfile import read_rawfile
from imnnc.simulate.waveform_files import Traces, _mark, check_ending, write_traces

SECONDS = np.array([0.0, 1e-12, 2.5e-12, 1e-9, 3e-6])
TRACES = Traces(
    "net: samples 1, 2",
    "ngspice 39",
    SECONDS,
    ("kind_minus_0", "hidden_net_1", "i(vdd)"),
    ("V", "V", "A"),
    np.random.default_rng(1).normal(size=(5, 3)),
)


def read_vcd(path: str) -> Any:
    """As a library of others reads it, which on import lets a closed pipe end this process."""
    kept = signal.getsignal(signal.SIGPIPE)
    try:
        from vcdvcd import VCDVCD
    finally:
        signal.signal(signal.SIGPIPE, kept)
    return VCDVCD(path)


def test_a_rawfile_is_as_spicelib_and_ngspices_own_reader_have_it(tmp_path):
    write_traces(tmp_path / "w.raw", TRACES)
    found = RawRead(str(tmp_path / "w.raw"))
    names = ["v(kind_minus_0)", "v(hidden_net_1)", "i(vdd)"]
    assert found.get_trace_names() == ["time", *names]
    assert found.get_raw_property("Title") == "net: samples 1, 2"
    np.testing.assert_array_equal(found.get_wave("time"), SECONDS)
    (plot,) = read_rawfile(tmp_path / "w.raw")
    for name, values in zip(names, TRACES.values.T, strict=True):
        np.testing.assert_array_equal(found.get_wave(name), values)
        np.testing.assert_array_equal(plot.vectors[name], values)


def test_a_vcd_has_every_value_at_its_time(tmp_path):
    write_traces(tmp_path / "w.vcd", TRACES)
    found = read_vcd(str(tmp_path / "w.vcd"))
    assert found.timescale["unit"] == "fs"
    for name, values in zip(TRACES.names, TRACES.values.T, strict=True):
        times, texts = zip(*found[f"network.{name}"].tv, strict=True)
        np.testing.assert_allclose(np.array(times) * 1e-15, SECONDS, atol=5e-16)
        np.testing.assert_array_equal([float(x) for x in texts], values)


def test_a_vcd_tells_a_value_again_only_where_it_changes(tmp_path):
    still = Traces("a", "b", SECONDS, ("x",), ("V",), np.ones((5, 1)))
    write_traces(tmp_path / "w.vcd", still)
    assert read_vcd(str(tmp_path / "w.vcd"))["network.x"].tv == [(0, "1")]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_two_variables_of_a_vcd_have_one_mark(one, other):
    assert (_mark(one) == _mark(other)) == (one == other)


def test_a_table_has_a_column_a_trace(tmp_path):
    write_traces(tmp_path / "new" / "w.csv", TRACES)
    with (tmp_path / "new" / "w.csv").open() as stream:
        head, *rows = csv.reader(stream)
    assert head == ["time", *TRACES.names]
    expected = np.column_stack([SECONDS, TRACES.values])
    np.testing.assert_array_equal(np.array(rows, float), expected)


@pytest.mark.parametrize("ending", ["h5", "HDF5"])
def test_hdf5_has_an_array_a_trace_with_its_unit(tmp_path, ending):
    write_traces(tmp_path / f"w.{ending}", TRACES)
    with h5py.File(tmp_path / f"w.{ending}") as found:
        assert {name: x.attrs["unit"] for name, x in found.items()} == {
            "time": "s",
            "kind_minus_0": "V",
            "hidden_net_1": "V",
            "i(vdd)": "A",
        }
        np.testing.assert_array_equal(found["time"], SECONDS)
        np.testing.assert_array_equal(found["i(vdd)"], TRACES.values[:, 2])


def test_without_h5py_its_extra_is_named_before_anything_is_simulated(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    for name in [x for x in sys.modules if x.partition(".")[0] == "h5py"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(CompileError) as caught:
        check_ending(tmp_path / "w.h5")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "this needs the package `h5py`, which is not installed"
    assert diagnostic.help == "`pip install 'imnnc[hdf5]'`"


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(CompileError) as caught:
        write_traces(tmp_path / "w.png", TRACES)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == (
        "waveforms must end in `.raw`, `.csv`, `.vcd`, `.h5`, `.hdf5`, the file was `w.png`"
    )
    assert caught.value.exit_code == ExitCode.USAGE
    assert not list(tmp_path.iterdir())
