import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import typer
from typer.testing import CliRunner

from imnnc import __version__, tables
from imnnc.cli import GROUPS, app
from imnnc.design import Network
from imnnc.diagnostics import explanations, fail
from imnnc.engine.base import Pass
from imnnc.engine.graph import PassGraph
from imnnc.files.codec import Files
from imnnc.passes import pipeline

ROOT = Path(__file__).parents[2]
SOURCE = """technology lvt90 { corner tt }
memristor tio2 { conductance 120 nS .. 1 uS }
network flowers {
    input  flower[4] in -0.25 V .. 0.25 V
    output label[3]  { inverter size 1 .. 10 }
}
data { set iris   encode 0 .. 1 -> -0.25 V .. 0.25 V }
train latim { loss cross_entropy }
"""
VERIFICATION = {
    "schema": 1,
    "samples": 100,
    "corner": "tt",
    "prediction_error_v": {"rms": 0.00123, "max": 0.0045},
    "accuracy": {"predicted": 0.85, "simulated": 0.84, "agreement": 0.99},
    "target_mse_v2": None,
    "power_w": {"rails": 1.2e-5, "all_sources": 2e-5},
    "energy_j": {"rails": 3.4e-13, "all_sources": 5e-13},
    "delay_s": 2.5e-8,
    "tolerance_v": 0.005,
    "passed": True,
    "simulator": {"name": "ngspice", "version": "39"},
    "corners": [
        {
            "corner": "sf",
            "prediction_error_v": {"rms": 0.0062, "max": 0.02},
            "accuracy": {"predicted": 0.36, "simulated": 0.35, "agreement": 0.98},
        }
    ],
}
# The same with all that such a file has.
WRITTEN = {
    **VERIFICATION,
    "network": "flowers",
    "method": "latim",
    "hold_s": 2.5e-8,
    "corners": [
        {
            **{key: VERIFICATION[key] for key in ("samples", "power_w", "energy_j", "delay_s")},
            **VERIFICATION["corners"][0],
            "hold_s": 2.5e-8,
            "target_mse_v2": None,
        }
    ],
}
SUMMARY = {
    "schema": 1,
    "curves": [{"rms_v": 1.2e-4, "max_v": 8e-4}, {"rms_v": 0.9e-4, "max_v": 1.1e-3}],
    "training": {"score": "accuracy"},
    "memristor": {"levels": 256},
    "sizing": {
        "size": {"before": 484.183, "after": 313.0},
        "rails_power_w": {"before": 1.5e-4, "after": 1.24e-4},
    },
    "quantisation": {"samples": 10000, "score": {"before": 0.8541, "after": 0.8537}},
}


@dataclass(frozen=True)
class VerificationFiles(Files):
    pass


@dataclass(frozen=True)
class Pretend(Pass):
    """Stands for the whole pipeline where only the command line is of interest."""

    ending: str = "passed"
    name: ClassVar[str] = "pretend"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Network,)
    provides: ClassVar[tuple[type, ...]] = (VerificationFiles,)

    def run(self, inputs, context):
        if self.ending == "defect":
            raise RuntimeError("unforeseen")
        if self.ending == "failed":
            raise fail("IM799", "it does not work")
        if self.ending == "slow":
            context.progress.update(0.5, "half way")
            time.sleep(60)
        if self.ending == "shared":
            assert context.executor.submit(os.getpid).result() == os.getpid()
        folder = context.new_folder()
        verification = {**WRITTEN, "passed": self.ending == "passed"}
        (folder / "verify.json").write_text(json.dumps(verification))
        (folder / "summary.json").write_text(json.dumps(SUMMARY))
        return (VerificationFiles.collect(folder),)


