"""Array files: the same bytes for the same content, and nothing but whole ones is read."""

import errno
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.files.arrays import read_npz, write_npz
from imnnc.files.files import check_writable, new_text, read_json, sha256_file, write_json, writing

ARRAYS = {"weights": np.arange(6.0).reshape(2, 3), "labels": np.array([3, 1], dtype=np.int64)}

DTYPES = st.sampled_from([np.float64, np.float32, np.int64, np.int32, np.uint8, np.bool_])


def code_and_message(caught):
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message


@given(
    stored=st.dictionaries(
        st.from_regex(r"[a-z][a-z_.]{0,8}", fullmatch=True).filter(lambda x: x != "meta"),
        DTYPES.flatmap(lambda x: arrays.arrays(x, arrays.array_shapes(min_dims=0, min_side=0))),
        max_size=3,
    ),
    meta=st.dictionaries(st.sampled_from("abc"), st.integers() | st.text() | st.booleans()),
)
def test_arrays_are_read_as_they_were_written(tmp_path_factory, stored, meta):
    path = tmp_path_factory.getbasetemp() / "round_trip.npz"
    write_npz(path, stored, meta)
    found, found_meta = read_npz(path)
    assert found_meta == {"schema": 1, **meta}
    assert found.keys() == stored.keys()
    for name, array in stored.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_the_bytes_depend_on_the_content_alone(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS, {"x": 1, "y": 2})
    shuffled = {name: np.asfortranarray(ARRAYS[name]) for name in reversed(ARRAYS)}
    shuffled["labels"] = ARRAYS["labels"].astype(">i8")
    write_npz(tmp_path / "b.npz", shuffled, {"y": 2, "x": 1})
    assert sha256_file(tmp_path / "a.npz") == sha256_file(tmp_path / "b.npz")
    dates = {x.date_time for x in zipfile.ZipFile(tmp_path / "a.npz").infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_numpy_reads_the_file_as_any_other(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS, {"x": 1})
    with np.load(tmp_path / "a.npz") as loaded:
        assert np.array_equal(loaded["weights"], ARRAYS["weights"])
        assert json.loads(str(loaded["meta"])) == {"schema": 1, "x": 1}


@pytest.mark.parametrize("array", [np.array([None]), np.array(["text"]), np.array([1j])])
def test_only_numbers_are_stored(tmp_path, array):
    with pytest.raises(ValueError, match=r"^array x of .* cannot be stored$"):
        write_npz(tmp_path / "a.npz", {"x": array}, {})


def test_a_file_that_was_cut_anywhere_is_refused(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS, {})
    whole = (tmp_path / "a.npz").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(CompileError) as caught:
            read_npz(tmp_path / "cut.npz")
        code, message = code_and_message(caught)
        assert code == "IM512"
        assert message.startswith(f"`{tmp_path / 'cut.npz'}` is damaged: ")
        assert "\n" not in message


@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_damaged_byte_never_ends_in_another_error_or_in_other_numbers(
    tmp_path_factory, position, flip
):
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    write_npz(path, ARRAYS, {})
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= flip
    path.write_bytes(content)
    try:
        found, _ = read_npz(path)
    except CompileError:
        return
    # Some bytes of a zip archive, times for one, mean nothing to its content.
    for name, array in found.items():
        np.testing.assert_array_equal(array, ARRAYS[name])


def npz_of(**members):
    stream = io.BytesIO()
    np.savez(stream, **members)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"", "IM512", "is damaged: it is not a whole archive of arrays"),
        (b"text", "IM512", "is damaged: it is not a whole archive of arrays"),
        (npz_of(x=np.ones(1)), "IM512", "is damaged: it has no array `meta`"),
        (npz_of(meta=np.array("[]")), "IM512", "is damaged: its metadata must be a JSON object"),
        (npz_of(meta=np.array("{}")), "IM512", "is damaged: its schema must be a positive number"),
        (
            npz_of(meta=np.array('{"schema": 1}'), x=np.array([{}])),
            "IM512",
            "is damaged: array `x` must hold numbers, holds object",
        ),
        (
            npz_of(meta=np.array('{"schema": 1}'), x=np.array("a")),
            "IM512",
            "is damaged: array `x` must hold numbers, holds <U1",
        ),
        (npz_of(meta=np.array('{"schema": 2}')), "IM514", "must have schema 1 or older, has 2"),
    ],
)
def test_what_imnnc_has_not_written_is_refused(tmp_path, content, code, message):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(CompileError) as caught:
        read_npz(path)
    assert code_and_message(caught)[0] == code
    assert code_and_message(caught)[1].startswith(f"`{path}` {message}")


