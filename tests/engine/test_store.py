import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.engine.store import Store, default_folder
from tests.support.toys import Numbers

ROOT = Path(__file__).parents[2]


def put(store: Store, key: str, used: float) -> None:
    entry = store.put(key, (Numbers(np.zeros(1000)),), 1.0, ())
    os.utime(entry.folder / "meta.json", (used, used))


def test_what_was_used_longest_ago_goes_first(tmp_path):
    store = Store(tmp_path, limit_bytes=20_000)
    for key, used in (("b", 200.0), ("a", 100.0), ("c", 300.0)):
        put(store, key, used)
    store.trim()
    assert store.find("a", 1) is None
    assert store.find("b", 1) is not None
    assert store.find("c", 1) is not None


def test_finding_an_entry_is_using_it(tmp_path):
    store = Store(tmp_path, limit_bytes=20_000)
    for key, used in (("a", 100.0), ("b", 200.0), ("c", 300.0)):
        put(store, key, used)
    store.find("a", 1)
    store.trim()
    assert store.find("a", 1) is not None
    assert store.find("b", 1) is None


def test_entries_in_use_stay(tmp_path):
    store = Store(tmp_path, limit_bytes=0)
    put(store, "a", 100.0)
    put(store, "b", 200.0)
    store.trim(keep={"a"})
    assert store.find("a", 1) is not None
    assert store.find("b", 1) is None


def test_usage_and_clear(tmp_path):
    store = Store(tmp_path)
    put(store, "a", 100.0)
    with store.temporary():
        usage = store.usage()
    assert usage.entries == 1
    assert 8000 < usage.total_bytes < 10_000
    store.clear()
    assert store.usage().entries == 0


def test_the_second_of_two_equal_entries_changes_nothing(tmp_path):
    store = Store(tmp_path)
    first = store.put("a", (Numbers(np.zeros(3)),), 1.0, ())
    second = store.put("a", (Numbers(np.zeros(3)),), 2.0, ())
    assert second == first
    assert not list((tmp_path / "v1" / "temporary").iterdir())


def test_a_damaged_entry_in_the_way_is_replaced(tmp_path):
    store = Store(tmp_path)
    entry = store.put("a", (Numbers(np.zeros(3)),), 1.0, ())
    (entry.folder / "meta.json").write_text("{")
    store.put("a", (Numbers(np.zeros(3)),), 2.0, ())
    found = store.find("a", 1)
    assert found is not None
    assert found.seconds == 2.0


def test_the_environment_chooses_the_folder(monkeypatch):
    monkeypatch.setenv("IMNNC_CACHE_DIR", "/one")
    assert default_folder() == Path("/one")
    monkeypatch.delenv("IMNNC_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/two")
    assert default_folder() == Path("/two/imnnc")


def test_a_folder_that_cannot_be_made_is_a_diagnostic(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CompileError, match=r"^the cache folder `.*/file/x` cannot be written: "):
        Store(tmp_path / "file" / "x")


def test_clearing_leaves_a_running_compile_its_folders(tmp_path):
    store = Store(tmp_path)
    with store.temporary() as temporary, store.scratch("train", "key", lambda: None) as scratch:
        Store(tmp_path).clear()
        assert temporary.exists()
        assert scratch.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from imnnc.engine.store import Store

store = Store(Path(sys.argv[1]))
with store.temporary() as temporary, store.scratch("size", "key", lambda: None):
    (temporary / "sub").mkdir()
    with store.scratch("train", "key", lambda: None) as scratch:
        (scratch / "checkpoint").touch()
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_compile_has_left_is_removed_but_for_checkpoints(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    store = Store(tmp_path)
    layout = tmp_path / "v1"
    assert len(list(layout.glob("temporary/*/sub"))) == 1
    with store.temporary() as temporary, store.scratch("tune", "key", lambda: None) as scratch:
        store.remove_abandoned()
        left = {*layout.glob("temporary/*"), *layout.glob("scratch/*")}
        assert left == {temporary, scratch, layout / "scratch" / "train-key"}


def test_checkpoints_for_which_nobody_comes_back_are_removed_in_time(tmp_path):
    store = Store(tmp_path)
    abandoned = tmp_path / "v1" / "scratch" / "train-key"
    (abandoned / "sub").mkdir(parents=True)
    store.remove_abandoned()
    assert abandoned.exists()
    os.utime(abandoned, (0, 0))
    store.remove_abandoned()
    assert not abandoned.exists()