@pytest.fixture
def net(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("IMNNC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    Path("net.imnn").write_text(SOURCE)
    return "net.imnn"


@pytest.fixture
def pretend(monkeypatch):
    """Replace the passes; how they end is set on the command line."""

    def build_graph(design, settings):
        passes = pipeline.apply_settings([Pretend()], settings.options)
        return PassGraph(passes, pipeline.roots(design))

    monkeypatch.setattr(pipeline, "build_graph", build_graph)


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_version():
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"imnnc {__version__}\n")


def test_explain_prints_the_long_form_of_a_code():
    result = run("explain", "im703")
    assert result.exit_code == 0
    assert result.stdout.startswith("IM703: an option cannot take this value\n\nWhole numbers,")
    assert result.stdout.endswith("\n    imnnc compile net.imnn --set train.epochs=many\n")


def test_every_code_can_be_explained():
    assert all(run("explain", code).exit_code == 0 for code in explanations())


def test_an_unknown_code_is_a_usage_error():
    result = run("explain", "IM9999")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error[IM715]: no diagnostic has the code `IM9999`\n")


@pytest.mark.parametrize(
    "arguments",
    [["compile"], ["compile", "net.imnn", "--wrong"], ["wrong"], ["compile", "x", "-j", "0"]],
)
def test_usage_errors_exit_with_2(arguments):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_compile_ends_with_a_table(net, pretend):
    result = run("compile", net, "-o", "result")
    assert result.exit_code == 0
    assert result.stdout == (
        "error      1.23 mV rms, 4.5 mV max, within 5 mV\n"
        "accuracy   84.0% simulated, 85.0% predicted, 99.0% agree\n"
        "at sf      6.2 mV rms, 20 mV max, not within 5 mV; 35.0% simulated\n"
        "power      12 µW rails, 20 µW all sources\n"
        "energy     340 fJ rails, 500 fJ all sources, an inference\n"
        "delay      25 ns\n"
        "chips      nothing is known of how they differ: `imnnc explain IM333`\n"
        "sizes      484.2 -> 313 in all, 150 µW -> 124 µW rails, estimated\n"
        "levels     85.41% -> 85.37% predicted of 10000 samples, 256 levels\n"
        "curves     120 µV rms, 1.1 mV max, of the fit\n"
        "simulated  100 samples, corner tt, ngspice 39\n"
        "files      2 in result\n"
    )
    assert max(map(len, result.stdout.splitlines())) < 80
    assert result.stderr.startswith("pretend: 0.")


def shown(**more: object) -> dict[str, str]:
    """The lines of a verification's table, by their names."""
    text = tables.verification({**VERIFICATION, **more})
    assert max(map(len, text.splitlines())) < 80
    return {line[:11].strip(): line[11:] for line in text.splitlines()}


def test_the_table_says_what_the_delay_is_the_worst_of_and_what_outputs_are_at_the_hold():
    worst = {"from_sample": 21, "to_sample": 6, "output": 0, "simulated": 20, "possible": 870}
    held = {
        "samples": 50,
        "from_settled_v": {"rms": 0.00123, "max": 0.00526},
        "accuracy": {"simulated": 0.98},
        "decided_as_settled": 1.0,
        "target_mse_v2": None,
    }
    rows = shown(worst_transition=worst, at_hold=held, not_measured=None)
    assert rows["delay"] == "25 ns, sample 21 to 6 at output 0: worst of 20 chosen of 870"
    rows = shown(delay_estimated_s=2.49e-8, worst_transition=worst, at_hold=held)
    assert rows["estimated"] == "24.9 ns of delay, no simulator asked"
    assert rows["at hold"] == "1.23 mV rms, 5.26 mV max, from where outputs settle"
    assert rows["streamed"] == "50 samples, 98.0% simulated, 100.0% decided as settled"


def test_the_table_of_a_network_that_does_not_move_has_neither_delay_nor_energy():
    nothing = {"rails": None, "all_sources": None}
    rows = shown(delay_s=None, energy_j=nothing, at_hold=None, not_measured="no output moves")
    assert rows["delay"] == rows["energy"] == "not measured: no output moves"


def test_an_unchanged_compile_says_so(net, pretend):
    run("compile", net)
    result = run("compile", net)
    assert result.stdout.endswith("files      2 in out/flowers, unchanged\n")
    assert result.stderr == "pretend: unchanged\n"


def test_a_verification_out_of_tolerance_writes_the_output_and_exits_with_3(net, pretend):
    result = run("compile", net, "--set", "pretend.ending=missed")
    assert result.exit_code == 3
    assert "not within 5 mV" in result.stdout
    assert json.loads(Path("out/flowers/verify.json").read_text())["passed"] is False


def test_a_failed_pass_exits_with_1_and_says_why_on_standard_error(net, pretend):
    result = run("compile", net, "--quiet", "--set", "pretend.ending=failed")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error[IM799]: it does not work\n"


def test_diagnostics_as_json_are_one_a_line_and_nothing_else(net, pretend):
    result = run("compile", net, "--json", "--set", "pretend.ending=failed")
    (line,) = result.stderr.splitlines()
    assert json.loads(line)["code"] == "IM799"


def test_results_as_json_are_one_a_line_on_standard_output(net, pretend):
    result = run("compile", net, "--json", "--time-passes")
    found, timings = map(json.loads, result.stdout.splitlines())
    assert found["out"] == "out/flowers"
    assert found["passed"] is True
    assert found["verification"] == WRITTEN
    assert [x["name"] for x in timings["timings"]] == ["pretend"]


def test_a_defect_exits_with_70_and_keeps_the_traceback(net, pretend):
    result = run("compile", net, "--json", "--set", "pretend.ending=defect")
    assert (result.exit_code, result.stdout) == (70, "")
    diagnostic = json.loads(result.stderr)
    assert diagnostic["message"] == "this is a defect of imnnc, not of the source: RuntimeError"
    kept = Path(diagnostic["notes"][0].split("`")[1])
    assert "RuntimeError: unforeseen" in kept.read_text()
    kept.unlink()


def test_quiet_says_nothing_on_standard_error(net, pretend):
    assert run("compile", net, "-q").stderr == ""


def test_time_passes_prints_a_line_a_pass(net, pretend):
    run("compile", net)
    last = run("compile", net, "--time-passes").stdout.splitlines()[-1]
    assert last.startswith("pretend")
    assert last.endswith("s  (cached)")


def test_stopping_after_a_pass_prints_no_table(net, pretend):
    result = run("compile", net, "--stop-after", "pretend")
    assert (result.exit_code, result.stdout) == (0, "")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--stop-after", "pretent"],
        ["--dump-after", "pretent"],
        ["--set", "pretent.ending=x"],
        ["--set", "pretend.endin=x"],
    ],
)
def test_what_is_misspelt_is_corrected_and_exits_with_2(net, pretend, arguments):
    result = run("compile", net, *arguments)
    assert result.exit_code == 2
    assert "help: did you mean `pretend`?" in result.stderr or (
        "help: did you mean `ending`?" in result.stderr
    )


