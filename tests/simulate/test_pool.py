from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.simulate.pool import open_simulator, simulate_operating_points
from tests.support.processes import is_running, wait_until, workers_of


def test_results_and_progress_do_not_depend_on_the_number_of_jobs(divider: Path) -> None:
    volts = np.random.default_rng(1).uniform(-0.25, 0.25, (120, 2))
    found, progress = [], []
    for jobs in (1, 3):
        seen: list[tuple[int, int]] = []
        found.append(
            simulate_operating_points(
                divider,
                ["va", "vb"],
                volts,
                ["v(out)"],
                driver="pyspice",
                jobs=jobs,
                timeout_seconds=20,
                on_progress=lambda done, total, seen=seen: seen.append((done, total)),
            )
        )
        progress.append(seen)
    assert found[0][:, 0] == pytest.approx((3 * volts[:, 0] + volts[:, 1]) / 4, rel=1e-9)
    assert np.array_equal(*found)
    assert progress[0] == [(40, 120), (80, 120), (120, 120)]
    assert sorted(progress[1])[-1] == (120, 120)


def test_transients_side_by_side_come_back_in_order(divider: Path) -> None:
    steps = [(np.array([0.0, 1e-9]), np.array([0.0, volt])) for volt in (0.1, 0.2, 0.3)]
    with open_simulator(divider, "pyspice", 20, jobs=2) as simulator:
        results = simulator.transients([{"va": s} for s in steps], 1e-8, 1e-9, ["v(a)"])
    assert [volts[-1, 0] for _, volts in results] == pytest.approx([0.1, 0.2, 0.3])


def test_no_samples_are_no_work(divider: Path) -> None:
    with open_simulator(divider, "pyspice", 20) as simulator:
        assert simulator.operating_points(["va"], np.empty((0, 1)), ["v(out)"]).shape == (0, 1)


def test_a_simulation_over_its_time_limit_is_killed(divider: Path) -> None:
    step = (np.array([0.0, 1e-9]), np.array([0.0, 0.1]))
    start = time.monotonic()
    with (
        pytest.raises(CompileError, match=r"^ngspice must finish within 2 s") as caught,
        open_simulator(divider, "pyspice", 2) as simulator,
    ):
        simulator.transient({"va": step}, 10.0, 1e-9, ["v(out)"])
    assert caught.value.diagnostics[0].code == "IM602"
    assert time.monotonic() - start < 10
    assert workers_of(os.getpid()) == []


def test_a_hanging_process_is_killed_with_its_children(
    divider: Path, tmp_path: Path, fake_ngspice
) -> None:
    pids = tmp_path / "pids"
    fake_ngspice(
        f'[ "$1" = --version ] && echo "** ngspice-39 : x" && exit; echo $$ >> {pids}; '
        f"sleep 600 & echo $! >> {pids}; wait"
    )
    with (
        pytest.raises(CompileError) as caught,
        open_simulator(divider, "ngspice", 1) as simulator,
    ):
        simulator.operating_points(["va"], np.array([[0.1]]), ["v(out)"])
    assert caught.value.diagnostics[0].code == "IM602"
    assert wait_until(lambda: not any(is_running(int(p)) for p in pids.read_text().split()))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_dying_worker_is_an_error_and_no_hang(divider: Path, number: signal.Signals) -> None:
    with open_simulator(divider, "pyspice", 60, jobs=2) as simulator:
        (worker,) = workers_of(os.getpid())
        os.kill(worker, number)
        with pytest.raises(CompileError) as caught:
            simulator.operating_points(["va"], np.full((20, 1), 0.1), ["v(out)"])
    assert caught.value.diagnostics[0].code == "IM603"
    assert number.name in caught.value.diagnostics[0].message
    assert workers_of(os.getpid()) == []


def test_an_error_of_libngspice_that_ends_it_is_reported(tmp_path: Path) -> None:
    # More ports than ngspice 39 has room for.
    ports = " ".join(f"p{i}" for i in range(1100))
    wide = f".subckt wide {ports}\nR1 p0 0 1k\n.ends\nX1 {ports} wide\n"
    path = tmp_path / "wide.sp"
    path.write_text("* wide\n" + wide.replace(" p", "\n+ p") + "V1 p0 0 1\n.end\n")
    with pytest.raises(CompileError) as caught, open_simulator(path, "pyspice", 20):
        pass
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "ngspice reported: ERROR, N_GLOBAL_NODES overflow"


PARENT = """
import sys, numpy as np
from pathlib import Path
from imnnc.simulate.pool import open_simulator
step = (np.array([0.0, 1e-9]), np.array([0.0, 0.1]))
with open_simulator(Path(sys.argv[1]), sys.argv[2], 600) as simulator:
    print("open", flush=True)
    simulator.transient({"va": step}, 100.0, 1e-9, ["v(out)"])
"""


@pytest.mark.parametrize("driver", ["pyspice", "ngspice"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_an_interrupted_compiler(
    divider: Path, tmp_path: Path, number: signal.Signals, driver: str
) -> None:
    # Without a `__main__` guard: a user's script has none either.
    script = tmp_path / "compile.py"
    script.write_text(PARENT)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(divider), driver]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"open\n"
        (worker,) = workers_of(parent.pid)
        assert wait_until(lambda: driver == "pyspice" or workers_of(worker) != [])
        descendants = [worker, *workers_of(worker)]
        parent.send_signal(number)
        parent.wait(10)
    assert wait_until(lambda: not any(is_running(pid) for pid in descendants))
    if number == signal.SIGINT:
        assert list(scratch.iterdir()) == []


def test_nothing_is_left_in_the_temporary_folder(
    divider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch with spaces; $x"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with open_simulator(divider, "pyspice", 20) as simulator:
        (found,) = simulator.operating_points(["va"], np.array([[0.2]]), ["v(a)"])
        assert len(list(scratch.iterdir())) == 1
    assert found[0] == 0.2
    assert list(scratch.iterdir()) == []
