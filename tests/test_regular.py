"""Files that are none are told from files before anything is read of them."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from imnnc.regular import NotRegularError, open_regular, size_bytes


def test_a_file_is_opened_whatever_it_holds(tmp_path: Path):
    for content in b"", b"text":
        (tmp_path / "file").write_bytes(content)
        with open_regular(tmp_path / "file") as stream:
            assert size_bytes(stream) == len(content)
            assert stream.read() == content


def test_a_link_to_a_file_is_opened(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as stream:
        assert stream.read() == b"text"


@pytest.mark.parametrize("name", ["pipe", "socket", "link", "/dev/zero", "/proc/self/status"])
def test_what_may_never_end_is_refused(tmp_path: Path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(NotRegularError) as caught:
            open_regular(Path(name))
    assert caught.value.strerror == "it is not a regular file"


def test_a_folder_is_called_one(tmp_path: Path):
    with pytest.raises(NotRegularError) as caught:
        open_regular(tmp_path)
    assert caught.value.strerror == "it is a folder"


@pytest.mark.parametrize("name", ["none", "a\0b", "a" * 5000])
def test_what_is_not_there_is_an_error_of_the_system(name):
    with pytest.raises(OSError, match=r"No such file|File name too long|null") as caught:
        open_regular(Path(name))
    assert not isinstance(caught.value, NotRegularError)
