"""The manifest, and an output folder that is replaced as a whole or not at all."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError
from imnnc.files.files import read_json, sha256_file
from imnnc.files.folder import exchange, recover_folder, replace_folder
from imnnc.files.manifest import (
    MANIFEST_NAME,
    TIMINGS_NAME,
    check_folder,
    read_manifest,
    renew_json,
    write_manifest,
)

SIMULATOR = {"name": "ngspice", "version": "39"}


def output(folder, text="one", *, extra=()):
    (folder / "program").mkdir(parents=True)
    (folder / "a.sp").write_text(text)
    (folder / "program" / "b.csv").write_text(text)
    (folder / "timings.json").write_text("{}")
    for name in extra:
        (folder / name).write_text(text)
    write_manifest(folder, {"options": {"seed": 1}, "simulator": SIMULATOR})
    return folder


def texts(folder):
    return {x.relative_to(folder).as_posix(): x.read_text() for x in folder.rglob("*.[sc]*")}


def replace(staged, target, exchanged=exchange):
    """As a compile does: what the last one wrote is its own."""
    own = set()
    if (target / MANIFEST_NAME).exists():
        own = {*read_manifest(target)["files"], MANIFEST_NAME, TIMINGS_NAME}
    replace_folder(staged, target, MANIFEST_NAME, own, exchanged)


def no_exchange(first, second):
    """What a file system without an exchange in one step answers."""
    return False


def neighbours(folder):
    return sorted(x.name for x in folder.parent.iterdir())


def test_the_manifest_has_the_sha256_of_every_file_but_itself_and_the_timings(tmp_path):
    folder = output(tmp_path / "out")
    tree = read_manifest(folder)
    assert tree["files"] == {
        "a.sp": sha256_file(folder / "a.sp"),
        "program/b.csv": sha256_file(folder / "program" / "b.csv"),
    }
    assert (tree["schema"], tree["tool"]["name"]) == (1, "imnnc")
    assert (tree["options"], tree["simulator"]) == ({"seed": 1}, SIMULATOR)


def test_a_file_that_is_renewed_is_sealed_and_others_are_not(tmp_path):
    folder = output(tmp_path / "out")
    (folder / "a.sp").write_text("edited")
    assert renew_json(folder, "verify.json", {"passed": True})
    assert read_json(folder / "verify.json") == {"schema": 1, "passed": True}
    assert [x.code for x in check_folder(folder)] == ["IM513"]
    assert read_manifest(folder)["options"] == {"seed": 1}
    assert neighbours(folder / "a.sp") == [
        "a.sp",
        "manifest.json",
        "program",
        "timings.json",
        "verify.json",
    ]


def test_a_file_that_stays_the_same_is_not_touched(tmp_path):
    folder = output(tmp_path / "out")
    renew_json(folder, "verify.json", {"passed": True})
    before = {x: x.stat().st_mtime_ns for x in (folder, *folder.iterdir())}
    assert not renew_json(folder, "verify.json", {"passed": True})
    assert {x: x.stat().st_mtime_ns for x in (folder, *folder.iterdir())} == before


def test_a_renewal_that_was_killed_half_way_is_finished_by_the_next(tmp_path):
    folder = output(tmp_path / "out")
    sealed = (folder / "manifest.json").read_bytes()
    renew_json(folder, "verify.json", {"passed": True})
    (folder / "manifest.json").write_bytes(sealed)
    assert renew_json(folder, "verify.json", {"passed": True})
    assert "verify.json" in read_manifest(folder)["files"]


def test_a_whole_folder_has_nothing_wrong_with_it(tmp_path):
    assert check_folder(output(tmp_path / "out")) == ()


def test_what_is_missing_and_what_has_changed_is_named(tmp_path):
    folder = output(tmp_path / "out")
    (folder / "a.sp").write_text("changed")
    (folder / "program" / "b.csv").unlink()
    found = [(x.code, x.message) for x in check_folder(folder)]
    assert found == [
        ("IM513", f"`{folder}/a.sp` is not as it was written: its sha256 differs"),
        ("IM516", f"`{folder}/program/b.csv` must be there, as its folder's list of files has it"),
    ]


def test_a_folder_in_which_a_file_was_renewed_can_be_sealed_again(tmp_path):
    folder = output(tmp_path / "out")
    before = read_manifest(folder)
    (folder / "a.sp").write_text("renewed")
    write_manifest(folder, before)
    assert check_folder(folder) == ()
    assert read_manifest(folder)["options"] == before["options"]


@pytest.mark.parametrize(
    "text", ['{"name": "a web application", "schema": 1}', "[]", '{"schema": 1, "tool": {}}']
)
def test_a_manifest_of_something_else_is_not_taken_for_one(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CompileError) as caught:
        read_manifest(tmp_path)
    assert caught.value.diagnostics[0].code == "IM512"


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "an output", "an older output"])
def test_the_staged_folder_becomes_the_target_and_nothing_is_left_beside_it(tmp_path, before):
    target = tmp_path / "out"
    if before == "an empty folder":
        target.mkdir()
    elif before != "nothing":
        output(target, "old", extra=["obsolete.sp"] if before == "an older output" else [])
    replace(output(tmp_path / "staged", "new"), target)
    assert texts(target) == {"a.sp": "new", "program/b.csv": "new"}
    assert check_folder(target) == ()
    assert neighbours(target) == ["out"]


def test_without_an_exchange_in_one_step_two_renames_do_the_same(tmp_path):
    replace(output(tmp_path / "staged", "new"), output(tmp_path / "out", "old"), no_exchange)
    assert texts(tmp_path / "out") == {"a.sp": "new", "program/b.csv": "new"}
    assert neighbours(tmp_path / "out") == ["out"]


def test_a_kill_between_the_two_renames_is_undone(tmp_path):
    target = output(tmp_path / "out", "old")
    target.rename(tmp_path / ".out.previous")  # where a kill leaves it
    recover_folder(target, MANIFEST_NAME)
    assert texts(target) == {"a.sp": "old", "program/b.csv": "old"}
    assert neighbours(target) == ["out"]


def test_a_kill_before_the_old_output_is_removed_is_cleaned_up(tmp_path):
    target = output(tmp_path / "out", "new")
    output(tmp_path / ".out.previous", "old")
    recover_folder(target, MANIFEST_NAME)
    assert texts(target)["a.sp"] == "new"
    assert neighbours(target) == ["out"]


def test_a_link_to_an_output_stays_a_link(tmp_path):
    real = output(tmp_path / "real", "old")
    (tmp_path / "out").symlink_to(real)
    replace(output(tmp_path / "staged", "new"), tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert texts(real)["a.sp"] == "new"


def test_files_that_no_compile_wrote_come_along(tmp_path):
    target = output(tmp_path / "out", "old")
    (target / "notes.txt").write_text("mine")
    (target / "drafts").mkdir()
    (target / "drafts" / "thesis.tex").symlink_to("elsewhere")
    replace(output(tmp_path / "staged", "new"), target)
    assert (target / "a.sp").read_text() == "new"
    assert (target / "notes.txt").read_text() == "mine"
    assert (target / "drafts" / "thesis.tex").readlink() == Path("elsewhere")


def test_a_folder_beside_it_that_nobody_wrote_is_not_taken_for_the_old_one(tmp_path):
    strange = tmp_path / ".out.previous"
    strange.mkdir()
    (strange / "manifest.json").write_text('{"name": "a web application"}')
    recover_folder(tmp_path / "out", MANIFEST_NAME)
    assert strange.is_dir()
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CompileError) as caught:
        replace_folder(output(tmp_path / "staged"), tmp_path / "out", MANIFEST_NAME, ())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM510"
    assert diagnostic.message == f"cannot write `{tmp_path / 'out'}`: not a directory"


def test_what_the_file_system_refuses_leaves_the_output_as_it_was(tmp_path):
    target = output(tmp_path / "out", "old")
    own = {x.relative_to(target).as_posix() for x in target.rglob("*")}
    with pytest.raises(CompileError) as caught:
        replace_folder(tmp_path / "nothing staged", target, MANIFEST_NAME, own, no_exchange)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM510"
    assert str(target) in diagnostic.message
    assert texts(target)["a.sp"] == "old"
    assert neighbours(target) == ["out"]


REPLACE_FOR_EVER = """
import sys
from pathlib import Path
from imnnc.files.folder import replace_folder
from imnnc.files.manifest import write_manifest

