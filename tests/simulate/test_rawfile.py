from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from imnnc.simulate.rawfile import RawfileError, read_rawfile


def plot(names: list[str], rows: list[list[float]], flags: str = "real") -> bytes:
    variables = "".join(f"\t{i}\t{name}\tvoltage\n" for i, name in enumerate(names))
    points = len(rows) // 2 if flags == "complex" else len(rows)
    header = (
        "Title: * a title: with colons\nDate: Mon Nov 23\nPlotname: Some Analysis\n"
        f"Flags: {flags}\nNo. Variables: {len(names)}\nNo. Points: {points}\n"
        f"Variables:\n{variables}Binary:\n"
    )
    return header.encode() + b"".join(struct.pack(f"={len(row)}d", *row) for row in rows)


def read(tmp_path: Path, data: bytes):
    path = tmp_path / "result.raw"
    path.write_bytes(data)
    return read_rawfile(path)


def test_names_are_lower_case_and_columns_are_variables(tmp_path: Path) -> None:
    (read_plot,) = read(tmp_path, plot(["time", "V(Out)"], [[0.0, 1.5], [1e-9, 2.5]]))
    assert read_plot.name == "Some Analysis"
    assert list(read_plot.vectors) == ["time", "v(out)"]
    assert read_plot.vectors["v(out)"].tolist() == [1.5, 2.5]


def test_plots_follow_each_other_whatever_bytes_their_points_have(tmp_path: Path) -> None:
    (marker,) = struct.unpack("=d", b"\nBinary:")
    plots = read(tmp_path, plot(["a"], [[marker]]) + plot(["b"], [[2.0], [3.0]]))
    assert [p.vectors for p in plots[:1]] == [{"a": np.array([marker])}]
    assert plots[1].vectors["b"].tolist() == [2.0, 3.0]


def test_an_ac_plot_is_complex(tmp_path: Path) -> None:
    (ac,) = read(tmp_path, plot(["frequency", "v(out)"], [[1.0, 0.0], [3.0, -4.0]], "complex"))
    assert ac.vectors["v(out)"].tolist() == [3 - 4j]


@pytest.mark.parametrize("cut", [1, 8, 20, 60])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    whole = plot(["a", "b"], [[1.0, 2.0]])
    with pytest.raises(RawfileError):
        read(tmp_path, whole[:-cut])


def test_a_file_that_is_no_rawfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawfileError, match=r"^a rawfile must have a `Binary:` section, found none"):
        read(tmp_path, b"hello\n")


def test_an_empty_file_has_no_plots(tmp_path: Path) -> None:
    assert read(tmp_path, b"") == ()
