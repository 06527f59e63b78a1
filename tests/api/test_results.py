"""What a compilation and a comparison found, as typed values, data frames and HTML."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import imnnc
from imnnc.api.results import comparison_result
from imnnc.diagnostics import CompileError
from imnnc.files.manifest import renew_json

COMPARISON: dict[str, Any] = {
    "methods": {
        name: {
            "prediction_error_v": {"rms": {"mean": rms}, "max": {"mean": 2 * rms}},
            "accuracy": {"predicted": {"mean": 0.9}, "simulated": {"mean": 0.8}},
            "target_mse_v2": None,
            "energy_j": {"rails": {"mean": 1e-15}, "all_sources": {"mean": None}},
            "delay_s": {"mean": 1e-9},
            "total_inverter_size": {"mean": 40.0},
        }
        for name, rms in (("phax", 2e-3), ("<b>rim</b>", 1e-3))
    }
}


def test_a_verification_has_fields_with_units(points):
    found = points.verification
    assert found.network == "points"
    assert found.passed is points.passed
    assert found.tolerance_volts == 5e-3
    assert found.error.rms_volts == found["prediction_error_v"]["rms"]
    assert [x.corner for x in found.corners] == ["tt", "ff"]
    assert points.energy.all_sources_joules == found["energy_j"]["all_sources"]
    assert points.energy.delay_seconds == found["delay_s"]


def test_a_verification_is_a_mapping_of_its_file(points):
    content = json.loads((points.out / "verify.json").read_text())
    assert points.verification == content
    assert json.dumps(points.to_json())


def test_layers_have_shape_sizes_and_errors(points):
    first, last = points.layers
    assert (first.layer, first.inputs, first.neurons, first.cells) == ("layer0", 4, 5, 50)
    assert (last.bias_pairs, last.unformed_cells) == (1, 0)
    assert last.minus.rms_volts == pytest.approx(points.verification.error.rms_volts)


def test_tables_become_data_frames(points):
    layers, corners = points.layers.to_pandas(), points.verification.to_pandas()
    assert list(layers["layer"]) == ["layer0", "layer1"]
    assert layers["minus.rms_volts"].iloc[1] == points.layers[1].minus.rms_volts
    assert list(corners["corner"]) == ["tt", "ff"]
    assert corners["energy.delay_seconds"].iloc[0] == points.energy.delay_seconds


def test_a_package_that_is_missing_is_named(points, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(CompileError) as caught:
        points.layers.to_pandas()
    (said,) = caught.value.diagnostics
    assert said.code == "IM745"
    assert said.message == "this needs the package `pandas`, which is not installed"
    assert said.help == "`pip install 'imnnc[notebook]'`"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"passed": "yes"}, "its `passed` must be `true` or `false`"),
        ({"energy_j": 3}, "it must have what a verification has found"),
        ({"corners": None}, "it must have what a verification has found"),
    ],
)
def test_a_verification_that_is_none_is_damaged(points, copied, wrong, message):
    renew_json(copied, "verify.json", {**points.verification, **wrong})
    with pytest.raises(CompileError, match=message):
        _ = imnnc.load(copied).verification


def test_a_comparison_has_a_row_a_method():
    found = comparison_result(Path("out"), COMPARISON)
    assert found["methods"] == COMPARISON["methods"]
    assert found.methods[0].error_max_volts == 4e-3
    assert found.methods[0].all_sources_joules is None
    assert list(found.to_pandas()["accuracy_simulated"]) == [0.8, 0.8]


def test_html_has_units_and_escapes_what_it_shows(points):
    shown = comparison_result(Path("out"), COMPARISON)._repr_html_()
    assert "<td>2 mV</td>" in shown
    assert "<td>–</td>" in shown
    assert "&lt;b&gt;rim&lt;/b&gt;" in shown
    assert "<b>" not in shown
    page = points._repr_html_()
    assert "<caption>" in page
    assert "trained by latim" in page
    assert "<td>layer1</td>" in page


def test_a_compilation_that_was_stopped_says_so(tmp_path):
    shown = imnnc.Compilation(tmp_path / "<i>")._repr_html_()
    assert "it was stopped before" in shown
    assert "&lt;i&gt;" in shown
