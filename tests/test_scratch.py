import errno
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from imnnc.scratch import owned_folder, temporary_folder

ROOT = Path(__file__).parents[1]
HOLD = """
import sys
from pathlib import Path
from imnnc.scratch import owned_folder

with owned_folder(Path(sys.argv[1]), "made-") as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(parent: Path):
    """A folder that another process has, and that process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield Path(process.stdout.readline().strip()), process


def make_another(parent: Path) -> None:
    with owned_folder(parent, "made-"):
        pass


def test_a_folder_is_for_its_user_alone_and_goes_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_renamed_stays(tmp_path):
    with owned_folder(tmp_path, "made-") as folder:
        folder.rename(tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_the_next_one_removes_what_a_killed_process_has_left_and_nothing_of_a_live_one(tmp_path):
    with held(tmp_path) as (folder, process):
        make_another(tmp_path)
        assert (folder / "file").exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (folder / "file").exists()
        make_another(tmp_path)
        assert not folder.exists()


def test_only_own_folders_of_such_a_name_are_removed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (tmp_path / "made-abcdefg1").symlink_to(elsewhere)
    (tmp_path / "made-abcdefg2").touch()
    for name in ("made-", "made-notes", "made-abcdefghi", "other-abcdefgh", "xmade-abcdefgh"):
        (tmp_path / name).mkdir()
    if os.geteuid() == 0:
        (tmp_path / "made-abcdefg3").mkdir()
        os.chown(tmp_path / "made-abcdefg3", 12345, 12345)
    before = sorted(tmp_path.rglob("*"))
    make_another(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_what_was_left_are_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    left = tmp_path / "made-abcdefgh"
    left.mkdir()
    (left / "link").symlink_to(kept)
    make_another(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").exists()


def test_many_at_once_keep_theirs(tmp_path):
    def work(number: int) -> None:
        for _ in range(30):
            with owned_folder(tmp_path, "made-") as folder:
                (folder / str(number)).touch()
                assert [path.name for path in folder.iterdir()] == [str(number)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert list(tmp_path.iterdir()) == []


def test_where_there_are_no_locks_only_what_is_old_is_nobodys(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", refuse)
    left = tmp_path / "made-abcdefgh"
    left.mkdir()
    make_another(tmp_path)
    assert left.exists()
    os.utime(left, (0, 0))
    make_another(tmp_path)
    assert not left.exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        make_another(tmp_path / "none")
