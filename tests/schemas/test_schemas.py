"""JSON schemas: published as they are made, and what is really written fits them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from imnnc import api
from imnnc.api import Compilation, check_golden, update_golden
from imnnc.cli import app
from imnnc.compare.record import record
from imnnc.diagnostics import Diagnostic, Label
from imnnc.emit.programming import write_program
from imnnc.parasitics import Capacitances, Wires
from imnnc.schemas import names, schema_text
from imnnc.schemas.files import SCHEMAS, text_of
from tests.measure.test_pulses import PLANNED
from tests.support.invented import comparison
from tests.support.networks import network, program, span_of
from tests.support.small import Alone
from tests.support.stored import compile_points


def check(name: str, found: Any) -> None:
    jsonschema.Draft202012Validator(json.loads(schema_text(name))).validate(found)


def content(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    """Cells that are written by pulses, and chips."""
    source = PLANNED + "chips { count 3   samples 6 }\n"
    return compile_points(tmp_path_factory.mktemp("schemas"), source)


def test_what_is_published_is_what_is_made():
    assert names() == tuple(sorted(SCHEMAS))
    for name in names():
        assert schema_text(name) == text_of(name), "write them: python -m imnnc.schemas.files"
        jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_every_json_file_of_a_folder_has_a_schema_that_it_fits(points, compiled):
    for of in (points, compiled):
        for path in of.out.rglob("*.json"):
            check(path.stem, content(path))
    assert {path.stem for path in compiled.out.rglob("*.json")} == {
        *("manifest", "timings", "summary", "verify", "chips", "index", "pulses")
    }
    check("compile", json.loads(json.dumps(compiled.to_json())))


def test_a_die_and_a_golden_fit_theirs(compiled, tmp_path):
    out, to = shutil.copytree(compiled.out, tmp_path / "out"), tmp_path / "die"
    source = compiled.out.parent / "points.imnn"
    api.chips(out, source, count=2, measure=1, workers=Alone(), jobs=1)
    check("chips", content(out / "chips.json"))
    api.calibrate(out, out / "chips" / "0" / "measured.npz", to, source, jobs=1)
    for path in (to / "calibration.json", to / "manifest.json"):
        check(path.stem, content(path))
    golden = tmp_path / "golden"
    update_golden(compiled.out, golden, jobs=1)
    check("golden", content(golden / "golden.json"))
    check("check", check_golden(compiled.out, golden, jobs=1).to_json())


def test_an_evaluation_and_a_comparison_fit_theirs(points):
    check("evaluate", points.evaluate(prove=0, jobs=1).to_json())
    check("evaluate", points.evaluate(prove=1, jobs=1).to_json())
    check("compare", json.loads(json.dumps(record(comparison()))))


def test_an_index_with_wires_fits_its_own(tmp_path):
    wires, farads = Wires(1.0, 2.0, 100.0), Capacitances(1e-15, 1e-15, 1e-16)
    of = program(network((3, 4, 2)), wires=(wires, None), capacitances=(farads, None))
    write_program(of, tmp_path)
    check("index", content(tmp_path / "program" / "index.json"))


def test_a_diagnostic_fits_its_own():
    span = span_of("word")
    found = Diagnostic("IM100", "wrong", span, secondary=(Label(span, "here"),), help="mend it")
    for each in (found, Diagnostic("IM100", "wrong")):
        check("diagnostic", json.loads(each.to_json()))


@pytest.mark.parametrize("change", ["more", "fewer", "other"])
def test_what_is_not_written_does_not_fit(points, change):
    found = content(points.out / "verify.json")
    if change == "more":
        found["prediction_error_v"]["median"] = 0.0
    elif change == "fewer":
        del found["simulator"]["version"]
    else:
        found["passed"] = "yes"
    with pytest.raises(jsonschema.ValidationError):
        check("verify", found)


def test_the_command_prints_a_schema_and_knows_what_was_meant():
    run = CliRunner().invoke
    assert run(app, ["schema", "verify.json"]).stdout == schema_text("verify")
    assert run(app, ["schema"]).stdout.split() == [*names()]
    refused = run(app, ["schema", "verfy"])
    assert (refused.exit_code, "did you mean `verify`?" in refused.stderr) == (2, True)
