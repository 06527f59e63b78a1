"""Clusters: one that is started here, and one of a scheduler and workers as processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from imnnc import api
from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.engine.cluster import ClusterWorkers
from imnnc.engine.parcel import Parcel
from imnnc.engine.place import parse_place
from tests.support.processes import is_running, wait_until
from tests.support.small import Alone

ROOT = Path(__file__).parents[2]

# What dask leaves behind when a cluster ends in the middle of something is dask's.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def local() -> Iterator[ClusterWorkers]:
    with ClusterWorkers(parse_place("dask://local?n=2")) as workers:
        yield workers


def refuse() -> None:
    raise fail("IM799", "no", notes=["n"], exit_code=ExitCode.TOOL)


def total(numbers: Parcel[np.ndarray], more: float) -> float:
    return float(numbers.value.sum()) + more


def lose_the_first_worker(mark: Path) -> int:
    """Kill the worker of this process the first time; later ones say who they are."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return os.getpid()


def say_and_sleep(folder: Path) -> None:
    (folder / f"pid-{os.getpid()}").touch()
    time.sleep(120)


def said(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]


def test_jobs_are_done_by_other_processes_with_parcels_that_travel_once(local):
    assert local.jobs == 2
    numbers = Parcel(np.arange(1000.0))
    jobs = [local.executor.submit(total, numbers, more=more) for more in range(6)]
    assert [job.result() for job in jobs] == [499500.0 + more for more in range(6)]
    assert os.getpid() not in {local.executor.submit(os.getpid).result() for _ in range(3)}


def test_an_error_arrives_with_its_exit_code_and_says_where_it_was(local):
    with pytest.raises(CompileError, match=r"(?m)^no$") as caught:
        local.executor.submit(refuse).result()
    assert caught.value.exit_code is ExitCode.TOOL
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.notes[0] == "n"
    assert diagnostic.notes[1].startswith(f"on a worker at `{socket.gethostname()}`, process ")


def test_chips_and_simulations_come_out_as_on_this_machine(local, points, tmp_path):
    out = shutil.copytree(points.out, tmp_path / "out")
    net = points.out.parent / "points.imnn"
    here, there = (
        api.chips(out, net, count=6, prove=1, workers=workers, jobs=1)
        for workers in (Alone(), local)
    )
    assert here.to_json() == there.to_json()
    assert points.verify(workers=local).to_json() == points.verification


def test_the_job_of_a_lost_worker_is_done_by_another_one(local, tmp_path):
    numbers = Parcel(np.arange(10.0))
    before = [local.executor.submit(total, numbers, 0.0) for _ in range(4)]
    lost = local.executor.submit(lose_the_first_worker, tmp_path / "mark")
    after = [local.executor.submit(total, numbers, 1.0) for _ in range(8)]
    assert lost.result(timeout=60) > 0
    assert [job.result(timeout=60) for job in (*before, *after)] == [45.0] * 4 + [46.0] * 8


INTERRUPTED = """
import sys
from pathlib import Path
from imnnc.engine.cluster import ClusterWorkers
from imnnc.engine.place import parse_place
from tests.engine.test_cluster import say_and_sleep

if __name__ == "__main__":
    with ClusterWorkers(parse_place("dask://local?n=1")) as workers:
        workers.executor.submit(say_and_sleep, Path(sys.argv[1])).result()
"""


def test_ctrl_c_ends_the_cluster_that_was_started_and_what_it_does(tmp_path):
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert wait_until(lambda: said(tmp_path), 60)
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    (pid,) = said(tmp_path)
    assert wait_until(lambda: not is_running(pid))


# A scheduler and workers, each a process that was started by hand.


class Machines:
    """A scheduler, and who starts workers for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "scheduler.json"
        arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.scheduler = self._start("scheduler", {}, *arguments)
        assert wait_until(self._file.exists, 60)
        text = self._file.read_text(encoding="utf-8")
        self.port = int(text.partition("tcp://127.0.0.1:")[2].partition('"')[0])

    def place(self, wait_seconds: float = 60) -> str:
        return f"dask://127.0.0.1:{self.port}?wait={wait_seconds}"

    @contextmanager
    def workers(self, count: int = 1, **environment: str) -> Iterator[list[subprocess.Popen[str]]]:
        arguments = ("--host", "127.0.0.1", "--no-dashboard", "--nthreads", "1")
        started = [self._start("worker", environment, *arguments) for _ in range(count)]
        try:
            yield started
        finally:
            for worker in started:
                end(worker)

    def _start(self, what: str, environment: dict[str, str], *arguments: str):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "dask", what),
                *("--scheduler-file", str(self._file), *arguments),
            ],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def end(process: subprocess.Popen[str]) -> None:
    """Kill a worker with its nanny."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    found = Machines(tmp_path_factory.mktemp("machines"))
    yield found
    end(found.scheduler)


