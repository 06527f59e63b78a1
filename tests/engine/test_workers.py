import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, Source, Span, fail
from imnnc.engine.workers import InThisProcess, LocalProcesses

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workers():
    with LocalProcesses(1) as workers:
        yield workers


def refuse() -> None:
    raise fail(
        "IM799", "no", Span(Source("a.imnn", "text"), 1, 2), notes=["n"], exit_code=ExitCode.TOOL
    )


def work(folder: str) -> None:
    Path(folder, "pid").write_text(f"{os.getpid()}")
    Path(folder, "ready").touch()
    time.sleep(60)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_error_in_a_worker_arrives_with_its_place_and_its_exit_code(workers):
    with pytest.raises(CompileError) as caught:
        workers.executor.submit(refuse).result()
    assert caught.value.exit_code is ExitCode.TOOL
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.notes == ("n",)
    assert diagnostic.span is not None
    assert diagnostic.span.place == "a.imnn:1:2"


def test_workers_have_one_thread_each(workers):
    assert workers.executor.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


def test_the_end_of_the_block_ends_a_worker_in_the_middle_of_its_work(tmp_path):
    with LocalProcesses(1) as workers:
        workers.executor.submit(work, str(tmp_path))
        wait_until((tmp_path / "ready").exists)
        start = time.monotonic()
    assert time.monotonic() - start < 10
    assert not is_running(int((tmp_path / "pid").read_text()))


PARENT = """
import sys
from imnnc.engine.workers import LocalProcesses
from tests.engine.test_workers import mark, work

if __name__ == "__main__":
    with LocalProcesses(1, mark) as workers:
        workers.executor.submit(work, sys.argv[1]).result()
"""


def mark() -> None:
    """What a worker does at its end, in the folder in which it was started."""
    Path("ended").touch()


def test_workers_do_not_outlive_a_killed_compile_and_end_what_they_have_started(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as parent:
        try:
            wait_until((tmp_path / "ready").exists)
        finally:
            parent.send_signal(signal.SIGKILL)
    worker = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_running(worker))
    assert (tmp_path / "ended").exists()


def refuse_semaphores(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def lack_semaphores(*_: object, **__: object) -> None:
    raise ImportError("this platform lacks a functioning sem_open implementation")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (refuse_semaphores, "permission denied"),
        (lack_semaphores, "this platform lacks a functioning sem_open implementation"),
    ],
)
def test_without_semaphores_this_process_does_the_work_and_says_so(monkeypatch, failure, reason):
    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", failure)
    told: list[Diagnostic] = []
    with LocalProcesses(2, tell=told.append) as workers:
        assert list(workers.executor.map(lambda _: os.getpid(), range(3))) == [os.getpid()] * 3
        with pytest.raises(CompileError, match=r"(?m)^no \(a.imnn:1:2\)$"):
            workers.executor.submit(refuse).result()
    (note,) = told
    assert (note.code, note.severity) == ("IM720", "note")
    assert note.message == (
        f"worker processes cannot be had, all is computed in this one: {reason}"
    )


def test_whoever_is_interrupted_in_a_job_of_this_process_is_interrupted():
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InThisProcess().submit(interrupted)


SCRIPT = """
from imnnc.engine.workers import LocalProcesses

print("a script without a guard", flush=True)
with LocalProcesses(2) as workers:
    print(sorted(workers.executor.map(abs, [-3, 4, -5, 6])), __file__ != "", __spec__)
"""


def test_workers_do_not_run_the_script_that_starts_them(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    shown = subprocess.check_output([sys.executable, script], text=True, timeout=100)
    assert shown == "a script without a guard\n[3, 4, 5, 6] True None\n"
