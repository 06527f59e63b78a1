"""Archives from anywhere: what a member claims is compared with what is there before it is read."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError
from imnnc.files.arrays import read_npz
from imnnc.files.files import read_json, sha256_file

META = np.array(json.dumps({"schema": 1}))


def member(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=(1, 0))
    return stream.getvalue()


def header(shape: tuple[int, ...], descr: str = "<f8") -> bytes:
    """A member that says how large its array is, and has nothing of it."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


def refusal(path: Path, compression: int = zipfile.ZIP_STORED, **members: bytes) -> str:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in {"meta": member(META), **members}.items():
            file.writestr(f"{name}.npy", content)
    with pytest.raises(CompileError) as caught:
        read_npz(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    return diagnostic.message.removeprefix(f"`{path}` is damaged: ")


def test_a_compressed_archive_is_refused_before_it_is_unpacked(tmp_path):
    bomb = header((2**24,)) + bytes(2**27)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x.npy", bomb)
    tracemalloc.start()
    with pytest.raises(CompileError, match="array `x` must be stored as it is, is compressed"):
        read_npz(path)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header((10**12,)), "array `x` is not as large as it says, 1000000000000"),
        (header((-1,)) + bytes(8), "array `x` is not as large as it says, -1"),
        (header((2**40, 2**40)), "array `x` is not as large as it says"),
        (member(np.array(1j)), "array `x` must hold numbers, holds complex128"),
        (header((1,), "|O"), "array `x` must hold numbers, holds object"),
        (member(np.zeros(1, "f8,i4")), "array `x` must hold numbers, holds [("),
        (b"\x93NUMPY\x02\x00" + bytes(20), "array `x` must be of numpy's format 1.0"),
        (b"\x93NUMPY\x01\x00\xff\x00" + b"(" * 255, "it is not a whole archive of arrays"),
    ],
)
def test_an_array_that_is_not_what_it_says_is_refused(tmp_path, content, message):
    assert refusal(tmp_path / "a.npz", x=content).startswith(message)


def test_members_that_share_their_bytes_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    large = member(np.zeros(1000))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x0.npy", large)
        for number in range(1, 50):  # entries of the directory alone, all for the same bytes
            info = zipfile.ZipInfo(f"x{number}.npy")
            first = file.getinfo("x0.npy")
            info.header_offset, info.CRC = first.header_offset, first.CRC
            info.file_size = info.compress_size = first.file_size
            file.filelist.append(info)
    with pytest.raises(CompileError, match="its members must not be larger than itself"):
        read_npz(path)


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", member(np.zeros(1)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("x.npy", member(np.ones(1)))
    with pytest.raises(CompileError, match="two of its members have the same name"):
        read_npz(path)


def test_arrays_come_in_the_order_and_the_bytes_of_the_machine(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("meta.npy", member(META))
        file.writestr("x.npy", member(np.asfortranarray(np.arange(6.0).reshape(2, 3))))
        file.writestr("y.npy", member(np.arange(3).astype(">i8")))
    arrays, _ = read_npz(path)
    assert arrays["x"].flags.c_contiguous
    assert arrays["y"].dtype == np.int64
    assert arrays["y"].dtype.isnative


@pytest.mark.parametrize(
    ("read", "limit"), [(read_npz, "4,096"), (read_json, "64"), (sha256_file, "16,384")]
)
def test_a_file_of_a_terabyte_is_refused_at_once(tmp_path, read, limit):
    with (tmp_path / "file").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(CompileError) as caught:
        read(tmp_path / "file")
    assert str(caught.value) == (
        f"cannot read `{tmp_path / 'file'}`: it must have at most {limit} MiB"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 900 + "]" * 900, "it is nested deeper than 32 levels"),
        ("[" * 10**6, "it is nested deeper than 32 levels"),
        ('{"schema": NaN}', "NaN is no number of it"),
        ('{"schema": -Infinity}', "-Infinity is no number of it"),
        ('{"schema": 1e999}', "1e999 is no number of it"),
        ('{"schema": ' + "9" * 5000 + "}", "Exceeds the limit"),
        ('{"schema": "\\ud800"}', "'utf-8' codec can't encode"),
    ],
)
def test_json_that_imnnc_does_not_write_is_refused(tmp_path, text, reason):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CompileError) as caught:
        read_json(tmp_path / "a.json")
    start = f"`{tmp_path / 'a.json'}` is damaged: it is not JSON: {reason}"
    assert str(caught.value).startswith(start)
