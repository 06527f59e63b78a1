import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError
from imnnc.engine.compiler import Outcome, Request, compile_graph
from imnnc.engine.graph import PassGraph
from imnnc.engine.output import check_output
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from tests.engine.test_run import passes, wait_until
from tests.support.toys import Root, Silent, runs


def compile_toy(tmp_path: Path, *, value: int = 1, scale: float = 1.0, **request) -> Outcome:
    graph = PassGraph(passes(tmp_path, scale=scale), [Root])
    with LocalProcesses(1) as workers:
        return compile_graph(
            graph,
            {Root: Root(value)},
            {"network": "toy"},
            Request(tmp_path / "out", timeout_seconds=60.0, **request),
            Store(tmp_path / "cache"),
            Silent(),
            workers,
        )


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_output_has_the_files_the_manifest_and_the_times(tmp_path):
    assert compile_toy(tmp_path).changed
    found = content(tmp_path / "out")
    assert set(found) == {"sub/total.txt", "manifest.json", "timings.json"}
    assert list(json.loads(found["manifest.json"])["files"]) == ["sub/total.txt"]
    assert [x["pass"] for x in json.loads(found["timings.json"])["passes"]] == [
        "count",
        "add",
        "write",
        "talk",
    ]


def test_the_manifest_has_the_codes_of_what_was_warned_of_also_from_the_cache(tmp_path):
    compile_toy(tmp_path)
    assert "warnings" not in json.loads(content(tmp_path / "out")["manifest.json"])
    for changed in (True, False):
        assert compile_toy(tmp_path, scale=0.0).changed is changed
        assert json.loads(content(tmp_path / "out")["manifest.json"])["warnings"] == ["IM799"]


def test_an_unchanged_output_is_left_alone(tmp_path):
    compile_toy(tmp_path)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    assert compile_toy(tmp_path).changed is False
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == before


def test_an_edited_output_is_written_anew(tmp_path):
    compile_toy(tmp_path)
    (tmp_path / "out" / "sub" / "total.txt").write_text("7\n")
    assert compile_toy(tmp_path).changed
    assert (tmp_path / "out" / "sub" / "total.txt").read_text() == "6.0\n"


def test_a_failed_pass_leaves_the_previous_output_whole(tmp_path):
    compile_toy(tmp_path)
    before = content(tmp_path / "out")
    with pytest.raises(CompileError):
        compile_toy(tmp_path, scale=-1.0)
    assert content(tmp_path / "out") == before
    assert {p.name for p in tmp_path.iterdir()} == {"out", "cache", "runs.log"}


def test_files_that_no_compile_has_written_stay(tmp_path):
    compile_toy(tmp_path)
    (tmp_path / "out" / "sub" / "notes.txt").write_text("mine")
    assert compile_toy(tmp_path, value=2).changed
    assert (tmp_path / "out" / "sub" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "out" / "sub" / "total.txt").read_text() == "9.0\n"


def test_links_that_no_compile_has_written_stay_links(tmp_path):
    compile_toy(tmp_path)
    (tmp_path / "data").mkdir()
    links = {"data": "../data", "hosts": "/etc/hosts", "dangling": "nowhere"}
    for name, target in links.items():
        (tmp_path / "out" / name).symlink_to(target)
    assert compile_toy(tmp_path, value=2).changed
    assert {name: os.readlink(tmp_path / "out" / name) for name in links} == links


@pytest.mark.parametrize("working_folder", [".", "sub"])
def test_the_working_folder_is_not_replaced(tmp_path, monkeypatch, working_folder):
    compile_toy(tmp_path)
    monkeypatch.chdir(tmp_path / "out" / working_folder)
    with pytest.raises(CompileError, match=r"must not contain the folder in which the command"):
        compile_toy(tmp_path, value=2)


@pytest.mark.parametrize("length", [250, 300])  # of itself, or of what is made beside it
def test_a_folder_with_an_impossible_name_is_refused(tmp_path, length):
    with pytest.raises(CompileError, match=r"(?m)^cannot write `.*`: file name too long$"):
        check_output(tmp_path / ("a" * length))


