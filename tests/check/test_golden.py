"""Goldens: written once, shown before they change, refused where they are not whole."""

import json
import shutil

import pytest

from imnnc.api import check_golden, update_golden
from imnnc.check.golden import GOLDEN_NAME, read_expected, read_golden
from imnnc.diagnostics import CompileError
from imnnc.files.manifest import write_manifest


def code(call, *arguments, **options):
    with pytest.raises(CompileError) as error:
        call(*arguments, **options)
    return error.value.diagnostics[0].code


@pytest.fixture
def kept(golden, tmp_path):
    """A copy of the golden, to be changed."""
    shutil.copytree(golden, tmp_path / "golden")
    return tmp_path / "golden"


def sealed(out):
    """Write the manifest anew, as if a compile had written the files that are there now."""
    manifest = json.loads((out / "manifest.json").read_text())
    write_manifest(out, {k: v for k, v in manifest.items() if k not in ("files", "tool")})


def test_a_golden_has_what_comparing_needs_and_no_more(golden):
    names = {x.relative_to(golden).as_posix() for x in golden.rglob("*") if x.is_file()}
    assert names == {
        *(".gitattributes", "expected.csv", "golden.json", "models/lvt90.lib"),
        *("params.npz", "stimuli.npz", "points.ngspice.sp", "points.tb.ngspice.sp"),
        *("points.ngspice.cells.layer0.inc", "points.ngspice.cells.layer1.inc"),
        *("program/index.json", "program/layer0.csv", "program/layer1.csv"),
    }
    assert set(read_golden(golden).files) == names - {".gitattributes", "golden.json"}


def test_expected_voltages_are_a_line_a_corner_and_sample(golden):
    lines = (golden / "expected.csv").read_text().splitlines()
    assert lines[0].startswith("corner,sample,layer1_minus_0,")
    assert [line.split(",")[:2] for line in lines[1:]] == [
        [corner, str(sample)] for corner in ("tt", "ff") for sample in range(6)
    ]
    volts, nets = read_expected(read_golden(golden))
    assert volts["ff"].shape == (6, len(nets)) == (6, 6)
    assert abs(volts["tt"]).max() < 0.25


def test_a_golden_of_the_same_output_is_left_alone(points, golden):
    before = {x: x.stat().st_mtime_ns for x in golden.rglob("*")}
    assert not update_golden(points.out, golden, confirm=lambda _: pytest.fail("asked"), jobs=1)
    assert {x: x.stat().st_mtime_ns for x in golden.rglob("*")} == before


def test_what_would_change_is_shown_before_it_is_replaced(out, kept):
    program = out / "points.ngspice.sp"
    program.write_text(program.read_text().replace('" tt', '" ff'))
    sealed(out)
    (kept / "README.md").write_text("ours")
    before = {x: x.read_bytes() for x in kept.rglob("*") if x.is_file()}
    shown = []

    def confirm(answer):
        return lambda change: shown.append(change) or answer

    assert not update_golden(out, kept, confirm=confirm(False), jobs=1)
    assert {x: x.read_bytes() for x in kept.rglob("*") if x.is_file()} == before
    texts = [text for case in shown[0].levels[0].cases for text in case.texts]
    assert texts[0] == "corner is ff, was tt"
    assert texts[-1].startswith("corner tt: expected voltages move by up to ")

    assert update_golden(out, kept, confirm=confirm(True), jobs=1)
    assert check_golden(out, kept, levels=["bytes", "structure"]).passed
    assert (kept / "README.md").read_text() == "ours"
    assert [x.name for x in kept.parent.iterdir() if x.name.startswith(".")] == []


def test_an_update_that_was_killed_between_its_two_renames_is_taken_back(points, kept):
    kept.rename(kept.with_name(".golden.previous"))
    assert update_golden(points.out, kept, jobs=1)
    assert check_golden(points.out, kept).passed
    assert not kept.with_name(".golden.previous").exists()


def test_an_output_that_was_edited_cannot_become_a_golden(out, kept):
    (out / "program" / "layer0.csv").write_text("crossbar\n")
    assert code(update_golden, out, kept) == "IM513"


def test_a_golden_that_was_edited_is_not_compared_with(points, kept):
    cells = kept / "points.ngspice.cells.layer0.inc"
    cells.write_text(cells.read_text() + "\n")
    assert code(check_golden, points.out, kept) == "IM532"
    cells.unlink()
    assert code(check_golden, points.out, kept) == "IM532"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": 1}', '{"schema": 1, "files": {"/x": ""}}']
)
def test_a_damaged_index_is_refused(points, kept, content):
    (kept / GOLDEN_NAME).write_text(content)
    assert code(check_golden, points.out, kept) == "IM512"


def test_folders_that_are_something_else_are_refused(points, golden, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "file").touch()
    assert code(check_golden, points.out, tmp_path / "notes") == "IM531"
    assert code(check_golden, points.out, tmp_path / "nowhere") == "IM531"
    assert code(check_golden, tmp_path / "notes", golden) == "IM533"
    assert code(check_golden, tmp_path / "nowhere", golden) == "IM533"
    assert code(check_golden, golden / "golden.json", golden) == "IM533"
    assert code(update_golden, points.out, tmp_path / "notes", jobs=1) == "IM535"
    assert code(update_golden, points.out, points.out, jobs=1) == "IM535"


def test_files_are_told_apart_byte_for_byte_and_explained(out, golden):
    def changed(name, before, after):
        path = out / name
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))

    changed("points.ngspice.sp", "* Inputs", "* inputs")
    changed("program/layer0.csv", "layer0,0,0,plus", "layer0,00,0,plus")
    changed("models/lvt90.lib", "* lvt90:", "* LVT90:")
    (out / "program" / "layer1.csv").unlink()
    (level,) = check_golden(out, golden, levels=["bytes"], edited=True).levels
    found = {case.name: case for case in level.cases if not case.passed}
    assert found.keys() == {
        *("points.ngspice.sp", "program/layer0.csv", "models/lvt90.lib", "program/layer1.csv"),
    }
    assert found["points.ngspice.sp"].texts == (
        "points.ngspice.sp: only comments or layout differ",
    )
    assert found["models/lvt90.lib"].texts == (
        "models/lvt90.lib: differs from line 1 on (85 lines, had 85)",
    )
    assert any(line.startswith("+* inputs") for line in found["points.ngspice.sp"].details)
    assert found["program/layer0.csv"].texts == (
        "programming layer0: 1 cell is missing",
        "programming layer0: 1 cell is added",
    )
    assert found["program/layer1.csv"].texts == ("program/layer1.csv: the file is missing",)


def test_a_change_of_programming_is_told_in_cells(out, golden):
    path = out / "program" / "layer0.csv"
    lines = path.read_text().splitlines()
    words = lines[3].split(",")  # row 0, column 1, plus
    words[6] = repr(float(words[6]) / 1.25)
    lines[3] = ",".join(words)
    path.write_text("\n".join(lines) + "\n")
    (level,) = check_golden(out, golden, levels=["bytes"], edited=True).levels
    assert [text for case in level.cases for text in case.texts] == [
        "programming layer0: 1 of 50 cells differs, largest 25 % at row 0 column 1 (plus)"
    ]
