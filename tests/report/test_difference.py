"""Two output folders side by side."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import imnnc
from imnnc.artifacts.reading import read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE
from imnnc.cli import app
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.files.files import read_json, sha256_file, write_json
from imnnc.physics.network import CrossbarProgram
from imnnc.report.difference import Figure, Setting, _layers
from imnnc.report.side_by_side import compared, layer_text, setting_rows
from tests.support.networks import network, program
from tests.support.stored import stored_network, write_stored


def written(folder: Path, of: CrossbarProgram | None = None, **options: object) -> Path:
    """An output folder as far as a difference reads it."""
    folder.mkdir()
    stored = stored_network("tt")
    write_stored(folder / PARAMETERS_FILE, stored if of is None else replace(stored, program=of))
    write_json(
        folder / "verify.json",
        {
            "prediction_error_v": {"rms": 0.001, "max": 0.003},
            "accuracy": {"simulated": 0.9, "predicted": 0.91, "agreement": 1.0},
            "delay_s": 2e-9,
            "passed": True,
        },
    )
    files = {x.name: sha256_file(x) for x in sorted(folder.iterdir())}
    fields = {"technology": "lvt90", "seed": 1, "options": {"train": {"epochs": 5, **options}}}
    write_json(
        folder / "manifest.json",
        {"tool": {"name": "imnnc", "version": "0"}, "files": files, **fields},
    )
    return folder


def renewed(folder: Path, name: str, **changes: object) -> None:
    """Change a JSON file, and what the manifest lists of it."""
    content = read_json(folder / name)
    content.pop("schema")
    write_json(folder / name, content | changes)
    manifest = read_json(folder / "manifest.json")
    manifest["files"][name] = sha256_file(folder / name)
    manifest.pop("schema")
    write_json(folder / "manifest.json", manifest)


def changed(of: CrossbarProgram) -> CrossbarProgram:
    """Three cells and an inverter are others."""
    first, *others = of.crossbars
    plus, minus = first.ohms_plus.copy(), first.ohms_minus.copy()
    plus[0, 1], plus[-1, 2], minus[3, 4] = 1e6, 2e6, 5e6
    sizes = of.size_minus[0].copy()
    sizes[2] += 1
    return replace(
        of,
        crossbars=(replace(first, ohms_plus=plus, ohms_minus=minus), *others),
        size_minus=(sizes, *of.size_minus[1:]),
    )


@pytest.fixture
def both(tmp_path):
    a = written(tmp_path / "a")
    of = read_stored(a / PARAMETERS_FILE).program
    b = written(tmp_path / "b", changed(of), seed=2)
    renewed(b, "verify.json", delay_s=3e-9)
    return a, b


def test_a_folder_is_like_its_copy(both, tmp_path):
    shutil.copytree(both[0], tmp_path / "copy")
    found = imnnc.diff(both[0], tmp_path / "copy")
    assert found.equal
    assert not found.settings
    assert [x.changed for x in found.layers] == [0, 0]
    assert all(x.a == x.b for x in found.figures)


def test_figures_cells_sizes_and_settings_that_differ_are_found(both):
    found = imnnc.diff(*both)
    assert not found.equal
    assert found.files == (PARAMETERS_FILE, "verify.json")
    assert Figure("delay", "s", 2e-9, 3e-9) in found.figures
    assert found.settings == (Setting("options.train.seed", None, 2),)
    first, second = found.layers
    of, other = (read_stored(x / PARAMETERS_FILE).program.crossbars[0] for x in both)
    assert [(*x[1:4],) for x in first.rows()] == [
        ("0", 1, "plus"),
        ("bias", 2, "plus"),
        ("3", 4, "minus"),
    ]
    ohms = np.array([*of.ohms_plus[[0, -1], [1, 2]], of.ohms_minus[3, 4]])
    np.testing.assert_array_equal(first.a, 1 / ohms)
    np.testing.assert_array_equal(first.b, [1e-6, 0.5e-6, 0.2e-6])
    assert abs(first.largest) == np.abs(first.b - first.a).max()
    assert (first.cells, first.sizes) == (2 * other.ohms_plus.size, 1)
    assert (second.changed, second.sizes) == (0, 0)


def test_a_cell_that_is_not_formed_differs_from_one_that_is():
    of = program(network((2, 3, 2)))
    mask = np.ones_like(of.crossbars[0].ohms_plus, bool)
    mask[1, 0] = False
    # As it is stored, a cell that is not formed has its resistance all the same.
    pruned = replace(of.crossbars[0], formed_plus=mask, formed_minus=np.ones_like(mask))
    layer = next(_layers(of, replace(of, crossbars=(pruned, *of.crossbars[1:]))))
    ((_, row, column, polarity, before, after),) = layer.rows()
    assert (row, column, polarity, after) == ("1", 0, "plus", None)
    assert before == 1 / of.crossbars[0].ohms_plus[1, 0]


def test_layers_of_other_shapes_and_names_are_told(tmp_path):
    a = written(tmp_path / "a")
    of = read_stored(a / PARAMETERS_FILE).program
    first, second = of.crossbars
    halves = second.ohms_plus[:, :2], second.ohms_minus[:, :2]
    smaller = replace(second, ohms_plus=halves[0], ohms_minus=halves[1])
    other = replace(of, crossbars=(replace(first, name="other"), smaller))
    texts = [layer_text(x) for x in _layers(of, other)]
    assert texts == [
        "crossbars of other shapes: 5 × 5 and none",
        "crossbars of other shapes: 6 × 3 and 6 × 2",
        "crossbars of other shapes: none and 5 × 5",
    ]


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure("", "s", 2.0, 3.0), "+50 %"),
        (Figure("", "V", 1e-3, 2e-6), "-99.8 %"),
        (Figure("", "V", 1e-6, 1e-4), "100 times"),
        (Figure("", "%", 0.91, 0.9), "-1 points"),
        (Figure("", "J", None, 3.0), ""),
        (Figure("", "J", 3.0, 3.0), ""),
        (Figure("", "", 0.0, 3.0), ""),
    ],
)
def test_two_values_are_compared_as_people_do(figure, text):
    assert compared(figure) == text


def test_what_several_passes_have_to_say_is_told_once(both):
    found = replace(
        imnnc.diff(*both),
        settings=(
            Setting("options.size.epochs", 5, 6),
            Setting("source.sha256", "a" * 64, "b" * 64),
            Setting("options.train.epochs", 5, 6),
            Setting("options.tune.epochs", None, 6),
        ),
    )
    assert setting_rows(found) == [
        ("epochs (size, train)", "5", "6"),
        ("source.sha256", "aaaaaaaaaaaa…", "bbbbbbbbbbbb…"),
        ("epochs (tune)", "none", "6"),
    ]


def test_on_the_command_line(both, tmp_path):
    page, cells = tmp_path / "d.html", tmp_path / "new" / "cells.csv"
    words = ["diff", *map(str, both), "-o", str(page), "--cells", str(cells)]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    words = " ".join(found.stdout.split())
    assert "delay 2 ns 3 ns +50 %" in words
    assert "layer0 3 of 50 cells differ (6.0%), by" in words
    assert "1 inverters of another size" in words
    assert "layer1 all 36 cells are the same" in words
    assert "seed (train) none 2" in words
    assert "Side by side" in page.read_text()
    head, *rows = csv.reader(cells.read_text().splitlines())
    assert head == ["crossbar", "row", "column", "polarity", "siemens_a", "siemens_b"]
    assert [x[:4] for x in rows][1] == ["layer0", "bias", "2", "plus"]


def test_the_exit_code_tells_of_differences_where_that_is_asked(both):
    words = ["diff", *map(str, both), "--json"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0
    content = json.loads(found.stdout)
    assert content["layers"][0]["share"] == 0.06
    assert CliRunner().invoke(app, [*words, "--exit-code"]).exit_code == ExitCode.VERIFICATION
    same = ["diff", str(both[0]), str(both[0]), "--exit-code"]
    found = CliRunner().invoke(app, same)
    assert (found.exit_code, found.stdout) == (0, f"{both[0]} and {both[0]} are the same\n")


def test_a_page_has_another_ending_than_a_picture(both):
    found = CliRunner().invoke(app, ["diff", *map(str, both), "-o", "d.pdf"])
    assert found.exit_code == ExitCode.USAGE
    assert "this file must end in `.html`, it was `d.pdf`" in found.stderr


def test_what_is_no_output_folder_is_told(both, tmp_path):
    with pytest.raises(CompileError) as caught:
        imnnc.diff(both[0], tmp_path / "none")
    assert caught.value.diagnostics[0].code == "IM511"