@pytest.mark.parametrize("read", [read_json, read_npz, sha256_file])
def test_what_is_no_file_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    for path in tmp_path / "pipe", tmp_path, Path("/dev/zero"):
        with pytest.raises(
            CompileError, match=r"(?m)^cannot read `.*`: it is (a folder|not a regular file)$"
        ):
            read(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CompileError) as caught:
        read_npz(tmp_path / "none.npz")
    assert code_and_message(caught) == (
        "IM511",
        f"cannot read `{tmp_path / 'none.npz'}`: no such file or directory",
    )


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (b"{", "IM512", "is damaged: it is not JSON"),
        (b"\xff\xfe\x00", "IM512", "is damaged: it is not text in UTF-8"),
        (b"[1]", "IM512", "is damaged: it must hold a JSON object"),
        (b'{"schema": true}', "IM512", "is damaged: its schema must be a positive number"),
        (b'{"schema": 99}', "IM514", "must have schema 1 or older, has 99"),
        (b"[" * 100_000, "IM512", "is damaged: it is not JSON"),
    ],
)
def test_json_of_another_shape_is_refused(tmp_path, content, code, reason):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(CompileError) as caught:
        read_json(tmp_path / "a.json")
    assert code_and_message(caught)[0] == code
    assert code_and_message(caught)[1].startswith(f"`{tmp_path / 'a.json'}` {reason}")


def test_json_is_written_with_its_schema_and_sorted(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1.2e-07, "a": "ä"})
    text = (tmp_path / "a.json").read_text()
    assert text == '{\n  "a": "\\u00e4",\n  "b": 1.2e-07,\n  "schema": 1\n}\n'
    assert read_json(tmp_path / "a.json") == {"schema": 1, "a": "ä", "b": 1.2e-07}


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "a.json"
    with pytest.raises(CompileError) as caught:
        write_json(path, {})
    assert code_and_message(caught) == ("IM510", f"cannot write `{path}`: file exists")
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_full_disk_is_said_to_be_one(tmp_path):
    with (
        pytest.raises(CompileError, match=r"(?m)^cannot write `.*a\.sp`: no space left on device$"),
        writing(tmp_path / "a.sp"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_fills_up_while_a_file_is_open_is_said_to_be_one(tmp_path):
    (tmp_path / "a.sp").symlink_to("/dev/full")
    with (
        pytest.raises(CompileError, match="no space left on device"),
        new_text(tmp_path / "a.sp") as stream,
    ):
        stream.write("x" * 100_000)


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    for path, reason in (
        (tmp_path / "file" / "below" / "a.xml", "not a directory"),
        (tmp_path, "is a directory"),
    ):
        with pytest.raises(CompileError) as caught:
            check_writable(path)
        assert code_and_message(caught) == ("IM510", f"cannot write `{path}`: {reason}")
    check_writable(tmp_path / "file")
    check_writable(tmp_path / "new" / "folder" / "a.xml")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("number", "help"),
    [
        (errno.ENOSPC, "free some space, or choose another place"),
        (errno.EACCES, "choose another place, or have the right to write there"),
    ],
)
def test_help_is_for_what_is_wrong(number, help):
    with pytest.raises(CompileError) as caught, writing(Path("a")):
        raise OSError(number, os.strerror(number))
    assert caught.value.diagnostics[0].help == help
