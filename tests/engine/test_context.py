import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError, ExitCode, Source, Span, fail
from imnnc.engine.context import Workers

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workers():
    workers = Workers(1)
    yield workers
    workers.close()


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


def test_closing_ends_a_worker_in_the_middle_of_its_work(workers, tmp_path):
    workers.executor.submit(work, str(tmp_path))
    wait_until((tmp_path / "ready").exists)
    start = time.monotonic()
    workers.close()
    assert time.monotonic() - start < 10
    assert not is_running(int((tmp_path / "pid").read_text()))


PARENT = """
import sys
from imnnc.engine.context import Workers
from tests.engine.test_context import work

if __name__ == "__main__":
    workers = Workers(1)
    workers.executor.submit(work, sys.argv[1]).result()
"""


def test_workers_do_not_outlive_a_killed_compile(tmp_path):
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT) as parent:
        try:
            wait_until((tmp_path / "ready").exists)
        finally:
            parent.send_signal(signal.SIGKILL)
    worker = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_running(worker))