def test_a_folder_of_somebody_else_is_refused_before_the_work(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    with pytest.raises(CompileError, match=r"^`.*/out` has files in it but no manifest"):
        compile_toy(tmp_path)
    assert content(tmp_path / "out") == {"thesis.tex": b"mine"}
    assert runs(tmp_path) == []


def test_a_file_in_place_of_the_output_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(CompileError, match=r"(?m)^the output `.*/out` must be a folder$"):
        compile_toy(tmp_path)


def test_an_output_that_cannot_be_written_is_a_diagnostic(tmp_path, monkeypatch):
    compile_toy(tmp_path)
    before = content(tmp_path / "out")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("imnnc.files.codec.shutil.copyfile", full)
    with pytest.raises(CompileError, match=r"(?m)^cannot write `.*/out`: no space left on device$"):
        compile_toy(tmp_path, value=2)
    assert content(tmp_path / "out") == before


def test_stopping_after_a_pass_runs_its_ancestors_and_writes_no_output(tmp_path):
    assert compile_toy(tmp_path, stop_after="add").changed is None
    assert runs(tmp_path) == ["count", "add"]
    assert not (tmp_path / "out").exists()


def test_a_dump_is_for_people_to_read(tmp_path):
    compile_toy(tmp_path, stop_after="add", dump_after=("count", "add"))
    dump = tmp_path / "out" / "dump"
    assert set(content(dump)) == {
        "count/Numbers.json",
        "count/Numbers.npz",
        "add/Total.json",
    }
    assert json.loads((dump / "add" / "Total.json").read_text())["fields"] == {"value": 6.0}


def test_a_dump_is_written_although_a_later_pass_fails(tmp_path):
    with pytest.raises(CompileError):
        compile_toy(tmp_path, scale=-1.0, dump_after=("count",))
    assert (tmp_path / "out" / "dump" / "count" / "Numbers.npz").exists()
    assert compile_toy(tmp_path).changed
    assert (tmp_path / "out" / "dump" / "count" / "Numbers.npz").exists()


def test_a_dump_removes_nothing(tmp_path):
    own = tmp_path / "add" / "mine.txt"
    own.parent.mkdir()
    own.write_text("precious")
    for _ in range(2):
        compile_toy(tmp_path, dump_after=("add",), dump_folder=tmp_path)
    assert own.read_text() == "precious"


def test_a_dump_of_files_is_a_copy_where_it_was_asked_for(tmp_path):
    compile_toy(tmp_path, dump_after=("write",), dump_folder=tmp_path / "there")
    assert (tmp_path / "there" / "write" / "sub" / "total.txt").read_text() == "6.0\n"
    assert not (tmp_path / "out" / "dump").exists()


@pytest.mark.parametrize("request_", [{"stop_after": "ad"}, {"dump_after": ("ad",)}])
def test_unknown_pass_names_are_refused_before_the_work(tmp_path, request_):
    with pytest.raises(CompileError, match=r"(?m)^no pass is called `ad` \(command line:1:14\)$"):
        compile_toy(tmp_path, **request_)
    assert runs(tmp_path) == []


SCRIPT = """
import sys
import time
from pathlib import Path
from imnnc.engine import output
from tests.engine.test_compiler import compile_toy

def slow(*_):
    (Path(sys.argv[1]) / "staged").touch()
    time.sleep(60)

output.replace_folder = slow
compile_toy(Path(sys.argv[1]), value=2)
"""


def test_a_compile_killed_before_the_exchange_leaves_the_previous_output_whole(tmp_path):
    compile_toy(tmp_path)
    before = content(tmp_path / "out")
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=Path(__file__).parents[2]
    ) as process:
        try:
            wait_until((tmp_path / "staged").exists)
        finally:
            process.send_signal(signal.SIGKILL)
    assert content(tmp_path / "out") == before
    assert list(tmp_path.glob(".out.imnnc-*"))
    compile_toy(tmp_path, value=2)
    assert (tmp_path / "out" / "sub" / "total.txt").read_text() == "9.0\n"
    assert not list(tmp_path.glob(".out.*"))


def test_a_renewal_that_was_killed_leaves_nothing_in_the_output(tmp_path):
    compile_toy(tmp_path)
    (tmp_path / "out" / ".imnnc-abcdefgh").mkdir()
    (tmp_path / "out" / ".imnnc-abcdefgh" / "new.json").touch()
    assert compile_toy(tmp_path).changed is False
    assert not (tmp_path / "out" / ".imnnc-abcdefgh").exists()


def test_the_output_folder_has_the_usual_permissions(tmp_path):
    umask = os.umask(0o022)
    try:
        compile_toy(tmp_path)
    finally:
        os.umask(umask)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