folder = Path(sys.argv[1])
for number in range(10**9):
    staged = folder / f"staged-{sys.argv[2]}-{number}"
    staged.mkdir()
    for name in range(20):
        (staged / f"{name}.sp").write_text(str(number) * 1000)
    write_manifest(staged, {"number": number})
    own = [f"{name}.sp" for name in range(20)] + ["manifest.json"]
    replace_folder(staged, folder / "out", "manifest.json", own)
    print(number, flush=True)
"""


def test_a_kill_at_any_moment_leaves_a_whole_output(tmp_path):
    moments = random.Random(1)
    for run in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", REPLACE_FOR_EVER, str(tmp_path), str(run)],
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()  # the first output is in place
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.communicate()
        assert check_folder(tmp_path / "out") == ()
        assert len(list((tmp_path / "out").iterdir())) == 21


def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path):
    script = (
        "import sys; from pathlib import Path; from tests.support.goldens import CASES, emit\n"
        "for case in CASES: emit(case, Path(sys.argv[1]) / case)"
    )
    for seed in ("0", "1"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / seed)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    names = sorted(x.relative_to(tmp_path / "0") for x in (tmp_path / "0").rglob("*.*"))
    assert names
    for name in (x for x in names if (tmp_path / "0" / x).is_file()):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes(), name


def test_the_manifest_is_json_for_people_too(tmp_path):
    text = (output(tmp_path / "out") / "manifest.json").read_text()
    assert json.loads(text)["schema"] == 1
    assert text.endswith("}\n")
    assert str(tmp_path) not in text


def test_a_folder_that_is_none_is_answered_with_one_that_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    for name, help in (
        ("ou", "did you mean `out`?"),
        ("out", "`imnnc compile NET.IMNN -o OUT` makes an output folder"),
    ):
        with pytest.raises(CompileError) as caught:
            read_manifest(Path(name))
        (diagnostic,) = caught.value.diagnostics
        message = f"cannot read `{name}/manifest.json`: no such file or directory"
        assert (diagnostic.code, diagnostic.message, diagnostic.help) == ("IM511", message, help)