def test_a_malformed_definition_is_a_usage_error(net, pretend):
    result = run("compile", net, "-D", "units")
    assert result.exit_code == 2
    assert "a definition must have the form `name=value`, it was `units`" in result.stderr


def test_a_source_that_is_not_there_is_the_source_that_is_wrong(net):
    result = run("compile", "gone.imnn")
    assert result.exit_code == 1
    assert "cannot read `gone.imnn`" in result.stderr


def test_an_output_that_is_not_one_cannot_be_verified_or_predicted(net):
    assert run("verify", "gone").exit_code == 1
    assert run("predict", "gone", "inputs.npz").exit_code == 1


def test_fmt_prints_checks_and_rewrites(net):
    ragged = Path("ragged.imnn")
    ragged.write_text(SOURCE.replace("  ", " "))
    assert run("fmt", net).stdout == SOURCE
    assert run("fmt", str(ragged)).stdout == SOURCE
    checked = run("fmt", "--check", net, str(ragged))
    assert checked.exit_code == 1
    assert re.fullmatch(r"ragged\.imnn:\d+: must be `\S.*`\n", checked.stdout)
    mode = ragged.stat().st_mode
    assert run("fmt", "-i", str(ragged)).exit_code == 0
    assert ragged.read_text() == SOURCE
    assert ragged.stat().st_mode == mode
    assert run("fmt", "--check", net, str(ragged)).exit_code == 0


def test_fmt_of_standard_input_is_a_filter():
    result = CliRunner().invoke(app, ["fmt", "-"], input="let a=1")
    assert (result.exit_code, result.stdout) == (0, "let a = 1\n")
    wrong = CliRunner().invoke(app, ["fmt", "-"], input="let a=")
    assert wrong.exit_code == 1
    assert "--> <stdin>:1:7" in wrong.stderr


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"let a = 1\nlet b=2\n", "2: must be `let b = 2`"),
        (b"let a = 1\r\n", "1: the line must end with a newline alone"),
        (b"let a = 1", "1: the file must end with a newline"),
        (b"let a = 1\n\n\nlet b = 2\n", "3: a blank line too many"),
        (b"\xef\xbb\xbflet a = 1\n", "1: begins with a byte order mark"),
    ],
)
def test_fmt_says_why_a_file_is_not_canonical_and_what_would_change(net, contents, reason):
    Path("a.imnn").write_bytes(contents)
    checked = run("fmt", "--check", "a.imnn")
    assert (checked.exit_code, checked.stdout) == (1, f"a.imnn:{reason}\n")
    shown = run("fmt", "--diff", "a.imnn")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("--- a.imnn\n+++ a.imnn in canonical form\n@@ ")
    assert Path("a.imnn").read_bytes() == contents


