from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.simulate.log import error_lines
from imnnc.simulate.ngspice import NgspiceRun, ngspice_version, run_deck
from tests.support.processes import is_running, wait_until


def run(tmp_path: Path, circuit: str, commands: str) -> NgspiceRun:
    deck = f"* a deck\n{circuit}\n.control\n{commands}\nquit\n.endc\n.end\n"
    return run_deck(deck, workdir=tmp_path, timeout_seconds=20)


def test_a_divider(tmp_path: Path) -> None:
    done = run(tmp_path, "V1 in 0 1\nR1 in Out 1k\nR2 Out 0 3k", "op\nwrite result.raw")
    out, current = done.require(["v(out)", "i(v1)"], points=1)
    assert out[0] == pytest.approx(0.75, rel=1e-9)
    assert current[0] == pytest.approx(-0.25e-3, rel=1e-9)


def test_a_discharging_capacitor_is_an_exponential(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "V1 in 0 PWL(0 1 1n 1 1.001n 0)\nR1 in out 1k\nC1 out 0 1n",
        "tran 1n 3u\nwrite result.raw",
    )
    time_seconds, out = done.require(["time", "v(out)"])
    late = time_seconds > 2e-9
    exact = np.exp(-(time_seconds[late] - 1.0005e-9) / 1e-6)
    assert np.abs(out[late] - exact).max() < 1e-5


def test_several_plots_and_complex_vectors(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "V1 in 0 1 AC 1\nR1 in out 1k\nC1 out 0 1n",
        "set appendwrite\nop\nwrite result.raw\nac lin 1 159154.943 159154.943\nwrite result.raw",
    )
    assert [plot.name for plot in done.plots] == ["Operating Point", "AC Analysis"]
    assert done.vectors["v(out)"][0] == pytest.approx(0.5 - 0.5j, abs=1e-6)


def test_a_singular_matrix_is_an_error_although_ngspice_may_exit_with_0(tmp_path: Path) -> None:
    done = run(tmp_path, "V1 a 0 1\nV2 a 0 2\nR1 a 0 1k", "op\nwrite result.raw")
    with pytest.raises(CompileError) as caught:
        done.require(["v(a)"])
    (diagnostic,) = caught.value.diagnostics
    assert caught.value.exit_code == ExitCode.TOOL
    assert diagnostic.code == "IM605"
    assert "ngspice: op simulation(s) aborted" in diagnostic.notes


def test_a_resistor_without_a_value_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "V1 a 0 1\nRcell_3_7 a b\nR2 b 0 1k", "op\nwrite result.raw")
    assert done.errors == ("Warning: rcell_3_7: resistance to low, set to 1 mOhm",)


def test_an_absent_node_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "V1 a 0 1\nR1 a 0 1k", "op\nwrite result.raw")
    with pytest.raises(CompileError) as caught:
        done.require(["v(nowhere)"])
    message = "the simulation must give `v(nowhere)`, gave no such vector"
    assert caught.value.diagnostics[0].message == message


def test_a_vector_of_another_length_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "V1 a 0 1\nR1 a 0 1k", "op\nwrite result.raw")
    with pytest.raises(
        CompileError, match=r"(?m)^`v\(a\)` must have 3 points, the simulation gave 1$"
    ):
        done.require(["v(a)"], points=3)


@pytest.mark.parametrize(
    ("circuit", "reported"),
    [
        (".include nowhere.inc", "Error: Could not find include file nowhere.inc"),
        ("X1 a 0 hidden_neuron", "Error: unknown subckt: x1 a 0 hidden_neuron"),
        ("M1 a a 0 0 nofet", "could not find a valid modelname"),
    ],
)
def test_a_deck_that_does_not_load_is_an_error(tmp_path: Path, circuit: str, reported: str) -> None:
    done = run(tmp_path, f"V1 a 0 1\nR1 a 0 1k\n{circuit}", "op\nwrite result.raw")
    assert any(reported in line for line in (*done.errors, *done.log.splitlines()))
    with pytest.raises(CompileError):
        done.require(["v(a)"])


@pytest.mark.parametrize(
    "line",
    [
        "Note: Starting dynamic gmin stepping",
        "Trying gmin =   1.0000E-03 Warning: singular matrix:  check node error_net",
        "Warning: source stepping failed",
        "Note: No compatibility mode selected!",
        "error                                0.25                    0",
        "    lintnoi <<NAN, error = 7>>",
        "Note: can't find the initialization file spinit.",
    ],
)
def test_notes_and_results_are_no_errors(line: str) -> None:
    assert error_lines(line) == ()


def test_the_start_up_file_of_the_user_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".spiceinit").write_text("echo read of home\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir()
    done = run(tmp_path / "work", "V1 a 0 1\nR1 a 0 1k", "echo threads $num_threads")
    assert "read of home" not in done.log
    assert "threads 1" in done.log


def test_the_version_is_a_number() -> None:
    assert re.fullmatch(r"\d+(\.\d+)*\S*", ngspice_version())


def test_a_missing_ngspice_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompileError) as caught:
        run(tmp_path, "V1 a 0 1", "op")
    assert caught.value.diagnostics[0].code == "IM601"
    assert caught.value.exit_code == 4
    assert "apt-get install ngspice" in (caught.value.diagnostics[0].help or "")


def test_a_hanging_ngspice_is_killed_with_its_children(tmp_path: Path, fake_ngspice) -> None:
    fake_ngspice("echo Trying gmin; sleep 600 & echo $! > child; wait")
    start = time.monotonic()
    with pytest.raises(CompileError, match=r"^ngspice must finish within 0\.5 s") as caught:
        run_deck("* deck\n.end\n", workdir=tmp_path, timeout_seconds=0.5)
    assert time.monotonic() - start < 5
    assert caught.value.diagnostics[0].code == "IM602"
    assert caught.value.diagnostics[0].notes == ("ngspice: Trying gmin",)
    child = int((tmp_path / "child").read_text())
    assert wait_until(lambda: not is_running(child))


def test_a_version_that_does_not_come_is_not_waited_for(tmp_path: Path, fake_ngspice) -> None:
    fake_ngspice(f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(CompileError, match=r"(?m)must answer within 0\.5 s, did not$") as caught:
        ngspice_version(0.5)
    assert (caught.value.diagnostics[0].code, caught.value.exit_code) == ("IM602", 4)
    child = int((tmp_path / "child").read_text())
    assert wait_until(lambda: not is_running(child))


def test_what_cannot_be_started_is_said_to_be_so(tmp_path: Path, fake_ngspice) -> None:
    fake_ngspice("exit")
    (tmp_path / "bin" / "ngspice").write_bytes(b"no program")
    with pytest.raises(CompileError, match=r"(?m)cannot be started: exec format error$") as caught:
        run(tmp_path, "V1 a 0 1", "op")
    assert (caught.value.diagnostics[0].code, caught.value.exit_code) == ("IM601", 4)


def test_a_dying_ngspice_is_reported_with_its_last_words(tmp_path: Path, fake_ngspice) -> None:
    fake_ngspice("echo loading hidden_net_12; kill -SEGV $$")
    with pytest.raises(CompileError) as caught:
        run_deck("* deck\n.end\n", workdir=tmp_path, timeout_seconds=5)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM603"
    assert diagnostic.message == "ngspice was ended by SIGSEGV before it finished"
    assert diagnostic.notes == ("ngspice: loading hidden_net_12",)
