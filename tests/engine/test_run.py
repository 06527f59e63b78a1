import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError, fail
from imnnc.engine.base import Pass
from imnnc.engine.context import InterruptedPass
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Results, Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.files.files import writing
from tests.support.toys import (
    Add,
    Aside,
    Count,
    Numbers,
    Root,
    Silent,
    Talk,
    Total,
    Write,
    runs,
)


def passes(
    log: Path,
    *,
    scale: float = 1.0,
    count: int = 3,
    pause: float = 0.0,
    add: type[Add] = Add,
    write: type[Write] = Write,
) -> list[Pass]:
    return [Count(count, str(log), pause), add(str(log), scale), write(str(log)), Talk(str(log))]


def run(tmp_path, target="write", finish=None, reporter=None, value=1, store=Store, **options):
    graph = PassGraph(passes(tmp_path, **options), [Root])
    with LocalProcesses(1) as workers:
        runner = Runner(store(tmp_path / "cache"), reporter or Silent(), workers, 10.0)
        return runner.run(graph.plan([target]), {Root: Root(value)}, finish or (lambda r: r))


def entry_of(tmp_path, name: str) -> Path:
    """The cache entry that holds a file with this ending."""
    (found,) = (tmp_path / "cache").rglob(f"entries/**/{name}")
    return found


def total(results: Results) -> float:
    return results[Total].value


def test_passes_run_once_and_are_found_afterwards(tmp_path):
    assert run(tmp_path, finish=total) == 6.0
    assert runs(tmp_path) == ["count", "add", "write"]
    reporter = Silent()
    assert run(tmp_path, finish=total, reporter=reporter) == 6.0
    assert runs(tmp_path) == ["count", "add", "write"]
    assert reporter.heard == ["cached count", "cached add", "cached write"]


def test_an_option_reruns_its_pass_and_what_depends_on_it(tmp_path):
    run(tmp_path)
    assert run(tmp_path, scale=2.0, finish=total) == 12.0
    assert runs(tmp_path)[3:] == ["add", "write"]


def test_an_equal_result_of_a_changed_pass_reruns_nothing_more(tmp_path):
    run(tmp_path, scale=1.0, count=1, value=2)
    run(tmp_path, scale=2.0, count=1, value=1)
    assert runs(tmp_path)[3:] == ["count", "add"]


def test_the_input_reruns_everything_that_depends_on_it(tmp_path):
    run(tmp_path)
    assert run(tmp_path, value=2, finish=total) == 9.0
    assert runs(tmp_path)[3:] == ["count", "add", "write"]


def edited_add(version: int) -> type[Add]:
    """The pass with other code."""
    return type("Add", (Add,), {"version": version})


def test_the_code_version_of_a_pass_is_part_of_its_key(tmp_path):
    run(tmp_path)
    run(tmp_path, add=edited_add(version=1))
    assert runs(tmp_path)[3:] == []
    run(tmp_path, add=edited_add(version=2))
    assert runs(tmp_path)[3:] == ["add"]


def test_emitted_files_are_copied_out_of_the_cache(tmp_path):
    for name in "first", "again":
        (tmp_path / name).mkdir()
        run(tmp_path, finish=lambda results, name=name: results.copy_files(tmp_path / name))
        assert (tmp_path / name / "sub" / "total.txt").read_text() == "6.0\n"


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(bytes(content))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def wrong(path: Path) -> None:
    path.write_text('{"type": "nothing", "fields": {}}')


@pytest.mark.parametrize("damage", [truncate, flip, empty, wrong, os.unlink])
@pytest.mark.parametrize("name", ["0.npz", "0.json", "meta.json", "0.files/sub/total.txt"])
def test_a_damaged_entry_is_a_miss(tmp_path, damage, name):
    out = tmp_path / "out"

    def finish(results: Results):
        out.mkdir(exist_ok=True)
        results.copy_files(out)
        return float(results[Numbers].values.sum()), results[Total].value

    assert run(tmp_path, finish=finish) == (6.0, 6.0)
    for path in (tmp_path / "cache").rglob(f"entries/**/{name}"):
        damage(path)
    (out / "sub" / "total.txt").unlink()
    assert run(tmp_path, finish=finish) == (6.0, 6.0)
    assert (out / "sub" / "total.txt").read_text() == "6.0\n"
    repaired = runs(tmp_path)
    run(tmp_path, finish=finish)
    assert runs(tmp_path) == repaired