def test_a_cluster_without_workers_is_an_error_in_the_time_that_it_is_given(machines):
    with (
        pytest.raises(
            CompileError, match=r"(?m)must have a worker, it had none for 0\.5 s$"
        ) as caught,
        ClusterWorkers(parse_place(machines.place(0.5))),
    ):
        pass
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, caught.value.exit_code) == ("IM733", ExitCode.TOOL)


def test_two_workers_do_as_this_machine_and_stay_when_the_command_ends(machines, points, tmp_path):
    out = shutil.copytree(points.out, tmp_path / "out")
    net = points.out.parent / "points.imnn"
    with machines.workers(2) as started:
        here = api.chips(out, net, count=6, workers=Alone(), jobs=1)
        there = api.chips(out, net, count=6, workers=machines.place())
        assert here.to_json() == there.to_json()
        with ClusterWorkers(parse_place(machines.place(3))) as workers:
            workers.executor.submit(say_and_sleep, tmp_path)
            assert wait_until(lambda: said(tmp_path), 60)
            begun = time.monotonic()
        assert time.monotonic() - begun < 20
        (pid,) = said(tmp_path)
        assert wait_until(lambda: not is_running(pid))
        assert all(worker.poll() is None for worker in started)
        with ClusterWorkers(parse_place(machines.place(1))) as workers:
            job = workers.executor.submit(time.sleep, 120)
            for worker in started:
                end(worker)
            with pytest.raises(CompileError, match=r"(?m)must have a worker, it had none for 1 s$"):
                job.result(timeout=30)


def test_a_worker_with_another_version_is_refused(machines):
    patch = machines.folder / "other"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import imnnc.version\nimnnc.version.__version__ = '0.0.1'\n", encoding="utf-8"
    )
    with (
        machines.workers(PYTHONPATH=f"{patch}{os.pathsep}{ROOT}"),
        pytest.raises(
            CompileError,
            match=r"^a worker must have the imnnc that sends it jobs, .* it has 0\.0\.1",
        ) as caught,
        ClusterWorkers(parse_place(machines.place())),
    ):
        pass
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM734"
    assert diagnostic.notes[0].startswith("it is the worker at `tcp://127.0.0.1:")


def test_a_worker_without_ngspice_says_so_and_where_it_is(machines, points):
    with (
        machines.workers(PATH="/nowhere"),
        pytest.raises(
            CompileError, match=r"^the simulator `ngspice` must be on the PATH"
        ) as caught,
    ):
        points.verify(workers=machines.place())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM601"
    assert diagnostic.notes[0].startswith("on a worker at")


def test_no_scheduler_is_an_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"dask://127.0.0.1:{free.getsockname()[1]}?wait=1"
    with (
        pytest.raises(
            CompileError, match=rf"(?m)^no dask scheduler answers at `{re.escape(place)}`$"
        ),
        ClusterWorkers(parse_place(place)),
    ):
        pass


def test_tls_without_certificates_says_where_dask_looks_for_them():
    with (
        pytest.raises(CompileError, match=r"^no dask scheduler answers at") as caught,
        ClusterWorkers(parse_place("dask+tls://127.0.0.1:1")),
    ):
        pass
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.notes == ("dask's configuration names no `distributed.comm.tls.ca-file`",)


@pytest.mark.parametrize(
    "text",
    ["host:8786", "dask://host", "dask://local?n=0", "dask://h:1?x=2", "tcp://h:1", "dask://h:x"],
)
def test_what_is_no_place_is_refused(text):
    with pytest.raises(CompileError) as caught:
        parse_place(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, caught.value.exit_code) == ("IM730", ExitCode.USAGE)
    assert diagnostic.message == (
        "`--workers` must be `dask://HOST:PORT`, `dask+tls://HOST:PORT` or `dask://local?n=2`,"
        f" was `{text}`"
    )


@pytest.mark.parametrize(
    ("text", "address", "exposed"),
    [
        ("dask://10.0.0.7:8786", "tcp://10.0.0.7:8786", True),
        ("dask://127.0.0.1:8786", "tcp://127.0.0.1:8786", False),
        ("dask://[::1]:8786", "tcp://[::1]:8786", False),
        ("dask+tls://node:8786?wait=600", "tls://node:8786", False),
        ("dask://local", None, False),
    ],
)
def test_places(text, address, exposed):
    place = parse_place(text)
    assert (place.address, place.is_exposed) == (address, exposed)
    assert place.wait_seconds == (600 if "wait" in text else 60)


def test_without_dask_a_cluster_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CompileError) as caught, ClusterWorkers(parse_place("dask://local")):
        pass
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "`--workers dask://local` needs dask, which is not installed"
    assert diagnostic.help == "`pip install imnnc[cluster]` brings it"