def test_help_shows_every_command_once_with_the_whole_of_what_it_does():
    commands = typer.main.get_group(app).commands
    assert sorted(x for group in GROUPS.values() for x in group) == sorted(commands)
    assert "..." not in run("--help").stdout.partition("From a source:")[2]


def test_explain_alone_lists_every_code():
    lines = run("explain").stdout.splitlines()
    assert [line[:5] for line in lines] == sorted(explanations())


def test_technologies_are_listed_and_shown():
    assert run("tech", "list").stdout.splitlines() == ["gf180mcu", "lvt90", "sky130"]
    assert "technology lvt90 {" in run("tech", "show", "lvt90").stdout
    assert run("tech", "show", "lvt91").exit_code == 1


def test_a_technology_is_characterized_once(net):
    first = run("tech", "characterize", "lvt90", "--corner", "ss", "-o", "table.npz")
    assert first.exit_code == 0
    assert first.stdout.startswith("technology       lvt90, corner ss\n")
    assert Path("table.npz").exists()
    again = run("tech", "characterize", "lvt90", "--corner", "ss")
    assert first.stdout == f"{again.stdout}written to       table.npz\n"
    assert again.stderr == "characterize: unchanged\n"


def test_the_cache_can_be_looked_at_and_emptied(net, pretend):
    run("compile", net)
    assert "entries  1\n" in run("cache", "info").stdout
    assert run("cache", "clear").exit_code == 0
    assert "entries  0\n" in run("cache", "info").stdout


SLOW = """
import sys
from tests.cli.test_cli import Pretend
from imnnc.passes import pipeline
from imnnc.engine.graph import PassGraph

pipeline.build_graph = lambda design, _: PassGraph([Pretend("slow")], pipeline.roots(design))
sys.argv = ["imnnc", "compile", sys.argv[1], "-o", sys.argv[2]]
from imnnc.cli import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_compile_ends_at_once_and_cleans_up(net, tmp_path, number, code):
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path / net), str(tmp_path / "out")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            deadline = time.monotonic() + 20
            while not list(tmp_path.glob("cache/v1/scratch/pretend-*")):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(0.2)
            process.send_signal(number)
            _, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == code
    if number == signal.SIGINT:
        assert stderr == (
            "error[IM713]: interrupted in pass `pretend`\n"
            "  = note: the output is as it was\n"
            "  = help: the same command goes on from there\n"
        )
    assert not list(tmp_path.glob("cache/v1/temporary/*"))
    assert not (tmp_path / "out").exists()


def test_nobody_reading_on_is_no_failure_of_the_compiler():
    code = "; ".join(["import sys, imnnc.cli as c", "sys.argv = ['imnnc', 'explain', 'IM703']"])
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-c", f"{code}; c.main()"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=False,
    )
    os.close(write)
    assert (process.returncode, process.stderr) == (0, "")


EXPLAIN = "import sys, imnnc.cli as c; sys.argv = ['imnnc', 'explain', 'IM703']; c.main()"


def test_a_full_disk_behind_standard_output_is_no_defect():
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [sys.executable, "-c", EXPLAIN],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert process.returncode == 2
    assert process.stderr.startswith("error[IM717]: cannot write to standard output")


@pytest.mark.parametrize("closed", ["0<&-", ">&-", "2>&-", "0<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_trouble(closed):
    command = ["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, EXPLAIN]
    process = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith("IM703") is (">&-" not in closed.replace("2>&-", ""))


def test_no_heavy_module_is_imported_by_a_command():
    code = (
        "import sys, imnnc.cli, imnnc.passes.pipeline, imnnc.engine.compiler;"
        "print([x for x in ('torch', 'scipy', 'sklearn', 'PySpice', 'jinja2', 'rich')"
        " if x in sys.modules])"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert shown == "[]\n"


def test_where_there_are_no_semaphores_a_compile_says_so_and_goes_on(net, pretend, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)
    result = run("compile", net, "--json", "--set", "pretend.ending=shared")
    assert result.exit_code == 3
    (note,) = map(json.loads, result.stderr.splitlines())
    assert (note["code"], note["severity"]) == ("IM720", "note")
