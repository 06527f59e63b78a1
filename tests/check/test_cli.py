"""`imnnc check` and `imnnc golden update` on the command line."""

import json
import shutil
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from imnnc.cli import app

LEVELS = ("--level", "bytes", "--level", "structure", "--level", "behaviour")


def run(*arguments, **options):
    return CliRunner().invoke(app, [str(x) for x in arguments], **options)


def fault(out):
    path = out / "points.ngspice.sp"
    path.write_text(path.read_text().replace('" tt', '" ff'))


def test_what_is_as_in_the_golden_ends_with_zero(points, golden):
    result = run("check", points.out, "--golden", golden, *LEVELS, "-j", 1)
    assert (result.exit_code, result.stderr.strip()) == (0, "")
    assert result.stdout == (
        "bytes      9 files, all as in the golden\n"
        "structure  10 parts, all as in the golden\n"
        "behaviour  4 groups, all as in the golden\n"
        f"points is as in {golden}\n"
    )


def test_a_difference_ends_with_three_and_is_named(golden, out):
    fault(out)
    result = run("check", out, "--golden", golden, "--edited")
    assert result.exit_code == 3
    assert result.stdout == (
        f"structure  10 parts, 1 differs\n  corner is ff, was tt\npoints differs from {golden}\n"
    )


@pytest.mark.parametrize("level", ["bytes", "structure", "behaviour"])
def test_a_file_that_was_edited_differs_whatever_is_in_it(golden, out, level):
    with (out / "points.ngspice.sp").open("a") as netlist:
        netlist.write("* a comment\n")
    arguments = ("check", out, "--golden", golden, "--level", level, "-j", 1)
    refused = run(*arguments)
    assert refused.exit_code == 3
    edited = "`points.ngspice.sp` is not as it was written: its sha256 differs"
    assert f"  {edited.replace('`', f'`{out}/', 1)}\n" in refused.stdout
    assert run(*arguments, "--edited").exit_code == (3 if level == "bytes" else 0)


def test_junit_has_a_suite_a_level_and_a_case_a_part(golden, out, tmp_path):
    fault(out)
    report = tmp_path / "reports" / "check.xml"
    assert (
        run("check", out, "--golden", golden, *LEVELS, "--edited", "--junit", report).exit_code == 3
    )
    root = ElementTree.parse(report).getroot()
    assert root.tag == "testsuites"
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == [
        *("imnnc check, bytes", "imnnc check, structure", "imnnc check, behaviour")
    ]
    for suite in suites.values():
        cases = suite.findall("testcase")
        failures = suite.findall("testcase/failure")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == len(failures) == 1
        assert (suite.get("errors"), suite.get("skipped")) == ("0", "0")
        assert float(suite.get("time")) >= 0
        assert all(case.get("name") and case.get("classname") for case in cases)
        assert len({case.get("name") for case in cases}) == len(cases)
    failure = suites["imnnc check, structure"].find("testcase[@name='settings']/failure")
    assert failure.get("message") == failure.text == "corner is ff, was tt"


def test_junit_survives_whatever_is_in_a_netlist(golden, out, tmp_path):
    path = out / "points.ngspice.sp"
    path.write_bytes(path.read_bytes().replace(b"* Inputs", b"* <&]]>\x01\xff\xe9"))
    report = tmp_path / "x.xml"
    run("check", out, "--golden", golden, "--level", "bytes", "--edited", "--junit", report)
    failure = ElementTree.parse(tmp_path / "x.xml").find(".//failure")
    assert "+* <&]]>" in failure.text


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (["nowhere", "--golden", "golden"], 2, "error[IM533]: `nowhere` must be the output folder"),
        (["out", "--golden", "nowhere"], 2, "error[IM531]: `nowhere` must be the folder of a"),
        (["out/manifest.json", "--golden", "golden"], 2, "error[IM533]: `out/manifest.json` must"),
        (["out", "--golden", "golden", "--level", "names"], 2, ""),
        (["out"], 2, ""),
    ],
)
def test_a_mistake_is_said_in_a_message(
    golden, out, monkeypatch, tmp_path, arguments, exit_code, error
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(golden, tmp_path / "golden")
    result = run("check", *arguments)
    assert result.exit_code == exit_code
    assert result.stderr.startswith(error)


def test_a_golden_is_written_and_then_replaced_only_if_that_is_meant(points, tmp_path):
    golden = tmp_path / "golden"
    update = ("golden", "update", points.out, "--golden", golden, "-j", 1, "-q")
    assert run(*update).stdout == f"{golden} is written\n"
    assert run(*update).stdout == f"{golden} is as it was\n"
    index = golden / "golden.json"
    tree = json.loads(index.read_text())
    del tree["files"]["program/layer1.csv"]
    index.write_text(json.dumps(tree))
    (golden / "program" / "layer1.csv").unlink()
    refused = run(*update)
    assert refused.exit_code == 2
    assert "  program/layer1.csv: the file is added\n" in refused.stdout
    assert refused.stderr.startswith(f"error[IM537]: `{golden}` would change")
    assert run(*update, "--yes").stdout.endswith(f"{golden} is written\n")
    assert run("check", points.out, "--golden", golden, "--level", "bytes").exit_code == 0
