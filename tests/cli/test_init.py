"""`imnnc init`: what it writes is canonical, right and runs; SARIF of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator
from typer.testing import CliRunner

import imnnc
from imnnc.cli import app
from imnnc.lang import check_source, format_source, load_design, read_source
from imnnc.lang.parse import parse

EXAMPLES = Path(__file__).parents[2] / "examples"
WRITTEN = [".gitignore", ".pre-commit-config.yaml", ".github/workflows/imnnc.yml"]


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "my samples.csv"
    rows = [f"{i % 7 - 3},{i * 0.37:.2f},{i % 3}" for i in range(40)]
    path.write_text("\n".join(["left,right,class", *rows]) + "\n")
    return path


@pytest.mark.parametrize("start", ["iris", "fashion14"])
def test_a_start_is_an_example(tmp_path: Path, start: str):
    done = run("init", "--from", start, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    source = tmp_path / f"{start}.imnn"
    assert parse(read_source(source)) == parse(read_source(EXAMPLES / source.name))
    assert "examples/" not in source.read_text()
    assert all((tmp_path / name).is_file() for name in WRITTEN)


def test_what_a_start_writes_passes_its_own_checks(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("init").exit_code == 0
    hooks = yaml.safe_load(Path(WRITTEN[1]).read_text())["repos"][0]["hooks"]
    steps = yaml.safe_load(Path(WRITTEN[2]).read_text())["jobs"]["compile"]["steps"]
    commands = [f"{hook['entry']} iris.imnn" for hook in hooks]
    commands += [step["run"] for step in steps if "imnnc fmt" in step.get("run", "")]
    commands += [step["run"] for step in steps if step.get("run", "").startswith("imnnc check")]
    for command in commands:
        assert run(*command.split()[1:]).exit_code == 0, command
    assert json.loads(Path("imnnc.sarif").read_text())["runs"][0]["results"] == []


def test_a_source_fits_a_table_and_compiles(tmp_path: Path, table: Path):
    assert run("init", "--from", "csv", table, "-o", tmp_path).exit_code == 0
    source = tmp_path / "my_samples.imnn"
    assert source.read_text() == format_source(read_source(source))
    design = load_design(source)
    assert design.network.widths == (2, 6, 3)
    assert (design.data.train, design.data.test) == (32, 8)
    assert design.data.normalize == "minmax"
    compilation = imnnc.compile(source, tmp_path / "out")
    assert compilation.passed


def test_classes_by_name_in_a_column_that_is_called_so(tmp_path: Path):
    path = tmp_path / "birds.csv"
    rows = [f"{('owl', 'jay')[i % 2]},{i * 0.5},{i % 4}" for i in range(20)]
    path.write_text("\n".join(["Species,wing,nest", *rows]) + "\n")
    assert run("init", "--from", "csv", path, "-o", tmp_path).exit_code == 0
    assert 'labels "Species"' in (tmp_path / "birds.imnn").read_text()
    design = load_design(tmp_path / "birds.imnn")
    assert (design.network.widths[0], design.network.output.width) == (2, 2)


def test_classes_by_name_in_a_column_that_is_called_otherwise(tmp_path: Path):
    path = tmp_path / "wine.csv"
    rows = [f"{'abc'[i % 3]},{i},{i * i % 7}" for i in range(40)]
    path.write_text("\n".join(["cultivar,acid,ash", *rows]))
    assert run("init", "--from", "csv", path, "-o", tmp_path).exit_code == 0
    design = load_design(tmp_path / "wine.imnn")
    assert design.data.label_column == "cultivar"
    assert design.network.widths[0::2] == (2, 3)


def test_numbers_behind_samples_are_targets(tmp_path: Path):
    path = tmp_path / "n.csv"
    path.write_text("".join(f"{i * 0.1},{i * i * 0.01}\n" for i in range(20)))
    assert run("init", "--from", "csv", path, "-o", tmp_path).exit_code == 0
    design = load_design(tmp_path / "n.imnn")
    assert (design.train.loss, design.network.output.width) == ("mse", 1)
    assert check_source(tmp_path / "n.imnn") == ((), 0)


def test_what_was_written_and_what_comes_next(tmp_path: Path, table: Path):
    done = run("init", "--from", "csv", table, "-o", tmp_path)
    *written, empty, hint = done.output.splitlines()
    assert written == [str(tmp_path / x) for x in ("my_samples.imnn", *WRITTEN)]
    assert (empty, hint) == ("", f"next: imnnc compile {tmp_path / 'my_samples.imnn'}")
    head = (tmp_path / "my_samples.imnn").read_text().splitlines()[0]
    assert head == "// 40 samples, each a row of my samples.csv: 2 numbers, and one of 3 classes."


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("my samples.csv", "gone.csv"), 1, "no such file or directory"),
        (("features[2]", "features[3]"), 1, "`features` has 3 inputs"),
        (("answer[3]", "answer[4]"), 0, "1 of 4 classes have no training sample"),
    ],
)
def test_check_reads_the_samples_that_a_source_names(
    tmp_path: Path, table: Path, change: tuple[str, str], code: int, message: str
):
    run("init", "--from", "csv", table, "-o", tmp_path)
    source = tmp_path / "my_samples.imnn"
    assert run("check", source).output == ""
    source.write_text(source.read_text().replace(*change))
    done = run("check", source)
    assert (done.exit_code, message in done.output) == (code, True), done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "csv"], "error[IM742]: `--from csv` needs a table"),
        (["x.csv"], "error[IM742]: a table needs `--from csv`"),
        (["x.csv", "new"], "error[IM742]: a table needs `--from csv`"),
        (
            ["--from", "csv", "new", ".gitignore"],
            "error[IM742]: the table stands before the folder, `.gitignore` is a file",
        ),
        (
            ["--from", "csv", "."],
            "error[IM742]: `--from csv` needs a table, `.` is a folder",
        ),
        (
            ["--from", "x.csv"],
            "error[IM742]: `--from` must be `iris`, `fashion14` or `csv`, not `x.csv`",
        ),
        (["a", "-o", "b"], "error[IM742]: one folder can be written to, not `a` and `b`"),
        ([], "error[IM741]: `.gitignore` is there already"),
    ],
)
def test_what_is_refused(tmp_path: Path, monkeypatch, words: list[str], message: str):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").touch()
    done = run("init", *words)
    assert (done.exit_code, done.output.splitlines()[0]) == (2, message)


def test_the_help_of_what_is_mixed_up_is_the_command_that_was_meant(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my table.csv").touch()
    done = run("init", "--from", "csv", "new", "my table.csv")
    assert "= help: imnnc init --from csv 'my table.csv' new\n" in done.output
    assert "= help: `imnnc init --from csv x.csv` begins" in run("init", "--from", "x.csv").output
    assert "= help: did you mean `csv`?" in run("init", "--from", "cvs").output
    assert "did you mean `my table.csv`?" in run("init", "--from", "csv", "mytable.csv").output


def test_the_folder_may_stand_behind_the_table(tmp_path: Path, table: Path):
    assert run("init", "--from", "csv", table, tmp_path / "new").exit_code == 0
    assert run("check", tmp_path / "new" / "my_samples.imnn").output == ""
    assert run("init", tmp_path / "other").exit_code == 0
    assert (tmp_path / "other" / "iris.imnn").is_file()


def test_comments_before_the_headings_are_none(tmp_path: Path, table: Path):
    table.write_text(f"# measured in May\n\n{table.read_text()}")
    assert run("init", "--from", "csv", table, tmp_path).exit_code == 0
    assert 'labels "class"' in (tmp_path / "my_samples.imnn").read_text()


def test_what_is_odd_about_a_table_is_said_at_once(tmp_path: Path):
    path = tmp_path / "n.csv"
    path.write_text("".join(f"{i % 7},{i * i},{i % 3 + 1}\n" for i in range(40)))
    done = run("init", "--from", "csv", path, tmp_path)
    assert done.exit_code == 0
    assert "warning[IM222]: 1 of 4 classes have no training sample" in done.output


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (lambda i: "owl", "in all 20 rows the last column is owl"),
        (lambda i: "0", "in all 20 rows the last column is 0"),
        (
            lambda i: ("1,0,0", "0,1,0", "0,0,1")[i % 3],
            "the last 3 columns of `n.csv` are one for each class",
        ),
    ],
)
def test_a_table_without_one_column_of_classes_is_refused(
    tmp_path: Path, monkeypatch, label, message: str
):
    monkeypatch.chdir(tmp_path)
    Path("n.csv").write_text("".join(f"{i * 0.5},{i % 4},{label(i)}\n" for i in range(20)))
    done = run("init", "--from", "csv", "n.csv")
    assert (done.exit_code, message in done.output) == (1, True), done.output
    assert not Path("n.imnn").exists()


def test_a_table_with_little_in_it_is_refused(tmp_path: Path):
    path = tmp_path / "few.csv"
    path.write_text("1,0\n2,1\n")
    done = run("init", "--from", "csv", path, "-o", tmp_path)
    assert done.exit_code == 1
    assert "must have at least 10 rows of two columns or more, it has 2 of 2" in done.output


def test_diagnostics_as_sarif(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a net.imnn").write_text("let a = 1\nlet a = b\n")
    done = run("check", "a net.imnn", "--sarif", "found.sarif")
    assert done.exit_code == 1
    log = json.loads(Path("found.sarif").read_text())
    Draft7Validator(SARIF).validate(log)
    (run_,) = log["runs"]
    (result,) = run_["results"]
    assert (result["ruleId"], result["level"]) == ("IM104", "error")
    assert run_["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "IM104"
    place = result["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a%20net.imnn"},
        "region": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6},
    }
    assert result["relatedLocations"][0]["message"] == {"text": "first defined here"}


def test_a_file_for_sarif_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.imnn").write_text("let a = b\n")
    done = run("check", "net.imnn", "--sarif", "net.imnn/found.sarif")
    assert done.exit_code == 2
    assert done.output.count("error[") == done.output.count("error[IM510]") == 1


def test_a_folder_and_several_sources_are_not_mixed_up(tmp_path: Path):
    assert "IM744" in run("check", tmp_path).output
    assert "IM744" in run("check", tmp_path, tmp_path, "--golden", tmp_path).output


TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
WHOLE = {"type": "integer", "minimum": 1}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {"type": "object", "required": ["uri"]},
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "additionalProperties": WHOLE,
                },
            },
        },
    },
}
# What the standard asks of the parts of it that we write.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {"driver": {"type": "object", "required": ["name"]}},
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": TEXT,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION},
                            },
                        },
                    },
                },
            },
        },
    },
}