def test_a_damaged_entry_that_nobody_reads_does_no_harm(tmp_path):
    run(tmp_path)
    flip(entry_of(tmp_path, "0.files/sub/total.txt").parents[2] / "0.npz")
    run(tmp_path)
    assert runs(tmp_path) == ["count", "add", "write"]


def test_warnings_are_given_again_when_the_result_is_found(tmp_path):
    for _ in range(2):
        reporter = Silent()
        run(tmp_path, "add", scale=0.0, reporter=reporter)
        assert [d.message for d in reporter.diagnostics] == ["the scale is 0"]


def test_a_failed_pass_keeps_what_was_done_before_it(tmp_path):
    reporter = Silent()
    with pytest.raises(CompileError, match=r"(?m)^the scale must be positive$"):
        run(tmp_path, scale=-1.0, reporter=reporter)
    assert reporter.heard[-1] == "stopped"
    run(tmp_path)
    assert runs(tmp_path) == ["count", "add", "add", "write"]


class Doubtful(Add):
    def accept(self, provided):
        raise fail("IM799", f"a total of {provided[Total].value:g} is not to be had")


def test_what_is_refused_is_kept_and_refused_at_once_the_next_time(tmp_path):
    for _ in range(2):
        with pytest.raises(CompileError, match=r"(?m)^a total of \d+ is not to be had$"):
            run(tmp_path, add=Doubtful)
    assert runs(tmp_path) == ["count", "add"]


def test_workers_compute_in_processes_of_their_own(tmp_path):
    assert run(tmp_path, "talk", finish=lambda results: results[Aside].text) == "1"


class InterruptedAdd(Add):
    def run(self, inputs, context):
        raise KeyboardInterrupt


def test_an_interruption_says_which_pass_it_met(tmp_path):
    with pytest.raises(InterruptedPass) as caught:
        run(tmp_path, add=InterruptedAdd)
    assert caught.value.name == "add"


def test_timings_tell_what_came_from_the_cache(tmp_path):
    run(tmp_path, "add")
    timings = run(tmp_path, finish=lambda results: results.timings)
    assert [(t.name, t.cached) for t in timings] == [
        ("count", True),
        ("add", True),
        ("write", False),
    ]


SCRIPT = """
import sys
from pathlib import Path
from tests.engine.test_run import run, total
print(run(Path(sys.argv[1]), pause=float(sys.argv[2]), finish=total))
"""


def start(tmp_path, pause: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(pause)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_compile_killed_in_a_pass_resumes_from_its_checkpoint(tmp_path):
    with start(tmp_path, 60) as process:
        try:
            wait_until(lambda: list((tmp_path / "cache").rglob("checkpoint")))
        finally:
            process.send_signal(signal.SIGKILL)
    assert run(tmp_path, pause=60.0, finish=total) == 6.0
    assert runs(tmp_path) == ["count", "count", "resumed", "add", "write"]
    assert not list((tmp_path / "cache").rglob("checkpoint"))


def test_two_compiles_at_once_share_the_work(tmp_path):
    processes = [start(tmp_path, 1.0) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == ["6.0\n", "6.0\n"]
    assert sorted(runs(tmp_path)) == ["add", "count", "write"]


def full():
    raise OSError(28, "No space left on device")


class FullStore(Store):
    """On a disk that has no room for another entry."""

    def put(self, *_):
        full()


class WriteOnFullDisk(Write):
    def run(self, inputs, context):
        full()


class WriteNamedOnFullDisk(Write):
    def run(self, inputs, context):
        with writing(Path("total.txt")):
            full()


def test_a_full_cache_disk_is_a_warning_and_the_compile_goes_on(tmp_path):
    reporter = Silent()
    assert run(tmp_path, finish=total, reporter=reporter, store=FullStore) == 6.0
    assert [d.code for d in reporter.diagnostics] == ["IM706"] * 3


@pytest.mark.parametrize("write", [WriteOnFullDisk, WriteNamedOnFullDisk])
def test_no_room_for_the_files_of_a_pass_is_a_diagnostic(tmp_path, write):
    with pytest.raises(CompileError, match=r"^pass `write` cannot write its files: no space"):
        run(tmp_path, write=write)


def test_entries_hold_no_pickles(tmp_path):
    run(tmp_path)
    suffixes = {p.suffix for p in (tmp_path / "cache").rglob("*") if p.is_file()}
    assert suffixes == {".json", ".npz", ".txt"}
    assert "fingerprints" in json.loads(next((tmp_path / "cache").rglob("meta.json")).read_text())
