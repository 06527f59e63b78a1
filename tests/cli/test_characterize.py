"""`imnnc tech characterize --plot`: a figure and its numbers, which are those of ngspice."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from imnnc.api.transfer import COLUMNS
from imnnc.cli import app
from imnnc.lang import load_technology
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

LVT90 = load_technology("lvt90")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("plot")
    arguments = ["tech", "characterize", "lvt90", "--plot"]
    for name in ("curves.png", "curves.csv", "curves.svg"):
        arguments += ["-o", str(folder / name)]
    done = CliRunner().invoke(app, arguments, env={"IMNNC_CACHE_DIR": str(folder / "cache")})
    assert done.exit_code == 0, done.output
    return folder, done.stdout


@pytest.fixture(scope="module")
def rows(output: tuple[Path, str]) -> list[dict[str, str]]:
    with (output[0] / "curves.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def simulated(size: float, load_siemens: float, v_in: float, folder: Path) -> tuple[float, float]:
    """V_out and the power of both rails of one inverter and one resistor, as ngspice has them."""
    supply = LVT90.supply_volts
    lines = ["* one inverter", *model_lines(LVT90, folder)]
    lines += [".options gmin=1e-15 abstol=1e-15 reltol=1e-6 vntol=1e-9"]
    lines += [f"Vdd vdd 0 {supply}", f"Vss vss 0 {-supply}", f"Vin in 0 {v_in}"]
    lines += inverter_lines(LVT90, "unit", input_node="in", output_node="out", size=size)
    if load_siemens:
        lines += [f"Rload out 0 {1 / load_siemens:.9g}"]
    lines += [".control", "op", "write result.raw v(out) i(vdd) i(vss)", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=folder, timeout_seconds=60)
    out, drain, source = (float(x[0]) for x in run.require(["v(out)", "i(vdd)", "i(vss)"]))
    return out, supply * (source - drain)


def test_the_figure_is_a_png(output: tuple[Path, str]):
    with Image.open(output[0] / "curves.png") as image:
        assert image.format == "PNG"
        assert image.width > 1000


def test_the_ending_decides_the_format(output: tuple[Path, str], tmp_path: Path):
    assert (output[0] / "curves.svg").read_text().startswith("<?xml")
    assert "date" not in (output[0] / "curves.svg").read_text()
    cache = {"IMNNC_CACHE_DIR": str(output[0] / "cache")}
    name = str(tmp_path / "table.csv")
    table = ["tech", "characterize", "lvt90"]
    assert CliRunner().invoke(app, [*table, "-o", name], env=cache).exit_code == 0
    with open(name, newline="") as file:
        first, *others = csv.DictReader(file)
    assert len(others) == len({x["v_in_volts"] for x in others}) ** 2 - 1
    assert set(first) == {"v_in_volts", "v_out_volts", "output_amperes", "rail_amperes"}
    for more in (["-o", "table.png"], ["--plot", "-o", "curves.npz"]):
        refused = CliRunner().invoke(app, [*table, *more], env=cache)
        assert refused.exit_code == 2
        assert "error[IM703]: the name of the file must end in" in refused.stderr


def test_the_numbers_have_every_corner_size_and_load(rows: list[dict[str, str]]):
    assert tuple(rows[0]) == COLUMNS
    assert list(dict.fromkeys(row["corner"] for row in rows)) == list(LVT90.corners)
    assert list(dict.fromkeys(row["size"] for row in rows)) == ["1", "3", "10"]
    loads = list(dict.fromkeys(row["load_siemens"] for row in rows))
    assert loads == ["0", "1e-06", "3e-06", "1e-05"]
    assert len(rows) == 5 * 3 * 4 * 401


@pytest.mark.parametrize(("size", "load"), [("1", "0"), ("3", "3e-06"), ("10", "1e-05")])
def test_points_are_those_of_ngspice(
    rows: list[dict[str, str]], size: str, load: str, tmp_path: Path
):
    curve = [x for x in rows if (x["corner"], x["size"], x["load_siemens"]) == ("tt", size, load)]
    for index in (100, 195, 260):
        point = curve[index]
        folder = tmp_path / str(index)
        folder.mkdir()
        out, watts = simulated(float(size), float(load), float(point["v_in_volts"]), folder)
        assert float(point["v_out_volts"]) == pytest.approx(out, abs=1e-6)
        assert float(point["rail_watts"]) == pytest.approx(watts, rel=1e-4)


def test_threshold_and_gain_are_those_of_the_curve(rows: list[dict[str, str]]):
    curve = [x for x in rows if (x["corner"], x["size"], x["load_siemens"]) == ("sf", "1", "0")]
    v_in, v_out = (np.array([float(x[name]) for x in curve]) for name in COLUMNS[3:5])
    threshold = float(np.interp(0, -v_out, v_in))
    assert float(curve[0]["threshold_volts"]) == pytest.approx(threshold, abs=1e-4)
    steepest = min(float(x["slope"]) for x in curve)
    assert float(curve[0]["gain"]) == pytest.approx(-steepest, rel=1e-5)


def test_the_table_has_a_line_a_corner(output: tuple[Path, str]):
    folder, text = output
    lines = text.splitlines()
    assert lines[0].split("  ")[0] == "corner"
    assert [line.split()[0] for line in lines[1:6]] == list(LVT90.corners)
    assert lines[6] == "written to " + " and ".join(
        str(folder / f"curves.{x}") for x in ("png", "csv", "svg")
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--plot", "-o", "a.jpg"], "must end in .png, .svg, .pdf or .csv, it is `a.jpg`"),
        (["-o", "a.png"], "must end in .npz or .csv, it is `a.png`"),
        (["-o", "file/a.npz"], "cannot write `file/a.npz`: not a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch, words: list[str], message: str
):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    cache = {"IMNNC_CACHE_DIR": str(tmp_path / "cache")}
    done = CliRunner().invoke(app, ["tech", "characterize", "lvt90", *words], env=cache)
    assert (done.exit_code, message in done.output) == (2, True), done.output
    assert not Path("cache").exists()
